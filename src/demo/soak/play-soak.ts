import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';
import { silentLog } from '../../ops/log.ts';
import { releaseStop } from '../../procedure/end-stop.ts';
import { keepAudit } from '../../procedure/keep-audit.ts';
import type { Moment, Procedure } from '../../procedure/procedure.ts';
import { resolveLetter } from '../../procedure/resolve-letter.ts';
import { openStops } from '../../store/brakes.ts';
import type { Db } from '../../store/database.ts';
import { randomOf } from '../district/random.ts';
import { stateOn } from '../district/state-on.ts';
import { playYear, type YearToPlay } from '../play-year.ts';
import type { SimulatedSis } from '../server/simulated-sis.ts';
import { type Mishap, mishapsOf, mishapWords } from './bad-day.ts';
import type { Crew, Cycled } from './crew.ts';
import { type Finding, findOut } from './findings.ts';
import type { DemoMailServer } from './mail-server.ts';
import type { MemorySample } from './memory.ts';

/** Everything that the soak plays with. */
export interface SoakStage {
  readonly db: Db;
  readonly dataDir: string;
  readonly crew: Crew;
  readonly sis: SimulatedSis;
  readonly mail: DemoMailServer;
  /** What the processes say of themselves. */
  readonly logFile: string;
  readonly procedure: (date: SchoolDate) => Promise<Procedure>;
  /** What the SIS takes for today. */
  readonly setSisToday: (date: SchoolDate) => void;
}

export interface SoakPlayed {
  readonly findings: readonly Finding[];
  /** What has befallen it, and how often. */
  readonly mishaps: ReadonlyMap<string, number>;
  /** Cycles that were begun again, because the process or its database was gone. */
  readonly begunAgain: number;
  readonly days: number;
  /** The process of the program that plays, and those of the crew together. */
  readonly memory: { readonly player: readonly MemorySample[]; readonly crew: readonly MemorySample[] };
}

/** At the end nothing happens for so many days: what waits gets its time. */
const QUIET_DAYS = 12;
const STAFF = 'Demonstration staff';

/** Plays the year in two processes to which something happens every few days, and looks at what has come of it. */
export async function playSoak(stage: SoakStage, year: YearToPlay): Promise<SoakPlayed> {
  const { db, crew, sis, mail } = stage;
  const mishaps = new Map<string, number>();
  const memory = { player: [] as MemorySample[], crew: [] as MemorySample[] };
  let begunAgain = 0;
  let day = 0;
  let days = 0;
  let clock = new Date(0);
  let sisToday = year.from;

  async function cycle(): Promise<void> {
    const planned = day > days - QUIET_DAYS ? [] : mishapsOf(year.seed, day);
    for (const mishap of planned)
      mishaps.set(mishapWords(mishap), (mishaps.get(mishapWords(mishap)) ?? 0) + 1);
    if (planned.some(({ kind }) => kind === 'off')) return;
    await crew.setClock(clock);
    const over = planned.map((mishap) => befall(stage, mishap, year.seed, day));
    const count = ({ attempts }: Cycled) => {
      begunAgain += attempts - 1;
    };
    count(await crew.cycle());
    for (const end of over) await end();
    for (const mishap of planned) {
      if (mishap.kind !== 'clock') continue;
      await crew.setClock(new Date(clock.getTime() + mishap.minutes * 60_000));
      count(await crew.cycle());
    }
    const held = await crew.memory();
    memory.player.push({ day, bytes: process.memoryUsage.rss() });
    const [first] = held;
    if (first !== undefined) memory.crew.push({ day, bytes: Math.max(...held.map(({ rss }) => rss)) });
  }

  await playYear(
    {
      db,
      cycle,
      setClock: (now, date) => {
        clock = now;
        sisToday = date;
        stage.setSisToday(date);
      },
      procedure: stage.procedure,
      decides: true,
      afternoon: (moment, procedure) => putRight(stage, procedure, moment, year.seed),
    },
    {
      ...year,
      onDay: (date, number, all) => {
        day = number;
        days = all;
        crew.day(number);
        year.onDay?.(date, number, all);
      },
    },
  );
  const findings = await findOut({
    db,
    dataDir: stage.dataDir,
    sis: stateOn(sis.district(), sisToday),
    today: sisToday,
    delivered: mail.delivered,
    log: await readFile(stage.logFile, 'utf8'),
  });
  return { findings, mishaps, begunAgain, days, memory };
}

/** Lets it happen. @returns what ends it once the cycle is over */
function befall(stage: SoakStage, mishap: Mishap, seed: number, day: number): () => Promise<void> {
  const { crew, sis, mail, db } = stage;
  const nothing = async () => {};
  const later = (ms: number, act: () => void) => {
    const timer = setTimeout(act, ms);
    return async () => clearTimeout(timer);
  };
  switch (mishap.kind) {
    case 'sis':
      sis.faults.turnOn(mishap.fault, mishap.times === null ? {} : { times: mishap.times });
      return async () => sis.faults.turnOff(mishap.fault);
    case 'mail': {
      const random = randomOf(seed, 'mails', day);
      mail.treat = () => (random.chance(mishap.share) ? mishap.treatment : 'take');
      return async () => {
        mail.treat = null;
      };
    }
    case 'kill': {
      if (mishap.afterMs !== 'mail') return later(mishap.afterMs, () => crew.signal(mishap.which, 'SIGKILL'));
      mail.onMail = () => {
        mail.onMail = null;
        crew.signal(mishap.which, 'SIGKILL');
      };
      return async () => {
        mail.onMail = null;
      };
    }
    case 'restart':
      return later(mishap.afterMs, () => crew.signal(mishap.which, 'SIGTERM'));
    case 'freeze': {
      let timer: NodeJS.Timeout | undefined;
      const stop = later(mishap.afterMs, () => {
        crew.signal(mishap.which, 'SIGSTOP');
        timer = setTimeout(() => crew.signal(mishap.which, 'SIGCONT'), mishap.forMs);
      });
      return async () => {
        await stop();
        clearTimeout(timer);
        crew.signal(mishap.which, 'SIGCONT');
      };
    }
    case 'database':
      return later(mishap.afterMs, () => {
        sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and application_name like 'rollcall%'`
          .execute(db)
          .catch(() => undefined);
      });
    default:
      return nothing;
  }
}

/** The staff let sending go on, and find out what became of letters whose answer nobody heard. */
async function putRight(
  { db, dataDir, mail }: SoakStage,
  procedure: Procedure,
  moment: Moment,
  seed: number,
): Promise<void> {
  const random = randomOf(seed, 'put-right', moment.today);
  for (const { ref } of await openStops(db))
    await releaseStop(db, ref, { by: STAFF, because: 'the mail server works' }, moment);
  const uncertain = await db
    .selectFrom('letter')
    .select(['ref', 'message_id'])
    .where('state', '=', 'uncertain')
    .orderBy('ref')
    .execute();
  for (const { ref, message_id } of uncertain) {
    if (!random.chance(0.6)) continue;
    const delivered = mail.delivered.has(message_id ?? '');
    const found = {
      ref,
      delivered,
      by: STAFF,
      because: 'asked the provider of the mail server',
      onPaper: false,
    };
    await resolveLetter(db, procedure, found, moment);
  }
  await keepAudit({ db, log: silentLog(), dataDir }, moment);
}
