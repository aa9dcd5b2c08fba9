import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobDeps } from '../../jobs/deps.ts';
import { dueJobs } from '../../jobs/due-jobs.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Mode } from '../../src/domain/ladder-facts.ts';
import type { Policy } from '../../src/domain/policy.ts';
import {
  addDays,
  instantInZone,
  type SchoolDate,
  schoolDate,
  weekday,
} from '../../src/domain/school-date.ts';
import type { SessionRecord } from '../../src/domain/sis-records.ts';
import { openSmtpTransport } from '../../src/mail/smtp-transport.ts';
import { silentLog } from '../../src/ops/log.ts';
import { settleBaseline } from '../../src/procedure/baseline.ts';
import { createCorrespondence } from '../../src/procedure/correspondence.ts';
import { decideStudent } from '../../src/procedure/decide.ts';
import { dueAt, type Moment } from '../../src/procedure/procedure.ts';
import { createProcedureBook, procedureSettings } from '../../src/procedure/procedure-book.ts';
import { answerTask } from '../../src/procedure/staff-answers.ts';
import { syncDistrict } from '../../src/procedure/sync-district.ts';
import { takeBackAbandoned } from '../../src/procedure/take-back-abandoned.ts';
import { weighLetters } from '../../src/procedure/weigh-letters.ts';
import { type Db, openDatabase } from '../../src/store/database.ts';
import { findDueWork } from '../../src/store/due-work.ts';
import { listLetters } from '../../src/store/letters-of-student.ts';
import { becomeOwner } from '../../src/store/owner.ts';
import { listOpenTasks } from '../../src/store/tasks.ts';
import { unlockDocuments } from '../../src/wiring/unlock-documents.ts';
import type { CommandResult } from './command-line.ts';
import { OFFICE_DISTRICT, officeTemplates, openHome } from './office-home.ts';
import { createTestDatabase } from './postgres.ts';
import {
  aCode,
  aGuardian,
  anAbsence,
  aSchool,
  aStudent,
  aTerm,
  linkTo,
  type SisRecords,
  sisRecords,
  sourcesOf,
  syncSettings,
} from './sis-records.ts';
import { startSmtpSink } from './smtp-sink.ts';

const ZONE = 'America/Denver';
const FRIDAY = 5;

export type Office = Awaited<ReturnType<typeof openOffice>>;

/** What the configuration says otherwise: each gets the text of the file, and gives back what stands there instead. */
export interface OfficeChanges {
  readonly district?: (text: string) => string;
  readonly policy?: (text: string) => string;
  /** What stands in the environment, for this process and for commands. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the program's statements go through on their way; the test's own do not. */
  readonly through?: (db: Db) => Db;
}

/**
 * One school with one student, Ada, and her mother, under the shipped procedure: a real database, a real mail server,
 * and a clock that the test sets. School begins on Wednesday, 19 August 2026; Labor Day, 25 September and
 * 15 to 19 October are free.
 */
