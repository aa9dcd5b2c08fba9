import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import PostalMime from 'postal-mime';
import { evaluateStudent } from '../../jobs/evaluate-student.ts';
import { sendLetter } from '../../jobs/send-letter.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { writeDemoHome } from '../../src/demo/home.ts';
import { playYear } from '../../src/demo/play-year.ts';
import { startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import { type App, openApp } from '../../src/main.ts';
import { silentLog } from '../../src/ops/log.ts';
import { createProcedureBook, procedureSettings } from '../../src/procedure/procedure-book.ts';
import { jobItem } from '../../src/queue/define-job.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { type NaiveReach, type NaiveYear, naiveYear } from '../support/naive-year.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { queueBackends, type TestBackend } from '../support/queue-backends.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const TIME_ZONE = 'America/Denver';
const SEED = 4;
const UNTIL = schoolDate('2026-10-23');
/** The shipped policy, said once more. */
const STEPS = [
  { id: 'contact', at: 4, settleDays: 1 },
  { id: 'first-letter', at: 7, settleDays: 3 },
  { id: 'medical-letter', at: 10, settleDays: 3 },
  { id: 'referral', at: 11, settleDays: 5 },
];

const district = buildDistrict({
  seed: SEED,
  schools: 2,
  students: 90,
  schoolYear: 2027,
  timeZone: TIME_ZONE,
});
const from = district.calendar.firstDay;

let naive: NaiveYear;
beforeAll(async () => {
  const rules = { wholeDayMinutes: 240, halfDayMinutes: 120, suspensions: ['SUS'] };
  naive = await naiveYear(district, rules, STEPS, from, UNTIL);
});

interface StepRow {
  readonly student: string;
  readonly step: string;
  readonly state: string;
  readonly takenOn: SchoolDate | null;
  readonly superseded: boolean;
  readonly skippedFor: string | null;
  readonly blocks: readonly string[];
}

interface LetterRow {
  readonly ref: string;
  readonly student: string;
  readonly guardians: readonly string[];
  readonly step: string;
  readonly channel: string;
  readonly state: string;
  readonly superseded: boolean;
  readonly to: string | null;
  readonly handedOverOn: SchoolDate | null;
}

interface Mail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What has to be the same whatever carries the jobs. */
const endings = new Map<string, Record<string, string[]>>();

describe.each(queueBackends)('eight weeks of a small district on $name', ({ name, start }) => {
  let home: string;
  let database: TestDatabase;
  let queue: TestBackend;
  let sink: SmtpSink;
  let store: Database;
  let steps: StepRow[];
  let letters: LetterRow[];
  let mails: Mail[];
  let queueContents: string;
  let problems: readonly string[];

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'rollcall-year-'));
    database = await createTestDatabase();
    queue = await start();
    sink = await startSmtpSink();
    let sisToday: SchoolDate = from;
    let now = new Date(0);
    const sis = await startSimulatedSis({ district, today: () => sisToday });
    const written = await writeDemoHome({
      dir: home,
      district,
      sis,
      shippedPolicyFile: 'config/policy.yaml',
      shippedTemplatesDir: 'templates',
    });
    const config = loadConfig({
      configDir: written.configDir,
      dataDir: home,
      env: {
        ...written.env,
        DATABASE_URL: database.url,
        SMTP_URL: sink.url,
        ...(queue.backend.kind === 'redis' && { REDIS_URL: queue.backend.url }),
      },
      shippedTemplatesDir: 'templates',
    });
    const open = () => openApp({ config, log: silentLog(), now: () => now });
    const found: string[] = [];
    const app = await open();
    try {
      app.startWorkers();
      await playYear(
        {
          db: app.store.db,
          procedure: (date) => createProcedureBook(app.store.db, procedureSettings(config)).on(date),
          cycle: async () => found.push(...(await app.runCycle()).problems),
          setClock: (clock, date) => {
            now = clock;
            sisToday = date;
          },
        },
        { from, until: UNTIL, timeZone: TIME_ZONE, seed: SEED },
      );
    } finally {
      await app.close(5_000);
      await sis.close();
    }
    problems = found;
    store = openDatabase({ url: database.url });
    const idle = await open();
    try {
      queueContents = await contentsWithEverythingQueued(idle, queue, store);
    } finally {
      await idle.close(0);
    }
    steps = await readSteps(store);
    letters = await readLetters(store);
    mails = await Promise.all(sink.delivered.map(readMail));
    endings.set(name, await ending(store, steps, letters));
  }, 120_000);

  afterAll(async () => {
    await store?.close();
    await sink?.stop();
    await queue?.stop();
    await database?.drop();
    if (home !== undefined) await rm(home, { recursive: true, force: true });
  });

  const rowOf = (student: string, step: string) =>
    steps.find((row) => row.student === student && row.step === step);
  const reachOf = (student: string, step: string) => naive.reached.get(step)?.get(student);
  const lettersOf = (student: string, step: string) =>
    letters.filter((letter) => letter.student === student && letter.step === step);
  const everyReach = (step: string): [string, NaiveReach][] => [...(naive.reached.get(step) ?? [])];

  test('every cycle went through, and the play has each step in it', () => {
    expect(problems).toEqual([]);
    const seen = new Set(steps.map((row) => `${row.step} ${row.state}`));
    for (const step of STEPS) expect(seen).toContain(`${step.id} taken`);
    expect(seen).toContain('first-letter skipped');
    const ways = new Set(letters.map((letter) => `${letter.channel} ${letter.state}`));
    expect(ways).toContain('email sent');
    expect(ways).toContain('paper posted');
  });

  test('exactly the students whose naive count ever reached a step are on it, since the day it did', async () => {
    const firstEvents = await store.db
      .selectFrom('ladder_event')
      .innerJoin('student', 'student.id', 'ladder_event.student_id')
      .select(['student.sourced_id as student', 'step'])
      .select((eb) => eb.fn.min('as_of').as('first'))
      .groupBy(['student.sourced_id', 'step'])
      .execute();
    const ladder = firstEvents.map((row) => `${row.step} ${row.student} ${row.first}`).sort();
    const expected = STEPS.flatMap(({ id }) =>
      everyReach(id).map(([student, reach]) => `${id} ${student} ${reach.first}`),
    ).sort();
    expect(ladder).toEqual(expected);
    expect(steps.map((row) => `${row.step} ${row.student}`).sort()).toEqual(
      expected.map((line) => line.slice(0, line.lastIndexOf(' '))),
    );
  });

  test('a contact is taken while the count stands, and withdrawn when it fell', () => {
    for (const [student, reach] of everyReach('contact')) {
      const row = rowOf(student, 'contact');
      if (!reach.atTheEnd) expect(row).toMatchObject({ student, state: 'withdrawn' });
      else if (enrolled(student))
        expect(row).toMatchObject({ student, state: 'taken', takenOn: reach.first });
      else expect(['taken', 'owed']).toContain(row?.state);
    }
  });

  test('every letter step is sent, skipped, blocked, waiting, withdrawn or superseded as the rules say', () => {
    for (const step of ['first-letter', 'medical-letter']) {
      for (const [student, reach] of everyReach(step)) {
        const row = rowOf(student, step);
        const own = lettersOf(student, step);
        const left = own.filter((letter) => letter.state === 'sent' || letter.state === 'posted');
        const overtaken = step === 'first-letter' && reachOf(student, 'medical-letter') !== undefined;
        if (left.length > 0) {
          const days = left.map((letter) => letter.handedOverOn).sort();
          expect(row).toMatchObject({
            student,
            state: 'taken',
            superseded: !reach.atTheEnd,
            takenOn: days[0],
          });
          for (const letter of left) expect(letter.superseded).toBe(!reach.atTheEnd);
        } else if (!reach.atTheEnd) {
          expect(row).toMatchObject({ student, state: expect.stringMatching(/^(withdrawn|skipped)$/) });
          expect(own.filter((letter) => letter.state !== 'cancelled')).toEqual([]);
        } else if (overtaken) {
          expect(row).toMatchObject({ student, state: 'skipped', skippedFor: 'medical-letter' });
          expect(own.filter((letter) => letter.state !== 'cancelled')).toEqual([]);
        } else {
          expect(row).toMatchObject({ student, state: 'owed' });
          const waiting = own.filter((letter) =>
            ['planned', 'queued', 'held', 'printed'].includes(letter.state),
          );
          const blocks = row?.blocks ?? [];
          expect(blocks.includes('unmapped-code')).toBe(naive.unmapped.has(student));
          expect(blocks.length + waiting.length).toBeGreaterThan(0);
        }
      }
    }
  });

  test('a referral leaves after a letter was out for five school days, else it waits for a reason that is told', async () => {
    const referrals = await store.db
      .selectFrom('referral')
      .innerJoin('student', 'student.id', 'referral.student_id')
      .select(['student.sourced_id as student', 'ref', 'state', 'gaps', 'delivered_on'])
      .execute();
    const packets = mails.filter((mail) => mail.headers['x-rollcall-kind'] === 'packet');
    expect(packets.map((mail) => mail.headers['x-rollcall-ref']).sort()).toEqual(
      referrals
        .filter((one) => one.state === 'delivered')
        .map((one) => one.ref)
        .sort(),
    );
    expect(packets.length).toBeGreaterThan(0);
    for (const referral of referrals) expect(reachOf(referral.student, 'referral')).toBeDefined();
    for (const [student, reach] of everyReach('referral')) {
      const row = rowOf(student, 'referral');
      const own = referrals.find((one) => one.student === student && one.state !== 'withdrawn');
      if (own?.state === 'delivered') {
        expect(row).toMatchObject({ student, state: 'taken', superseded: !reach.atTheEnd });
        const out = letters
          .filter((letter) => letter.student === student && letter.handedOverOn !== null)
          .map((letter) => letter.handedOverOn ?? '')
          .sort();
        expect(schoolDaysAfter(out[0] ?? UNTIL, own.delivered_on ?? from)).toBeGreaterThanOrEqual(5);
      } else if (!reach.atTheEnd) expect(row).toMatchObject({ student, state: 'withdrawn' });
      else {
        expect(row).toMatchObject({ student, state: 'owed' });
        expect((row?.blocks.length ?? 0) + (own?.gaps.length ?? 0)).toBeGreaterThan(0);
      }
    }
  });

  test('G1, G2: each letter that is recorded as sent was delivered exactly once to its envelope address', () => {
    const delivered = mails
      .filter((mail) => mail.headers['x-rollcall-kind'] === 'letter')
      .map(({ to, headers }) => `${headers['x-rollcall-ref']} ${headers['x-rollcall-step']} ${to.join()}`)
      .sort();
    const recorded = letters
      .filter((letter) => letter.state === 'sent')
      .map((letter) => `${letter.ref} ${letter.step} ${letter.to}`)
      .sort();
    expect(recorded.length).toBeGreaterThan(0);
    expect(delivered).toEqual(recorded);
    const messageIds = mails.map((mail) => mail.headers['message-id']);
    expect(new Set(messageIds).size).toBe(mails.length);
  });

  test('every mail says what it is', async () => {
    const staffMails = await store.db
      .selectFrom('staff_mail')
      .select(['ref', 'kind', 'state', 'to_email'])
      .execute();
    const delivered = mails
      .filter((mail) => mail.headers['x-rollcall-kind'] !== 'letter')
      .map(({ to, headers }) => `${headers['x-rollcall-kind']} ${headers['x-rollcall-ref']} ${to.join()}`)
      .sort();
    expect(staffMails.filter((mail) => mail.state !== 'sent')).toEqual([]);
    expect(delivered).toEqual(staffMails.map((mail) => `${mail.kind} ${mail.ref} ${mail.to_email}`).sort());
    expect(delivered.some((line) => line.startsWith('digest '))).toBe(true);
  });

  test('G25: letters go only to guardians of the student who may get them, one per guardian and step', () => {
    const seen = new Set<string>();
    for (const letter of letters.filter((one) => one.state !== 'cancelled')) {
      for (const guardian of letter.guardians) {
        const key = `${letter.student} ${letter.step} ${guardian}`;
        expect(seen).not.toContain(key);
        seen.add(key);
        const allowed = guardianVersions(guardian).filter(
          (facts) =>
            facts.role !== 'relative' &&
            facts.mailing &&
            !facts.noContact &&
            facts.relationships.some((link) => link.student === letter.student && link.guardian),
        );
        expect(allowed.length).toBeGreaterThan(0);
        if (letter.state === 'sent') {
          const boxes = allowed
            .filter((facts) => !facts.wantsPaper && !facts.private)
            .map((facts) => facts.email?.trim().toLowerCase());
          expect(boxes).toContain(letter.to?.toLowerCase());
        }
      }
    }
  });

  test('G25: no letter goes to an address that belongs only to people who may not get one', () => {
    const excluded = new Set<string>();
    const allowed = new Set<string>();
    for (const { versions } of district.guardians) {
      for (const { facts } of versions) {
        const address = facts.email?.trim().toLowerCase();
        if (address === undefined) continue;
        const barred =
          facts.role === 'relative' ||
          facts.noContact ||
          !facts.mailing ||
          facts.relationships.every((link) => !link.guardian);
        (barred ? excluded : allowed).add(address);
      }
    }
    for (const student of district.students) {
      for (const { facts } of student.versions)
        if (facts.email !== null) excluded.add(facts.email.toLowerCase());
    }
    for (const address of allowed) excluded.delete(address);
    expect(excluded.size).toBeGreaterThan(0);
    const written = mails
      .filter((mail) => mail.headers['x-rollcall-kind'] === 'letter')
      .flatMap((mail) => mail.to.map((address) => address.toLowerCase()));
    expect(written.filter((address) => excluded.has(address))).toEqual([]);
  });

  test('G13, G21: subjects carry no name, and the queue holds none', () => {
    const named = namesOfPeople();
    expect(named.size).toBeGreaterThan(100);
    for (const { subject } of mails) expect(namesIn(subject, named)).toEqual([]);
    expect(queueContents).toContain('evaluate-student');
    expect(queueContents).toContain('send-letter');
    expect(namesIn(queueContents, named)).toEqual([]);
    expect(queueContents).not.toContain('@');
  });
});

