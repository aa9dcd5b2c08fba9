import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { addDays, type SchoolDate } from '../../domain/school-date.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import type { District } from '../district/model.ts';
import { type SisState, stateOn } from '../district/state-on.ts';
import { playYear, type YearToPlay } from '../play-year.ts';
import type { SimulatedSis } from '../server/simulated-sis.ts';
import { type Mishap, mishapsOf, mishapWords } from './bad-day.ts';
import type { Crew } from './crew.ts';
import { demandSomething } from './find-work.ts';
import type { Finding, Played } from './finding.ts';
import { findOut } from './findings.ts';
import type { DemoMailServer } from './mail-server.ts';
import { JUDGED_DAYS, type MemorySample } from './memory.ts';
import { playDay } from './play-day.ts';
import { putRight } from './put-right.ts';
import type { SoakServers } from './servers.ts';

/** Everything that the soak plays with. */
export interface SoakStage {
  readonly dataDir: string;
  readonly crew: Crew;
  readonly sis: SimulatedSis;
  readonly mail: DemoMailServer;
  readonly servers: SoakServers;
  /** What the processes say of themselves. */
  readonly logFile: string;
  readonly procedure: (date: SchoolDate) => Promise<Procedure>;
  /** What the SIS takes for today. */
  readonly setSisToday: (date: SchoolDate) => void;
  /** Proves the newest backup by restoring it beside the database in use. */
  readonly proveBackup: () => Promise<Finding>;
}

export interface SoakPlayed {
  readonly findings: readonly Finding[];
  /** What has befallen it, and how often. */
  readonly mishaps: ReadonlyMap<string, number>;
  /** How often another process has taken the lead. */
  readonly leads: number;
  readonly days: number;
  /** Of the process that was never ended. */
  readonly memory: { readonly resident: readonly MemorySample[]; readonly heap: readonly MemorySample[] };
}

/** At the end nothing happens for so many days: what waits gets its time. */
const QUIET_DAYS = 12;
/** What the SIS takes back is believed within so many days. */
const BELIEVED_DAYS = 4;

/** Plays the year in processes to which something happens every few days, and looks at what has come of it. */
export async function playSoak(stage: SoakStage, year: YearToPlay): Promise<SoakPlayed> {
  const { db } = stage.servers;
  const mishaps = new Map<string, number>();
  const memory = { resident: [] as MemorySample[], heap: [] as MemorySample[] };
  const nights = { looked: 0, wrong: [] as string[] };
  let today = year.from;
  let day = 0;
  let days = 0;
  let sisToday = year.from;
  const count = (mishap: Mishap) => {
    const words = mishapWords(mishap);
    mishaps.set(words, (mishaps.get(words) ?? 0) + 1);
  };

  await playYear(
    {
      db,
      async cycle() {
        const planned = day > days - QUIET_DAYS ? [] : mishapsOf(year.seed, day);
        if (planned.some(({ kind }) => kind === 'off')) return planned.forEach(count);
        const wrong = (what: string) => nights.wrong.push(`${today}: ${what}`);
        const befallen = { ...stage, seed: year.seed, day, told: count, wrong };
        const held = await playDay({ ...year, today, planned }, befallen);
        nights.looked += 1;
        if (held === null) return;
        memory.resident.push({ day, bytes: held.rss });
        memory.heap.push({ day, bytes: held.heap });
      },
      setClock(_now, date) {
        sisToday = date;
        stage.setSisToday(date);
      },
      procedure: stage.procedure,
      decides: true,
      afternoon: (moment, procedure) => putRight(db, stage.mail, procedure, moment, year.seed),
    },
    {
      ...year,
      onDay(date, number, all) {
        today = date;
        day = number;
        days = all;
        year.onDay?.(date, number, all);
      },
    },
  );
  const district = stage.sis.district();
  const wholeYear = days >= JUDGED_DAYS;
  const findings = [
    {
      what: 'Each night was read and each morning’s mails were written, and the service was there',
      ...nights,
    },
    ...(await findOut({
      db,
      dataDir: stage.dataDir,
      sis: lastStates(district, sisToday),
      law: await readLaw(stage.servers.configDir, district),
      today,
      wholeYear,
      delivered: stage.mail.delivered,
      log: await readFile(stage.logFile, 'utf8'),
    })),
    await stage.proveBackup(),
  ];
  return {
    findings: wholeYear ? demandSomething(findings) : findings,
    mishaps,
    leads: stage.crew.leads(),
    days,
    memory,
  };
}

function lastStates(district: District, date: SchoolDate): [SisState, ...SisState[]] {
  const before = Array.from({ length: BELIEVED_DAYS }, (_, place) =>
    stateOn(district, addDays(date, -1 - place)),
  );
  return [stateOn(district, date), ...before];
}

interface PolicyFile {
  readonly counting: {
    readonly wholeDayMinutes: number;
    readonly halfDayMinutes: number;
    readonly codes: readonly { readonly title: string; readonly suspension?: boolean }[];
  };
  readonly steps: Played['law']['steps'];
}

/** The procedure as a reader of the files would have it, past everything that the program makes of them. */
async function readLaw(configDir: string, { calendar }: District): Promise<Played['law']> {
  const { counting, steps } = parse(await readFile(join(configDir, 'policy.yaml'), 'utf8')) as PolicyFile;
  const { wholeDayMinutes, halfDayMinutes, codes } = counting;
  const suspensions = codes.filter(({ suspension }) => suspension === true).map(({ title }) => title);
  return { ...calendar, wholeDayMinutes, halfDayMinutes, suspensions, steps };
}
