import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pc from 'picocolors';
import { loadConfig } from '../config/load-config.ts';
import { findUp } from '../config/project-files.ts';
import { buildDistrict } from '../demo/district/build-district.ts';
import { writeDemoHome } from '../demo/home.ts';
import { startSimulatedSis } from '../demo/server/simulated-sis.ts';
import { openCrew } from '../demo/soak/crew.ts';
import type { Finding } from '../demo/soak/findings.ts';
import { startMailServer } from '../demo/soak/mail-server.ts';
import { type MemorySample, memoryTrend } from '../demo/soak/memory.ts';
import { playSoak, type SoakPlayed } from '../demo/soak/play-soak.ts';
import { earlierOf, type SchoolDate } from '../domain/school-date.ts';
import { openStore } from '../main.ts';
import { createLog } from '../ops/log.ts';
import { createProcedureBook, procedureSettings } from '../procedure/procedure-book.ts';
import { heading, print, progress, table } from './output.ts';

export interface SoakOptions {
  readonly seed: number;
  readonly students: number;
  readonly schools: number;
  readonly schoolYear: number;
  readonly timeZone: string;
  /** The last day, where it is not the last of the school year. */
  readonly until: SchoolDate | null;
  readonly postgresSettings: Readonly<Record<string, string>>;
}

const MOST_SHOWN = 5;

/** Plays a school year in two processes, with something going wrong every few days. @returns whether all held */
export async function soakDemo(home: string, options: SoakOptions): Promise<boolean> {
  const began = performance.now();
  const shown = progress();
  shown.update('building the district');
  const district = buildDistrict(options);
  const from = district.calendar.firstDay;
  const until = earlierOf(options.until ?? district.calendar.lastDay, district.calendar.lastDay);
  let sisToday = from;
  const sis = await startSimulatedSis({ district, today: () => sisToday });
  const mail = await startMailServer();
  try {
    const templatesDir = findUp('templates');
    const written = await writeDemoHome({
      dir: home,
      district,
      sis,
      shippedPolicyFile: findUp('config/policy.yaml'),
      shippedTemplatesDir: templatesDir,
    });
    const { configDir } = written;
    const load = (env: Readonly<Record<string, string>>) =>
      loadConfig({ configDir, dataDir: home, env, shippedTemplatesDir: templatesDir });
    const given: Record<string, string> = { ...written.env, SMTP_URL: mail.url };
    for (const name of ['DATABASE_URL', 'REDIS_URL'] as const) {
      const value = process.env[name];
      if (value !== undefined) given[name] = value;
    }
    shown.update('starting PostgreSQL');
    const config = load(given);
    const store = await openStore(config, createLog({ level: 'error' }), options.postgresSettings);
    try {
      const logFile = join(home, 'soak.log');
      await mkdir(home, { recursive: true });
      shown.update('starting two processes');
      const crew = await openCrew({
        home: { configDir, dataDir: home, templatesDir, env: { ...given, DATABASE_URL: store.url } },
        logFile,
      });
      try {
        const played = await playSoak(
          {
            db: store.db,
            dataDir: home,
            crew,
            sis,
            mail,
            logFile,
            procedure: (date) => createProcedureBook(store.db, procedureSettings(config)).on(date),
            setSisToday: (date) => {
              sisToday = date;
            },
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
        await crew.close();
      }
    } finally {
      await store.close();
    }
  } finally {
    await mail.close();
    await sis.close();
  }
}

function printSoak(played: SoakPlayed, logFile: string): boolean {
  heading('What went wrong, on purpose');
  const mishaps = [...played.mishaps].sort(([a], [b]) => (a < b ? -1 : 1));
  print(mishaps.length === 0 ? '  nothing' : table(['mishap', 'days'], mishaps));
  print(`  ${played.begunAgain} cycles were begun again, because their process or their database was gone`);
  heading('Memory');
  const held = [
    memoryLine('the process that plays', played.memory.player),
    memoryLine('the larger of the two', played.memory.crew),
  ];
  print(
    table(
      ['process', 'early MB', 'late MB', 'MB a day', ''],
      held.map(({ cells }) => cells),
    ),
  );
  heading('What holds at the end');
  for (const finding of played.findings) print(findingLine(finding));
  const holds = played.findings.every(({ wrong }) => wrong.length === 0) && held.every(({ flat }) => flat);
  print(
    holds
      ? pc.green('\n  Everything held.')
      : pc.red(`\n  Not everything held. The processes wrote ${logFile}`),
  );
  return holds;
}

function memoryLine(process: string, samples: readonly MemorySample[]) {
  const trend = memoryTrend(samples);
  if (trend === null) return { flat: true, cells: [process, '', '', '', 'too few days to tell'] };
  const { slope, early, late, flat } = trend;
  return {
    flat,
    cells: [process, early.toFixed(0), late.toFixed(0), slope.toFixed(2), flat ? 'flat' : 'grows'],
  };
}

function findingLine({ what, looked, wrong }: Finding): string {
  const mark = wrong.length === 0 ? pc.green('✓') : pc.red('✗');
  const more = wrong.length > MOST_SHOWN ? ` and ${wrong.length - MOST_SHOWN} more` : '';
  const which = wrong.length === 0 ? '' : `\n      ${wrong.slice(0, MOST_SHOWN).join('\n      ')}${more}`;
  return `  ${mark} ${what} (${looked} looked at)${which}`;
}