// Without redis-server there is one backend only, and its absence was printed when they were listed.
test('every backend ends with the same decisions', () => {
  expect([...endings.keys()]).toEqual(queueBackends.map((backend) => backend.name));
  const [first, ...others] = endings.values();
  expect(first?.tasks?.length).toBeGreaterThan(0);
  for (const other of others) expect(other).toEqual(first);
});

/** Puts jobs about every student and every letter into the queue of a program that takes none. */
async function contentsWithEverythingQueued(app: App, queue: TestBackend, store: Database): Promise<string> {
  const students = await store.db.selectFrom('student').select('id').execute();
  const letters = await store.db.selectFrom('letter').select('id').execute();
  await app.queue.enqueue([
    ...students.map(({ id }) => jobItem(evaluateStudent, { studentId: id })),
    ...letters.map(({ id }) => jobItem(sendLetter, { letterId: id })),
  ]);
  // On PostgreSQL the queue lives in the program's own database.
  return app.config.environment.redisUrl === null ? bullTables(store) : queue.contents();
}

async function bullTables(store: Database): Promise<string> {
  const texts: string[] = [];
  for (const table of ['job', 'job_log', 'event', 'meta', 'dedup']) {
    const { rows } = await store.pool.query(`select * from bullmq.${table}`);
    texts.push(JSON.stringify(rows));
  }
  return texts.join('\n');
}

