import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DemoReading } from '../../src/demo/configuration.ts';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { endOfDate } from '../../src/demo/district/state-on.ts';
import { writeExtracts } from '../../src/demo/extracts/write-extracts.ts';
import { writeDemoHome } from '../../src/demo/home.ts';
import { startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { addDays, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import { openDatabase } from '../../src/store/database.ts';
import { unlockDocuments } from '../../src/wiring/unlock-documents.ts';
import { type CommandResult, runRollcall } from './command-line.ts';
import { createTestDatabase } from './postgres.ts';

export type ServedDistrict = Awaited<ReturnType<typeof serveDistrict>>;

/**
 * A simulated district as an IT person meets it: a SIS that answers, a configuration in a folder, credentials in the
 * environment, a database, and the command line. `check` asks for absences of the last year, so the school year is
 * the one whose November has passed last.
 */
export async function serveDistrict(attendance: DemoReading['attendance']) {
  const now = new Date();
  const year = now.getUTCFullYear();
  // From the end of the 19th of November on, in Denver.
  const schoolYear = now.getTime() > Date.UTC(year, 10, 20, 8) ? year + 1 : year;
  const district = buildDistrict({
    seed: 'served',
    schools: 2,
    students: 160,
    schoolYear,
    timeZone: 'America/Denver',
  });
  const day = schoolDate(`${schoolYear - 1}-11-19`);
  let sisToday: SchoolDate = day;
  const home = await mkdtemp(join(tmpdir(), 'rollcall-served-'));
  const dropFolder = join(home, 'drop');
  const database = await createTestDatabase();
  const store = openDatabase({ url: database.url, maxConnections: 2 });
  await unlockDocuments(store.db, { environment: { documentKey: null }, dataDir: join(home, 'data') });
  const sis = await startSimulatedSis({ district, today: () => sisToday });
  const written = await writeDemoHome({
    dir: home,
    district,
    sis,
    reading: { version: '1.2', attendance, ...(attendance === 'data-extract' && { dropFolder }) },
    shippedPolicyFile: 'config/policy.yaml',
    shippedTemplatesDir: 'templates',
  });
  if (attendance === 'data-extract') await mkdir(dropFolder);
  const env = { ...written.env, DATABASE_URL: database.url };
  const folders = ['--config', written.configDir, '--data', join(home, 'data')];
  return {
    sis,
    db: store.db,
    dropFolder,
    configDir: written.configDir,
    /** The morning on which commands are given, after the evening on which the SIS stands. */
    morning: () => addDays(sisToday, 1),
    nextDay(): void {
      sisToday = addDays(sisToday, 1);
    },
    /** Nothing for sources that are servers. */
    async dropExtracts(): Promise<void> {
      if (attendance !== 'data-extract') return;
      const instant = new Date(endOfDate(district, sisToday));
      await writeExtracts({ district: sis.district(), instant, folder: dropFolder, faults: sis.faults });
    },
    /** One command, in words as a person types them. */
    rollcall: (words: string, ...more: readonly string[]): Promise<CommandResult> =>
      runRollcall([...folders, ...words.split(' '), ...more], env),
    async close(): Promise<void> {
      await sis.close();
      await store.close();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