export async function openOffice({ through = (db) => db, env = {}, ...changes }: OfficeChanges = {}) {
  const home = await openHome(changes);
  const config = loadConfig({
    configDir: join(home, 'config'),
    dataDir: home,
    env,
    shippedTemplatesDir: 'templates',
  });
  const { url, drop } = await createTestDatabase();
  const store = openDatabase({ url, maxConnections: 4 });
  const { db } = store;
  await unlockDocuments(db, config);
  const program = through(db);
  const sink = await startSmtpSink();
  const mail = openSmtpTransport({ url: sink.url });
  let owner = await becomeOwner(store.pool);
  const school = OFFICE_DISTRICT.schools[0]?.sourcedId ?? '';
  const sis: SisRecords = sisRecords({
    schools: [aSchool(school)],
    students: [
      aStudent('ada', { enrolments: [{ schoolSourcedId: school, primary: true, begins: null, ends: null }] }),
    ],
    guardians: [aGuardian('mum', { links: [linkTo('ada')] })],
    codes: [aCode('unx')],
  });
  const settings = { ...procedureSettings(config) };
  let book = createProcedureBook(program, settings);
  let baseline: 'mark' | 'none' = 'none';
  let clock: Moment = { now: new Date(0), today: schoolDate('2026-08-19') };
  let termDays: Parameters<typeof syncDistrict>[0]['termDays'] = syncSettings.termDays;
  const letterbox = {
    db: program,
    config,
    templates: await officeTemplates(),
    secretKey: 'a key for tests that nobody else has',
  };
  const correspondence = createCorrespondence(letterbox);
  const jobs: JobDeps = {
    db: program,
    log: silentLog(),
    moment: () => clock,
    procedure: () => book.on(clock.today),
    owner: () => owner.id(),
    window: config.mail.sendingWindow,
    limits: config.mail.limits,
    stopFile: config.stopFile,
    correspondence,
    inbox: null,
    submit: (frozen, mark) => mail.submit(frozen, mark),
    sync: () =>
      syncDistrict(
        { db: program, pool: store.pool, ...syncSettings, baseline, termDays, ...sourcesOf(sis) },
        clock,
      ),
    // The rows are the work: whatever a job would enqueue is due anyway.
    enqueue: async () => {},
  };

  async function studentId(sourcedId = 'ada'): Promise<number> {
    const row = await db
      .selectFrom('student')
      .select('id')
      .where('sourced_id', '=', sourcedId)
      .executeTakeFirstOrThrow();
    return row.id;
  }

  const office = {
    config,
    db,
    /** Of its database. */
    url,
    jobs,
    letterbox,
    sink,
    sis,
    school,
    studentId,
    moment: () => clock,
    /** Sets the clock of the district. */
    at(date: string, time = '08:30'): void {
      const today = schoolDate(date);
      clock = { now: instantInZone(today, time, ZONE), today };
    },
    /** What may leave from now on. @param schools by sourcedId, where it differs from the district */
    mode(mode: Mode, schools: Readonly<Record<string, Mode>> = {}): void {
      settings.modes = { district: mode, schools };
      book = createProcedureBook(program, settings);
    },
    /** Whether a school year that is under way at its first read has a baseline. */
    baseline(wanted: 'mark' | 'none'): void {
      baseline = wanted;
    },
    /** Takes the baseline once every student was looked at. */
    async settleBaseline(): Promise<boolean> {
      return settleBaseline(db, await jobs.procedure(), clock);
    },
    /** The digests of the day. @returns how many were composed */
    async digests(): Promise<number> {
      return correspondence.composeDigests(await jobs.procedure(), clock);
    },
    /** From the next read on the SIS is in this school year, and school is held in it between these days. */
    schoolYear(session: SessionRecord, firstDay: string, lastDay: string): void {
      sis.sessions = [session];
      const before = termDays;
      const here = aTerm(firstDay, lastDay);
      termDays = (year) => (year.id === session.schoolYear ? here : before(year));
    },
    /** From now on the district goes by this policy. */
    policy(policy: Policy): void {
      settings.policy = policy;
      book = createProcedureBook(program, settings);
    },
    /** The process is gone, and another one takes back what it had claimed. */
    async restart(): Promise<void> {
      await owner.release();
      owner = await becomeOwner(store.pool);
      await office.takeBack();
    },
    /** Takes back what was abandoned, and takes out of the line what has been tried too often. */
    async takeBack(): Promise<void> {
      await takeBackAbandoned(db, await jobs.procedure(), clock);
    },
    /** Whole days of Ada's on these dates, instead of what she had. */
    absent(dates: readonly (SchoolDate | string)[], student = 'ada'): void {
      sis.absences = [
        ...sis.absences.filter((row) => !row.sourcedId.startsWith(`${student}/`)),
        ...dates.map((date) => anAbsence(student, date, { schoolSourcedId: school })),
      ];
      // One row of nobody's keeps the collection from being empty.
      if (!sis.absences.some((row) => row.sourcedId === 'anchor')) {
        sis.absences.push(
          anAbsence('nobody', '2026-08-19', { sourcedId: 'anchor', schoolSourcedId: school }),
        );
      }
    },
    async sync(): Promise<void> {
      const outcome = await jobs.sync();
      if (outcome.kind !== 'applied')
        throw new Error(`the read was ${outcome.kind}: ${JSON.stringify(outcome)}`);
    },
    async decide(student = 'ada') {
      return decideStudent(db, await jobs.procedure(), await studentId(student), clock);
    },
    /** Does what is due once, without what that makes due. @returns the names of the jobs that ran */
    async workOnce(only?: string): Promise<string[]> {
      const procedure = await jobs.procedure();
      await settleBaseline(db, procedure, clock);
      await weighLetters(db, procedure, clock);
      await correspondence.composeCopies(clock);
      await correspondence.keepPaper(procedure, clock);
      const due = await findDueWork(db, dueAt(procedure, clock));
      const items = dueJobs(due).filter(({ job }) => only === undefined || job.name === only);
      for (const { job, payload } of items) await job.run(payload as never, jobs as never, { last: true });
      return items.map(({ job }) => job.name);
    },
    /** Does what is due until only referrals that wait for something are left. */
    async work(): Promise<void> {
      let before = '';
      for (let round = 0; round < 20; round += 1) {
        const done = (await office.workOnce()).join();
        if (/^(deliver-referral,?)*$/.test(done) && done === before) return;
        before = done;
      }
      throw new Error('work was left after many rounds');
    },
    /** A day of the program: reads the SIS and does what is due. */
    async day(date: string, time?: string): Promise<void> {
      office.at(date, time);
      await office.sync();
      await office.work();
    },
    /** Every day from one to another, as the program would play them. On weekends between them nothing is new. */
    async days(from: string, until: string): Promise<void> {
      for (let date = schoolDate(from); date <= schoolDate(until); date = addDays(date, 1))
        if (weekday(date) <= FRIDAY || date === from || date === until) await office.day(date);
    },
    /** One command, as a person types it. */
    rollcall: async (...words: readonly string[]): Promise<CommandResult> => {
      // Only those who give commands wait until all of them are loaded.
      const { runRollcall } = await import('./command-line.ts');
      return runRollcall(['--config', config.configDir, '--data', home, ...words], {
        ...env,
        DATABASE_URL: url,
      });
    },
    async steps(student = 'ada'): Promise<Record<string, string>> {
      const rows = await db
        .selectFrom('ladder_step')
        .select(['step', 'state', 'superseded'])
        .where('student_id', '=', await studentId(student))
        .execute();
      return Object.fromEntries(
        rows.map((row) => [row.step, row.superseded ? `${row.state}, superseded` : row.state]),
      );
    },
    async letters(student = 'ada') {
      return listLetters(db, { studentId: await studentId(student), schoolYear: '2027' });
    },
    async openTasks(): Promise<string[]> {
      return (await listOpenTasks(db)).map((task) => task.kind).sort();
    },
    /** A member of staff does the one open task of this kind. */
    async answer(kind: string, outcome: string) {
      const task = (await listOpenTasks(db)).find((one) => one.kind === kind);
      if (task === undefined) throw new Error(`no task ${kind} is open`);
      return answerTask(
        db,
        { ref: task.ref, by: 'Clerk', outcome, note: null },
        clock,
        await jobs.procedure(),
      );
    },
    async hold(hold: { scope: 'letters' | 'referral' | 'everything'; begins: string; ends: string | null }) {
      await db
        .insertInto('hold')
        .values({
          student_id: await studentId(),
          kind: 'bereavement',
          scope: hold.scope,
          begins: schoolDate(hold.begins),
          ends: hold.ends === null ? null : schoolDate(hold.ends),
          owner: 'counselor',
        })
        .execute();
      await db
        .insertInto('evaluation_due')
        .values({ student_id: await studentId(), reason: 'hold', since: clock.now })
        .onConflict((conflict) => conflict.column('student_id').doNothing())
        .execute();
    },
    async close(): Promise<void> {
      await mail.close();
      await sink.stop();
      await owner.release();
      await store.close();
      await drop();
      await rm(home, { recursive: true, force: true });
    },
  };
  return office;
}