async function ending(
  { db }: Database,
  steps: readonly StepRow[],
  letters: readonly LetterRow[],
): Promise<Record<string, string[]>> {
  const tasks = await db
    .selectFrom('task')
    .leftJoin('student', 'student.id', 'task.student_id')
    .select([
      'student.sourced_id',
      'task.kind',
      'task.step',
      'task.state',
      'task.opened_on',
      'task.closed_on',
    ])
    .execute();
  const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
  return {
    steps: sorted(steps),
    letters: sorted(letters.map(({ ref: _ref, ...letter }) => letter)),
    tasks: sorted(tasks),
  };
}

async function readSteps({ db }: Database): Promise<StepRow[]> {
  const rows = await db
    .selectFrom('ladder_step')
    .innerJoin('student', 'student.id', 'ladder_step.student_id')
    .select(['student.sourced_id', 'step', 'state', 'taken_on', 'superseded', 'skipped_for', 'blocks'])
    .execute();
  return rows.map((row) => ({
    student: row.sourced_id,
    step: row.step,
    state: row.state,
    takenOn: row.taken_on,
    superseded: row.superseded,
    skippedFor: row.skipped_for,
    blocks: row.blocks.map((block) => block.kind),
  }));
}

async function readLetters({ db }: Database): Promise<LetterRow[]> {
  const rows = await db
    .selectFrom('letter')
    .innerJoin('student', 'student.id', 'letter.student_id')
    .select(['letter.id', 'ref', 'student.sourced_id', 'step', 'channel', 'state', 'superseded'])
    .select(['envelope_to', 'handed_over_on'])
    .execute();
  const addressees = await db
    .selectFrom('letter_addressee')
    .innerJoin('guardian', 'guardian.id', 'letter_addressee.guardian_id')
    .select(['letter_id', 'sourced_id'])
    .orderBy('sourced_id')
    .execute();
  return rows.map((row) => ({
    ref: row.ref,
    student: row.sourced_id,
    guardians: addressees.filter((one) => one.letter_id === row.id).map((one) => one.sourced_id),
    step: row.step,
    channel: row.channel,
    state: row.state,
    superseded: row.superseded,
    to: row.envelope_to,
    handedOverOn: row.handed_over_on,
  }));
}

