import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import { loadConfig } from '../../src/config/load-config.ts';
import { addDays, instantInZone, schoolDate, weekday } from '../../src/domain/school-date.ts';
import { openApp } from '../../src/main.ts';
import { silentLog } from '../../src/ops/log.ts';
import { openPages } from '../../src/pages/open-pages.ts';
import { readStyleSheet } from '../../src/pages/style-sheet.ts';
import { decideStudent } from '../../src/procedure/decide.ts';
import { hashOf, newToken } from '../../src/procedure/links.ts';
import { createProcedureBook, procedureSettings } from '../../src/procedure/procedure-book.ts';
import { startPageSession } from '../../src/store/page-sessions.ts';
import { databaseCpuMs } from './cpu-used.ts';
import { fillDistrict } from './fill-district.ts';

/** Told by whoever forks this file. */
export interface PagesServerWork {
  /** With a district in it, or with a configuration alone. */
  readonly home: string;
  readonly students: number;
  readonly users: number;
}

/** Told once everything is there. */
export interface PagesServed {
  readonly port: number;
  readonly cookie: string;
  readonly tokens: readonly string[];
  readonly stylePath: string;
  /** References of files of students who were absent long enough to have one. */
  readonly files: readonly string[];
  readonly schools: readonly string[];
}

/** Processor time since the beginning. */
export interface CpuUsed {
  readonly serverMs: number;
  /** null: this system does not say. */
  readonly databaseMs: number | null;
}

export type ToldByServer =
  | { readonly kind: 'doing'; readonly what: string }
  | ({ readonly kind: 'served' } & PagesServed)
  | ({ readonly kind: 'cpu' } & CpuUsed);

const TODAY = schoolDate('2026-11-17');
const DAYS = { first: '2026-10-01', last: '2026-11-16' };
const HOUR_MS = 3_600_000;

const work: PagesServerWork = JSON.parse(process.argv[2] ?? '{}');
const config = loadConfig({
  configDir: join(work.home, 'config'),
  dataDir: work.home,
  env: {},
  shippedTemplatesDir: 'templates',
});
const start = instantInZone(TODAY, '10:00', config.district.timeZone);
const now = () => start;
const app = await openApp({ config, log: silentLog(), now });
const { db } = app.store;
const schools = config.schools.map(({ id }) => id);
if ((await db.selectFrom('student').select('id').limit(1).executeTakeFirst()) === undefined) await fill();
const { pages } = config;
if (pages === null) throw new Error('the configuration has no pages');
// The clock of sessions runs, that of the district stands.
const began = performance.now();
const moment = () => ({ now: new Date(now().getTime() + performance.now() - began), today: TODAY });
const open = await openPages({ ...app.pageDeps, moment }, pages, { requestsPerMinute: 1e9 });
const { rows: backends } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const databaseMs = databaseCpuMs(backends[0]?.pid ?? 0);
  tell({ kind: 'cpu', serverMs: (user + system) / 1_000, databaseMs });
});
tell({ kind: 'served', port: pages.listen.port, ...(await toAskFor()) });
await once(process, 'disconnect');
await open.close();
await app.close(1_000);

function tell(told: ToldByServer): void {
  process.send?.(told);
}

async function fill(): Promise<void> {
  tell({ kind: 'doing', what: `Filling a district of ${work.students} students …` });
  const dates: ReturnType<typeof schoolDate>[] = [];
  for (let day = schoolDate(DAYS.first); day <= DAYS.last; day = addDays(day, 1))
    if (weekday(day) <= 5) dates.push(day);
  await fillDistrict(db, { students: work.students, schools: schools.length, dates });
  await sql`update school set sourced_id = (${schools}::text[])[id]`.execute(db);
  const procedure = await createProcedureBook(db, procedureSettings(config)).on(TODAY);
  const year = procedure.schoolYear.id;
  // Nobody else was absent long enough: one look, as it is stored, stands for each of theirs.
  await sql`
    with looked as (
      insert into evaluation (id, student_id, school_year, as_of, evaluated_at, policy_version, result_hash, result)
      select gen_random_uuid(), id, ${year}, ${TODAY}, now(), 'bench', 'bench', '{}' from student where id % 50 >= 2
      returning id, student_id)
    insert into ladder (student_id, school_year, evaluation_id, evaluated_as_of, policy_version, result_hash, total,
      home_school_id)
    select l.student_id, ${year}, l.id, ${TODAY}, 'bench', 'bench', l.student_id % 4,
      (select e.school_id from enrolment e where e.student_id = l.student_id)
    from looked l`.execute(db);
  const absent = await sql<{ id: number }>`select id from student where id % 50 < 2 order by id`.execute(db);
  for (const [index, { id }] of absent.rows.entries()) {
    if (index % 1_000 === 0)
      tell({ kind: 'doing', what: `  ${index} of ${absent.rows.length} files opened` });
    await decideStudent(db, procedure, id, { now: now(), today: TODAY });
  }
  await sql`
    insert into contact_log_entry (ref, student_id, school_year, on_date, at, by_name, outcome, note)
    select 'K-' || id || '-' || n, id, ${year}, ${TODAY}, now(), 'Casey Clerk', 'left-message', 'called at noon'
    from student, generate_series(1, 3) n where id % 50 < 2`.execute(db);
  await sql`
    insert into file_entry (file_id, at, on_date, kind, title, detail, contact_id)
    select f.id, c.at, c.on_date, 'contact', 'Contact: left-message', c.note, c.id
    from contact_log_entry c join attendance_file f on f.student_id = c.student_id`.execute(db);
  // As autovacuum leaves it overnight.
  await sql`vacuum analyze`.execute(db);
}

async function toAskFor(): Promise<Omit<PagesServed, 'port'>> {
  const tokens = Array.from({ length: work.users }, newToken);
  for (const token of tokens)
    await startPageSession(db, {
      tokenHash: hashOf(token),
      email: 'bench@cedar-valley.example.org',
      by: 'code',
      from: '127.0.0.1',
      startedAt: now(),
      expiresAt: new Date(now().getTime() + HOUR_MS * 10),
    });
  const { rows } = await sql<{ ref: string }>`
    select s.file_ref as ref from attendance_file f join student s on s.id = f.student_id order by s.id`.execute(
    db,
  );
  return {
    cookie: 'rollcall-session',
    tokens,
    stylePath: readStyleSheet().path,
    files: rows.map(({ ref }) => ref),
    schools,
  };
}
