import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.ts';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { endOfDate } from '../../src/demo/district/state-on.ts';
import { writeExtracts } from '../../src/demo/extracts/write-extracts.ts';
import { type FaultName, faultCatalogue } from '../../src/demo/faults/catalogue.ts';
import type { FaultSource } from '../../src/demo/faults/fault.ts';
import { writeDemoHome } from '../../src/demo/home.ts';
import { type SimulatedSis, startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { addDays, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import { decideStudents } from '../../src/procedure/decide-batch.ts';
import { createProcedureBook, procedureSettings } from '../../src/procedure/procedure-book.ts';
import { type SyncOutcome, syncDistrict } from '../../src/procedure/sync-district.ts';
import {
  openAttendanceSource,
  openContactSource,
  openRoster,
  type SisOptions,
} from '../../src/sis/open-sis.ts';
import { sisOptions } from '../../src/wiring/sis-options.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { openTestDatabase } from './open-test-database.ts';
import { syncSettings, weekdaysFrom } from './sis-records.ts';

const DAY = schoolDate('2026-11-20');
const MINUTE_MS = 60_000;
/** So long a read waits for an answer. */
const PATIENCE_MS = 1_500;
/** Three hours after the day's end: the night after it. */
const NIGHT_MS = 180 * MINUTE_MS;

export type FaultBench = Awaited<ReturnType<typeof openFaultBench>>;

/** Everything about one student that a count or a letter could rest on, and what was decided. */
export interface Standing {
  readonly records: string;
  readonly total: number;
  /** Steps with their states, and letters with channel and state. */
  readonly decided: string;
}

/**
 * A simulated district of two schools that is read from one of the sources into a real database, over HTTP and from
 * files, and decided on. Each read takes place on the day after the one before; the SIS stays on the same evening.
 */
export async function openFaultBench(source: FaultSource, { proxied = false } = {}) {
  const district = buildDistrict({
    seed: 'faults',
    schools: 2,
    students: 160,
    schoolYear: 2027,
    timeZone: 'America/Denver',
  });
  const evening = endOfDate(district, DAY);
  const now = new Date(evening + NIGHT_MS);
  const home = await mkdtemp(join(tmpdir(), 'rollcall-faults-'));
  const dropFolder = join(home, 'drop');
  let sisToday = DAY;
  const sis = await startSimulatedSis({ district, today: () => sisToday });
  const store = await openTestDatabase();
  const proxy = proxied ? await startFaultProxy(sis.baseUrl) : null;
  const written = await writeDemoHome({
    dir: home,
    district,
    sis: proxy === null ? sis : behind(proxy, sis),
    reading: {
      version: '1.2',
      attendance: source,
      ...(source === 'data-extract' && { dropFolder }),
    },
    shippedPolicyFile: 'config/policy.yaml',
    shippedTemplatesDir: 'templates',
  });
  const config = loadConfig({
    configDir: written.configDir,
    dataDir: home,
    env: written.env,
    shippedTemplatesDir: 'templates',
  });
  const book = createProcedureBook(store.db, procedureSettings(config));
  let today = addDays(DAY, -1);
  let reads = 0;

  async function decideAllDue(): Promise<void> {
    const procedure = await book.on(DAY);
    const due = await store.db.selectFrom('evaluation_due').select('student_id').execute();
    const ids = due.map((row) => row.student_id);
    const { decided, failed } = await decideStudents(store.db, procedure, ids, { now, today: DAY });
    for (const { error } of failed) throw error;
    if (decided < ids.length) throw new Error(`${ids.length - decided} students were not decided about`);
  }

  return {
    sis,
    store,
    /** Between the program and the SIS, where it was asked for. */
    proxy,
    dropFolder,
    /** Sets the evening on which the SIS stands; without it, the last one. */
    at(date: string): void {
      sisToday = schoolDate(date);
    },
    /** So many days pass without a read. */
    skipDays(days: number): void {
      today = addDays(today, days);
    },
    /** Drops the extracts of the night, where there are any, reads, and decides on whom it made due. */
    async read({
      full = true,
      patienceMs = PATIENCE_MS,
    }: {
      full?: boolean;
      patienceMs?: number;
    } = {}): Promise<SyncOutcome> {
      today = full ? addDays(today, 1) : nextWeekday(today);
      reads += 1;
      if (source === 'data-extract') {
        const instant = new Date(evening + reads * MINUTE_MS);
        await writeExtracts({ district: sis.district(), instant, folder: dropFolder, faults: sis.faults });
      }
      const options = impatient(
        sisOptions(config, () => now, 'test'),
        patienceMs,
      );
      const outcome = await syncDistrict(
        {
          db: store.db,
          pool: store.pool,
          ...syncSettings,
          fullDue: () => full,
          // The district is small.
          guards: {
            ...syncSettings.guards,
            floorRows: 20,
            floorStudents: 5,
            absentShare: 0.8,
            medianFactor: 20,
          },
          roster: openRoster(options),
          attendance: openAttendanceSource(options),
          contacts: openContactSource(options),
        },
        { now, today, full },
      );
      if (outcome.kind === 'applied') await decideAllDue();
      return outcome;
    },
    /** By the student's number. */
    async standing(): Promise<Map<string, Standing>> {
      const { db } = store;
      const students = await db
        .selectFrom('student')
        .leftJoin('ladder', 'ladder.student_id', 'student.id')
        .select(['student.id', 'number', 'sourced_id', 'active', 'total'])
        .execute();
      const lines = new Map<number, { records: string[]; decided: string[] }>(
        students.map(({ id, active }) => [id, { records: [`active ${active}`], decided: [] }]),
      );
      const note = (id: number, kind: 'records' | 'decided', ...words: unknown[]) =>
        lines.get(id)?.[kind].push(words.join(' '));
      for (const row of await db
        .selectFrom('absence_record')
        .select(['student_id', 'date', 'period', 'status', 'excuse', 'day_fraction', 'minutes_absent'])
        .where('ended_at', 'is', null)
        .execute()) {
        const { student_id: id, date, period, status, excuse, day_fraction: day, minutes_absent: min } = row;
        note(id, 'records', date, period, status, excuse, day, min);
      }
      for (const row of await db
        .selectFrom('guardianship')
        .select(['student_id', 'guardian_id', 'active', 'is_guardian'])
        .execute()) {
        note(row.student_id, 'records', 'guardian', row.guardian_id, row.active, row.is_guardian);
      }
      for (const row of await db
        .selectFrom('ladder_step')
        .select(['student_id', 'step', 'state'])
        .execute()) {
        note(row.student_id, 'decided', row.step, row.state);
      }
      for (const row of await db
        .selectFrom('letter')
        .select(['student_id', 'step', 'channel', 'state'])
        .execute()) {
        note(row.student_id, 'decided', 'letter', row.step, row.channel, row.state);
      }
      return new Map(
        students.map(({ id, number, sourced_id, total }) => [
          number ?? sourced_id,
          {
            records: lines.get(id)?.records.sort().join('\n') ?? '',
            total: Number(total ?? 0),
            decided: lines.get(id)?.decided.sort().join('\n') ?? '',
          },
        ]),
      );
    },
    async close(): Promise<void> {
      await proxy?.stop();
      await sis.close();
      await store.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** The same addresses by way of the proxy. */
function behind({ through }: FaultProxy, sis: SimulatedSis): SimulatedSis {
  return {
    ...sis,
    baseUrl: through(sis.baseUrl),
    tokenUrl: through(sis.tokenUrl),
    attendanceBaseUrl: through(sis.attendanceBaseUrl),
  };
}

/** Nights of changes are those of school days: on others an empty one says nothing. */
function nextWeekday(date: SchoolDate): SchoolDate {
  return weekdaysFrom(addDays(date, 1), 1)[0] ?? date;
}

/** One read while a fault is on. */
export async function readWith(bench: FaultBench, name: FaultName) {
  bench.sis.faults.turnOn(name);
  const outcome = await bench.read({ full: faultCatalogue[name].changesOnly !== true });
  bench.sis.faults.turnOff(name);
  return outcome;
}

/** Numbers of the students of whom something differs. */
export function differing(
  before: ReadonlyMap<string, Standing>,
  after: ReadonlyMap<string, Standing>,
  what: keyof Standing,
): string[] {
  const numbers = new Set([...before.keys(), ...after.keys()]);
  return [...numbers].filter((number) => before.get(number)?.[what] !== after.get(number)?.[what]).sort();
}

/** A test waits for nothing: short deadlines, no pauses between attempts, and pages so small that there are several. */
function impatient(options: SisOptions, patienceMs: number): SisOptions {
  const short = {
    requestTimeoutMs: patienceMs,
    totalTimeoutMs: 60_000,
    attempts: 3,
    wait: async () => {},
    pageSize: 200,
  };
  return {
    ...options,
    roster: { ...options.roster, ...short },
    attendance:
      options.attendance.source === 'data-extract' ? options.attendance : { ...options.attendance, ...short },
  };
}
