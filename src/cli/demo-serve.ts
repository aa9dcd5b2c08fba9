import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findUp } from '../config/project-files.ts';
import type { DemoReading } from '../demo/configuration.ts';
import { buildDistrict } from '../demo/district/build-district.ts';
import { writeExtracts } from '../demo/extracts/write-extracts.ts';
import { type FaultName, faultCatalogue } from '../demo/faults/catalogue.ts';
import { expectedOutcomes } from '../demo/faults/expected-outcomes.ts';
import { createFaults } from '../demo/faults/switchboard.ts';
import { writeDemoHome } from '../demo/home.ts';
import { startSimulatedSis } from '../demo/server/simulated-sis.ts';
import { dateInZone } from '../domain/school-date.ts';
import { heading, print } from './output.ts';
import { stopSignal } from './stop-signal.ts';

export interface ServeOptions {
  readonly seed: number;
  readonly students: number;
  readonly schools: number;
  readonly port?: number;
  readonly source: DemoReading['attendance'];
  readonly oneroster: DemoReading['version'];
  readonly fault?: FaultName;
}

/** From July on the next school year is the one that a district works in. */
const ROLLOVER_MONTH = 7;
/** A file that was written just now might still grow, and would have to be waited for. */
const DROPPED_BEFORE_MS = 5 * 60_000;

/**
 * Keeps the simulated district running on the real clock, with a configuration that reads it, until Ctrl-C. The
 * extracts of the day are dropped once.
 */
export async function serveDemo(home: string, timeZone: string, options: ServeOptions): Promise<void> {
  const today = dateInZone(new Date(), timeZone);
  const [year = 0, month = 0] = today.split('-').map(Number);
  const district = buildDistrict({
    ...options,
    schoolYear: month >= ROLLOVER_MONTH ? year + 1 : year,
    timeZone,
  });
  // What was read of one district is of no use for another one.
  const { seed, schools, students } = options;
  const dir = join(home, 'served', `seed-${seed}-schools-${schools}-students-${students}`);
  const dropFolder = join(dir, 'drop');
  await mkdir(dir, { recursive: true });
  const faults = createFaults(options.fault === undefined ? [] : [options.fault]);
  const sis = await startSimulatedSis({
    district,
    today: () => new Date(),
    faults,
    ...(options.port !== undefined && { port: options.port }),
  });
  try {
    const reading: DemoReading = {
      version: options.oneroster,
      attendance: options.source,
      ...(options.source === 'data-extract' && { dropFolder }),
    };
    if (options.source === 'data-extract') {
      const now = new Date();
      const writtenAt = new Date(now.getTime() - DROPPED_BEFORE_MS);
      await writeExtracts({ district: sis.district(), instant: now, writtenAt, folder: dropFolder, faults });
    }
    const demo = await writeDemoHome({
      dir,
      district,
      sis,
      reading,
      shippedPolicyFile: findUp('config/policy.yaml'),
      shippedTemplatesDir: findUp('templates'),
    });
    heading(`${district.name}: ${options.students} students, as of now`);
    print(`  OneRoster 1.2          ${sis.baseUrl}`);
    print(`  OneRoster 1.1          ${sis.baseUrlV1p1}`);
    print(`  Attendance service     ${sis.attendanceBaseUrl}`);
    print(`  Its scope              ${sis.scopes.attendance}`);
    print(`  Ed-Fi                  ${sis.edFi.baseUrl}`);
    print(`  Tokens                 ${sis.tokenUrl}`);
    print(`  Tokens of Ed-Fi        ${sis.edFi.tokenUrl}`);
    print(`  Client id              ${sis.clientId}`);
    print(`  Client secret          ${sis.clientSecret}`);
    if (options.source === 'data-extract') print(`  Extracts of today      ${dropFolder}`);
    if (options.fault !== undefined) {
      print(`  Fault, kept on         ${options.fault}: ${faultCatalogue[options.fault].description}`);
      print(`  Expected of it         ${expectedOutcomes[options.fault]}`);
    }
    heading('Point Rollcall at it, in another terminal');
    for (const [name, value] of Object.entries(demo.env)) print(`  export ${name}=${value}`);
    const rollcall = `npm run rollcall -- --config ${demo.configDir} --data ${join(dir, 'data')}`;
    for (const command of ['check', 'sync --dry-run', 'sync', 'runs', 'run --once', 'start']) {
      print(`  ${rollcall} ${command}`);
    }
    print(
      `\nWhat it reads stays in ${join(dir, 'data')} for the next time, so that a fault can be tried on a district that`,
    );
    print('was read before: end this, and start it again with the same --port and with --fault NAME.');
    print('\nCtrl-C ends it.');
    await stopSignal();
  } finally {
    await sis.close();
  }
}
