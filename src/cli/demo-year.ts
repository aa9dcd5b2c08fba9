import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { jobs } from '../../jobs/index.ts';
import { backupKeysOf } from '../config/backup-keys.ts';
import type { Config } from '../config/config-types.ts';
import { loadConfig } from '../config/load-config.ts';
import { findUp } from '../config/project-files.ts';
import { buildDistrict } from '../demo/district/build-district.ts';
import { writeDemoHome } from '../demo/home.ts';
import { startSimulatedSis } from '../demo/server/simulated-sis.ts';
import { addBackups } from '../demo/soak/change-configuration.ts';
import { openCrew } from '../demo/soak/crew.ts';
import type { Finding } from '../demo/soak/finding.ts';
import { startMailServer } from '../demo/soak/mail-server.ts';
import { playSoak } from '../demo/soak/play-soak.ts';
import { earlierOf, instantInZone, type SchoolDate } from '../domain/school-date.ts';
import { type OpenStore, openStore, queueBackend } from '../main.ts';
import { createLog, silentLog } from '../ops/log.ts';
import { keptAnchors } from '../procedure/keep-audit.ts';
import { listBackups } from '../procedure/keeping/backup-files.ts';
import { drill } from '../procedure/keeping/drill.ts';
import { createProcedureBook, procedureSettings } from '../procedure/procedure-book.ts';
import { openQueue } from '../queue/queue.ts';
import { documentKeyOf } from '../wiring/unlock-documents.ts';
import { progress } from './output.ts';
import { printSoak } from './soak-words.ts';

export interface SoakOptions {
  readonly seed: number;
  readonly students: number;
  readonly schools: number;
  readonly schoolYear: number;
  readonly timeZone: string;
  /** The first day and the last, where they are not those of the school year. */
  readonly from: SchoolDate | null;
  readonly until: SchoolDate | null;
}

/**
 * A crash of the machine may take all; one of the server may not, since it is one of the mishaps: what was committed is
 * with the operating system.
 */
const SURVIVES_ITS_SERVER = { fsync: 'off', full_page_writes: 'off' };

/** Plays a school year in several processes of the service, with something going wrong every few days. @returns whether all held */
export async function soakDemo(home: string, options: SoakOptions): Promise<boolean> {
  const began = performance.now();
  const shown = progress();
  shown.update('building the district');
  const district = buildDistrict(options);
  const from = options.from ?? district.calendar.firstDay;
  const until = earlierOf(options.until ?? district.calendar.lastDay, district.calendar.lastDay);
  let sisToday = from;
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const sis = await startSimulatedSis({ district, today: () => sisToday });
    closers.push(() => sis.close());
    const mail = await startMailServer();
    closers.push(() => mail.close());
    const templatesDir = findUp('templates');
    const { configDir, env } = await writeDemoHome({
      dir: home,
      district,
      sis,
      shippedPolicyFile: findUp('config/policy.yaml'),
      shippedTemplatesDir: templatesDir,
    });
    await addBackups(configDir);
    const given: Record<string, string> = { ...env, SMTP_URL: mail.url };
    for (const name of ['DATABASE_URL', 'REDIS_URL'] as const) {
      const value = process.env[name];
      if (value !== undefined) given[name] = value;
    }
    shown.update('starting PostgreSQL');
    const config = loadConfig({ configDir, dataDir: home, env: given, shippedTemplatesDir: templatesDir });
    const store = await openStore(config, createLog({ level: 'error' }), SURVIVES_ITS_SERVER);
    closers.push(() => store.close());
    const queue = await openQueue({ jobs, backend: queueBackend(config, store), log: silentLog() });
    closers.push(() => queue.close({ graceMs: 0 }));
    const logFile = join(home, 'soak.log');
    await mkdir(home, { recursive: true });
    shown.update('starting the processes');
    const crew = await openCrew({
      home: { configDir, dataDir: home, templatesDir, env: { ...given, DATABASE_URL: store.url } },
      clock: instantInZone(from, '00:05', options.timeZone),
      logFile,
    });
    closers.push(() => crew.close());
    const played = await playSoak(
      {
        dataDir: home,
        crew,
        sis,
        mail,
        logFile,
        servers: {
          db: store.db,
          isOwnDatabase: store.kind === 'embedded',
          redisUrl: config.environment.redisUrl,
          configDir,
          inQueue: () =>
            queue.counts().then(
              ({ waiting, active, delayed }) => ({ now: waiting + active, later: delayed }),
              () => null,
            ),
        },
        procedure: (date) => createProcedureBook(store.db, procedureSettings(config)).on(date),
        setSisToday: (date) => {
          sisToday = date;
        },
        proveBackup: () => proveBackup(config, store),
      },
      {
        from,
        until,
        timeZone: options.timeZone,
        weekdaysOnly: true,
        seed: options.seed,
        onDay: (date, day, days) => shown.update(`${date}  day ${day} of ${days}`),
      },
    );
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    shown.done(`Played ${from} to ${until} with seed ${options.seed} in ${seconds} s.`);
    return printSoak(played, logFile);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function proveBackup(config: Config, store: OpenStore): Promise<Finding> {
  const what = 'The newest backup can be restored, and is whole';
  const { dataDir, backup, district } = config;
  const file = (await listBackups(backup.folder, district.id)).at(-1);
  if (file === undefined) return { what, looked: 0, wrong: ['no backup was made'] };
  const report = await drill({
    file,
    keys: backupKeysOf(config),
    documentKey: documentKeyOf(config),
    district: district.id,
    url: store.url,
    dataDir,
    anchors: await keptAnchors(dataDir),
  });
  return { what, looked: report.rows, wrong: report.good ? [] : [report.failure ?? 'it is not whole'] };
}