async function readMail(mail: SmtpSink['delivered'][number]): Promise<Mail> {
  const parsed = await PostalMime.parse(mail.raw);
  return {
    to: mail.to,
    subject: parsed.subject ?? '',
    headers: Object.fromEntries(parsed.headers.map(({ key, value }) => [key, value])),
  };
}

function guardianVersions(sourcedId: string) {
  const guardian = district.guardians.find((one) => one.sourcedId === sourcedId);
  return (guardian?.versions ?? []).map((version) => version.facts);
}

/** The SIS shows the student as enrolled somewhere on the last day. */
function enrolled(sourcedId: string): boolean {
  const versions = district.students.find((one) => one.sourcedId === sourcedId)?.versions ?? [];
  return versions.every(
    ({ state, facts }) =>
      state === 'active' && facts.enrolments.some(({ ends }) => ends === null || ends > UNTIL),
  );
}

function schoolDaysAfter(after: string, upTo: string): number {
  let count = 0;
  for (let time = Date.parse(`${after}T12:00:00Z`) + 86_400_000; ; time += 86_400_000) {
    const day = new Date(time);
    const date = day.toISOString().slice(0, 10);
    if (date > upTo) return count;
    const closed = district.calendar.closures.some((closure) => closure.from <= date && date <= closure.to);
    if (day.getUTCDay() !== 0 && day.getUTCDay() !== 6 && !closed) count += 1;
  }
}

/** Full names, given names and family names of everybody the SIS knows, under every name they ever had. */
function namesOfPeople(): Set<string> {
  const people = [...district.students, ...district.guardians].flatMap(({ versions }) =>
    versions.map((version) => version.facts),
  );
  return new Set(
    people.flatMap((one) => [`${one.givenName} ${one.familyName}`, one.familyName, one.givenName]),
  );
}

function namesIn(text: string, names: ReadonlySet<string>): string[] {
  const words = new Set(text.split(/[^\p{L}\p{M}'’-]+/u));
  return [...names].filter((name) => (name.includes(' ') ? text.includes(name) : words.has(name)));
}
