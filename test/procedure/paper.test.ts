import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { schoolDate } from '../../src/domain/school-date.ts';
import { addHold } from '../../src/procedure/holds.ts';
import { postPrintRun } from '../../src/procedure/post-print-run.ts';
import { recallMarked } from '../../src/procedure/recall-letters.ts';
import { reissueLetter } from '../../src/procedure/reissue-letter.ts';
import { recordReturnedPost } from '../../src/procedure/returned-post.ts';
import { readDocument } from '../../src/store/documents.ts';
import { lettersOfRun, listPrintRuns } from '../../src/store/print-run-list.ts';
import { markRecalled } from '../../src/store/recalls.ts';
import { loadStudentFacts } from '../../src/store/student-facts.ts';
import { type Office, openOffice } from '../support/office.ts';
import { type ReadPdf, readPdf } from '../support/pdf.ts';
import { aDeletedAbsence, aGuardian, aStudent, linkTo, weekdaysFrom } from '../support/sis-records.ts';

const SEVEN = weekdaysFrom('2026-09-08', 7);
const OAK = { lines: ['12 Oak Street'], city: 'Salida', state: 'CO', postalCode: '81201' };
const ELM = { lines: ['7 Elm Avenue'], city: 'Salida', state: 'CO', postalCode: '81201' };

let office: Office;
afterEach(() => office.close());

/** Mother and father, each at a home of their own and each on paper; both letters are printed on 21 September. */
async function printed(changes: Parameters<typeof openOffice>[0] = {}): Promise<void> {
  office = await openOffice(changes);
  office.absent(SEVEN);
  office.sis.guardians = [mum(), dad()];
  await office.day('2026-09-21');
}

const mum = (changes: Parameters<typeof aGuardian>[1] = {}) =>
  aGuardian('mum', { links: [linkTo('ada')], wantsPaper: true, address: OAK, ...changes });
const dad = (changes: Parameters<typeof aGuardian>[1] = {}) =>
  aGuardian('dad', { links: [linkTo('ada')], wantsPaper: true, address: ELM, ...changes });

const states = async () => (await office.letters()).map(({ channel, state }) => `${channel} ${state}`).sort();

async function run() {
  const runs = await listPrintRuns(office.db);
  const found = runs.at(-1);
  if (found === undefined) throw new Error('nothing was printed');
  return { ...found, inside: await lettersOfRun(office.db, found.id) };
}

async function confirm(options: Partial<Parameters<typeof postPrintRun>[1]> = {}) {
  const { ref } = await run();
  const posting = { run: ref, by: 'Clerk', postedOn: office.moment().today, except: [], postedAnyway: [] };
  return postPrintRun(office.db, { ...posting, ...options }, office.moment());
}

function textsOn(pdf: ReadPdf, page: number): string[] {
  return (pdf.pages[page - 1]?.texts ?? []).map((piece) => piece.text);
}

function correct(): void {
  office.absent(SEVEN.slice(1));
  office.sis.absences.push(aDeletedAbsence('ada', '2026-09-08'));
}

async function refOf(guardian: string): Promise<string> {
  const row = await office.db
    .selectFrom('letter')
    .innerJoin('letter_addressee', 'letter_addressee.letter_id', 'letter.id')
    .innerJoin('guardian', 'guardian.id', 'letter_addressee.guardian_id')
    .select('letter.ref')
    .where('guardian.sourced_id', '=', guardian)
    .where('letter.state', '<>', 'cancelled')
    .orderBy('letter.planned_at', 'desc')
    .executeTakeFirstOrThrow();
  return row.ref;
}

const lettersOut = async () =>
  (await loadStudentFacts(office.db, { id: await office.studentId(), schoolYear: '2027' }))?.lettersOut ?? [];

describe('what stops a printed letter', () => {
  beforeEach(() => printed());

  test.each<[string, () => void | Promise<void>, string[]]>([
    ['a correction', correct, ['paper cancelled', 'paper cancelled']],
    [
      'a hold',
      async () => {
        const desk = { db: office.db, procedure: await office.jobs.procedure(), people: [] };
        const hold = {
          student: 'ada',
          kind: 'bereavement',
          scope: null,
          from: null,
          until: null,
          owner: 'counselor',
          reason: 'told by phone',
          by: 'Dana Ruiz',
        };
        expect((await addHold(desk, hold, office.moment())).kind).toBe('added');
      },
      ['paper held', 'paper held'],
    ],
    [
      'a school that sends its own by now',
      () => office.mode('tasks'),
      ['paper cancelled', 'paper cancelled', 'paper shadowed', 'paper shadowed'],
    ],
    ['a school that is in shadow by now', () => office.mode('shadow'), ['paper held', 'paper held']],
  ])('%s: both come out of the pile, and the clerk is asked to pull them', async (_, comes, expected) => {
    await comes();
    await office.day('2026-09-22');
    expect(await states()).toEqual(expected);
    const { inside } = await run();
    expect(inside.map(({ state }) => state)).toEqual(['pull', 'pull']);
    const tasks = await office.db
      .selectFrom('task')
      .select(['kind', 'detail', 'student_id', 'state'])
      .execute();
    const pull = tasks.filter(({ kind }) => kind === 'pull-letter');
    expect(pull.map(({ state, student_id }) => [state, student_id])).toEqual([
      ['open', null],
      ['open', null],
    ]);
    await office.day('2026-09-23');
    expect((await office.openTasks()).filter((kind) => kind === 'pull-letter')).toHaveLength(2);
    expect(await confirm()).toMatchObject({
      kind: 'confirmed',
      posted: 0,
      left: [],
      pulled: inside.map(({ ref }) => ref).sort(),
    });
    expect(await office.openTasks()).not.toContain('pull-letter');
    expect(await office.openTasks()).not.toContain('print-letters');
    expect((await run()).postedOn).toBe('2026-09-23');
  });

  test('G25: a guardian who must not be contacted any more: that letter alone', async () => {
    office.sis.guardians = [mum(), dad({ noContact: true })];
    await office.day('2026-09-22');
    expect(await states()).toEqual(['paper cancelled', 'paper printed']);
    expect(await confirm()).toMatchObject({ kind: 'confirmed', posted: 1, left: [] });
    expect(await states()).toEqual(['paper cancelled', 'paper posted']);
  });

  test('G25: another postal address: a fresh letter goes there, the old one is pulled', async () => {
    office.sis.guardians = [mum(), dad({ address: { ...ELM, lines: ['8 Elm Avenue'] } })];
    await office.day('2026-09-22');
    expect(await states()).toEqual(['paper cancelled', 'paper printed', 'paper printed']);
    const runs = await listPrintRuns(office.db);
    expect(runs.map(({ letters, pulled, waiting }) => [letters, pulled, waiting])).toEqual([
      [1, 0, 1],
      [2, 1, 1],
    ]);
  });

  test('what comes after the run of the day waits for that of the next sending day', async () => {
    await printed();
    office.sis.guardians = [mum({ address: { ...OAK, lines: ['7 Later St'] } }), dad()];
    office.at('2026-09-21', '09:30');
    await office.sync();
    await office.work();
    expect(await states()).toEqual(['paper cancelled', 'paper printed', 'paper queued']);
    expect(await listPrintRuns(office.db)).toHaveLength(1);
    office.at('2026-09-22');
    await office.work();
    expect(await states()).toEqual(['paper cancelled', 'paper printed', 'paper printed']);
    expect(await listPrintRuns(office.db)).toHaveLength(2);
  });

  test('nothing is looked at twice while nothing has changed, and nothing is pulled', async () => {
    const before = await office.db.selectFrom('print_run_letter').selectAll().execute();
    await office.work();
    expect(await office.db.selectFrom('print_run_letter').selectAll().execute()).toEqual(before);
    expect(await states()).toEqual(['paper printed', 'paper printed']);
  });

  test('a letter that was pulled for a hold lies in a later run once the hold has ended, with the same bytes', async () => {
    const first = await run();
    await office.hold({ scope: 'letters', begins: '2026-09-22', ends: '2026-09-22' });
    await office.day('2026-09-22');
    for (const _ of first.inside) await office.answer('pull-letter', 'pulled');
    expect((await run()).inside.map(({ state }) => state)).toEqual(['pulled', 'pulled']);
    await office.day('2026-09-23');
    expect(await states()).toEqual(['paper printed', 'paper printed']);
    const [later] = await listPrintRuns(office.db);
    expect(later?.ref).not.toBe(first.ref);
    expect((await lettersOfRun(office.db, later?.id ?? '')).map(({ ref }) => ref)).toEqual(
      first.inside.map(({ ref }) => ref),
    );
  });
});

describe('a letter that was in the post already when it should have been pulled', () => {
  beforeEach(async () => {
    await printed();
    correct();
    await office.day('2026-09-22');
  });

  test('has left: its step is taken, superseded by the correction, and staff tell the family', async () => {
    expect(await office.steps()).toMatchObject({ 'first-letter': 'withdrawn' });
    await office.answer('pull-letter', 'already-posted');
    await office.answer('pull-letter', 'pulled');
    await office.work();
    expect(await states()).toEqual(['paper cancelled', 'paper posted']);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken, superseded' });
    expect(await office.openTasks()).toContain('count-corrected');
    expect(await lettersOut()).toEqual([]);
  });

  test('and is not sent once more when the count rises again', async () => {
    const { inside } = await run();
    const postedAnyway = inside.map(({ ref }) => ref);
    expect(await confirm({ postedAnyway })).toMatchObject({ kind: 'confirmed', posted: 2, pulled: [] });
    office.absent([...SEVEN.slice(1), '2026-09-17']);
    await office.days('2026-09-23', '2026-09-24');
    expect(await states()).toEqual(['paper posted', 'paper posted']);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
  });
});

describe('confirming a run', () => {
  beforeEach(() => printed());

  test('all but those that still lie in the office: the run stays open for them', async () => {
    const { inside, ref } = await run();
    const [first, second] = inside.map((letter) => letter.ref);
    office.at('2026-09-22', '14:00');
    expect(await confirm({ postedOn: schoolDate('2026-09-21'), except: [second ?? ''] })).toEqual({
      kind: 'confirmed',
      posted: 1,
      left: [second],
      pulled: [],
    });
    expect(await office.openTasks()).toContain('print-letters');
    expect(await run()).toMatchObject({ postedOn: null, posted: 1, waiting: 1 });
    const letter = (await office.letters()).find((one) => one.ref === first);
    expect(letter).toMatchObject({ state: 'posted', handedOverOn: '2026-09-21' });
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    office.at('2026-09-23');
    expect(await confirm()).toMatchObject({ kind: 'confirmed', posted: 1 });
    expect(await office.openTasks()).not.toContain('print-letters');
    expect(await confirm()).toMatchObject({ kind: 'posted-before', run: { ref, postedBy: 'Clerk' } });
  });

  test.each<[string, Partial<Parameters<typeof postPrintRun>[1]>, object]>([
    ['a run that is not there', { run: 'P-0000-0000' }, { kind: 'unknown-run' }],
    ['a day before it was printed', { postedOn: schoolDate('2026-09-18') }, { kind: 'bad-day' }],
    ['a day that has not come', { postedOn: schoolDate('2026-09-22') }, { kind: 'bad-day' }],
    ['a letter of another run', { except: ['L-0000-0000'] }, { kind: 'not-in-run', refs: ['L-0000-0000'] }],
    ['a letter that was not to be pulled', { postedAnyway: ['L-0000-0000'] }, { kind: 'not-in-run' }],
  ])('%s is refused, and nothing is recorded', async (_, options, outcome) => {
    expect(await confirm(options)).toMatchObject(outcome);
    expect(await states()).toEqual(['paper printed', 'paper printed']);
  });

  test('a letter that was called back a moment before is not posted with it', async () => {
    const ref = await refOf('mum');
    const said = { by: 'Sam Supervisor', because: 'wrong counts' };
    await office.db.transaction().execute((tx) => markRecalled(tx, sql<boolean>`letter.ref = ${ref}`, said));
    expect(await confirm()).toMatchObject({ kind: 'confirmed', posted: 1, left: [ref] });
    await recallMarked(office.db, office.moment());
    expect(await confirm()).toMatchObject({ kind: 'confirmed', posted: 0, pulled: [ref] });
    expect(await states()).toEqual(['paper cancelled', 'paper posted']);
    const explained = async () => (await office.rollcall('explain', 'ada')).out.replaceAll(/\s+/g, ' ');
    expect(await explained()).toContain(`${ref}: called back by Sam Supervisor`);
    await office.db.updateTable('letter').set({ state: 'posted' }).where('ref', '=', ref).execute();
    expect(await explained()).not.toContain('called back by Sam Supervisor: “');
  });

  test('a pile that lies around becomes the supervisor’s, until it is posted', async () => {
    await office.days('2026-09-22', '2026-09-23');
    expect(await office.openTasks()).not.toContain('letters-not-posted');
    await office.day('2026-09-24');
    expect(await office.openTasks()).toContain('letters-not-posted');
    await confirm();
    expect(await office.openTasks()).not.toContain('letters-not-posted');
  });

  test('the answer to a pull task posts nothing but what it says', async () => {
    office.sis.guardians = [mum(), dad({ noContact: true })];
    await office.day('2026-09-22');
    await office.answer('pull-letter', 'pulled');
    expect(await states()).toEqual(['paper cancelled', 'paper printed']);
    expect(await office.answer('pull-letter', 'pulled').catch((error: Error) => error.message)).toMatch(
      'no task',
    );
  });
});

describe('what the post brings back', () => {
  beforeEach(async () => {
    await printed();
    await confirm();
    office.at('2026-09-24');
  });

  const returned = async (guardian: string, on = office.moment().today) =>
    recordReturnedPost(
      office.db,
      await office.jobs.procedure(),
      { ref: await refOf(guardian), by: 'Clerk', because: 'no such number', on },
      office.moment(),
    );

  const reissue = async (guardian: string, options: object = { returnedOnly: true }) =>
    reissueLetter(
      office.db,
      await office.jobs.procedure(),
      { ref: await refOf(guardian), by: 'Clerk', because: 'new address', onPaper: false, ...options },
      office.moment(),
    );

  test('lies in the file, is no notice any more, and the office is asked for the address', async () => {
    expect(await lettersOut()).toHaveLength(2);
    expect(await returned('mum')).toMatchObject({ kind: 'recorded' });
    expect(await lettersOut()).toHaveLength(1);
    expect(await office.openTasks()).toContain('fix-postal-address');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    const entry = await office.db
      .selectFrom('file_entry')
      .select(['title', 'detail'])
      .where('title', 'like', '%came back%')
      .executeTakeFirstOrThrow();
    expect(entry.detail).toBe('no such number');
    expect(await returned('mum')).toEqual({ kind: 'returned-before' });
    expect(await returned('dad', schoolDate('2026-09-20'))).toEqual({ kind: 'bad-day' });
  });

  test('is sent again only to another address, as a letter that names the first', async () => {
    const first = await refOf('mum');
    expect(await reissue('mum')).toMatchObject({ kind: 'refused', why: 'not-returned' });
    office.sis.guardians = [mum({ email: null }), dad()];
    await office.sync();
    await returned('mum');
    for (const options of [{ returnedOnly: true }, {}, { onPaper: true }])
      expect(await reissue('mum', options)).toMatchObject({ kind: 'refused', why: 'same-address' });
    expect(await office.openTasks()).toContain('fix-postal-address');
    await office.hold({ scope: 'letters', begins: '2026-09-24', ends: '2026-09-24' });
    office.sis.guardians = [mum({ email: null, address: { ...OAK, lines: ['13 Oak Street'] } }), dad()];
    await office.sync();
    expect(await reissue('mum', {})).toMatchObject({ kind: 'refused', why: 'blocked' });
    office.at('2026-09-28');
    office.sis.guardians = [mum({ email: null, address: { ...OAK, lines: ['14 Oak Street'] } }), dad()];
    await office.sync();
    expect(await reissue('mum')).toMatchObject({ kind: 'reissued', letters: [{}] });
    await office.work();
    expect(await states()).toEqual(['paper posted', 'paper posted', 'paper printed']);
    const row = await office.db
      .selectFrom('letter as l')
      .innerJoin('letter as o', 'o.id', 'l.reissue_of')
      .select(['o.ref', 'l.reissued_by', 'l.reissued_because', 'l.address'])
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ ref: first, reissued_by: 'Clerk', reissued_because: 'new address' });
    expect(row.address?.lines).toEqual(['14 Oak Street']);
    expect(await office.openTasks()).not.toContain('fix-postal-address');
  });

  test('nothing goes to that address while the SIS has it: by e-mail where there is one', async () => {
    await returned('mum');
    office.absent([...SEVEN, ...weekdaysFrom('2026-09-17', 3)]);
    await office.days('2026-09-25', '2026-10-01');
    const medical = (await office.letters()).filter(({ step }) => step === 'medical-letter');
    expect(medical.map(({ channel, channelReason }) => [channel, channelReason]).sort()).toEqual([
      ['email', 'post-returned'],
      ['paper', 'wants-paper'],
    ]);
  });

  test('an address that was right after all is used again', async () => {
    await returned('mum');
    await office.answer('fix-postal-address', 'address-right');
    expect(await office.db.selectFrom('returned_post').selectAll().execute()).toEqual([]);
    expect(await reissue('mum')).toMatchObject({ kind: 'reissued', letters: [{}] });
  });

  test('is not sent again when a correction has come meanwhile', async () => {
    await returned('mum');
    correct();
    await office.sync();
    expect(await reissue('mum')).toMatchObject({
      kind: 'refused',
      why: 'no-longer-owed',
      detail: 'superseded',
    });
  });
});

describe('what is kept of who was chosen', () => {
  test('stands with the letters, whatever the SIS says later', async () => {
    await printed();
    const kept = await office.db.selectFrom('letter_recipients').select('people').executeTakeFirstOrThrow();
    office.sis.guardians = [mum({ language: 'es' }), dad({ noContact: true })];
    await office.day('2026-09-22');
    const { out } = await office.rollcall('explain', 'ada', '--json');
    const told = JSON.parse(out);
    expect(told.recipientsThen[0].people.map((one: { getsLetter: boolean }) => one.getsLetter)).toEqual([
      true,
      true,
    ]);
    expect(told.recipientsThen[0].letters).toHaveLength(2);
    expect(told.recipients.map((one: { reason?: string }) => one.reason)).toEqual(['no-contact', undefined]);
    expect(JSON.stringify(kept.people)).not.toMatch(/Oak|Elm|@/);
    const text = await office.rollcall('explain', 'ada');
    expect(text.out.replace(/\s+/g, ' ')).toContain(
      'the records say that this person must not be contacted.',
    );
  });
});

describe('a student of 18 who is written to', () => {
  test.each<['student' | 'both', string[]]>([
    ['student', ['paper posted']],
    ['both', ['email sent', 'paper posted']],
  ])('adultStudents: %s: one letter of each kind, once, in its own words', async (rule, expected) => {
    office = await openOffice({
      policy: (text) => text.replace('adultStudents: hold', `adultStudents: ${rule}`),
    });
    const enrolments = [{ schoolSourcedId: office.school, primary: true, begins: null, ends: null }];
    office.sis.students = [aStudent('ada', { enrolments })];
    const birthDate = schoolDate('2008-03-01');
    office.sis.demographics = [{ sourcedId: 'ada', birthDate, address: OAK, phone: null }];
    office.absent(SEVEN);
    await office.days('2026-09-21', '2026-09-22');
    await confirm();
    await office.days('2026-09-23', '2026-09-24');
    expect(await states()).toEqual(expected);
    const own = await office.db
      .selectFrom('letter')
      .select(['template_version', 'pdf_document_id'])
      .where('channel', '=', 'paper')
      .executeTakeFirstOrThrow();
    expect(own.template_version).toMatch(/^first-letter-to-student\.en v2 \([0-9a-f]{8}\)$/);
    const pdf = await readPdf((await readDocument(office.db, own.pdf_document_id ?? '')).bytes);
    expect(pdf.text).toContain('We write to you because you are 18');
    expect(pdf.text).not.toMatch(/Xanthe|mum Street/);
    const told = JSON.parse((await office.rollcall('explain', 'ada', '--json')).out);
    expect(told.recipientsThen[0].people[0]).toMatchObject({ role: 'student', getsLetter: true });
  });
});

describe('siblings', () => {
  test('have letters of their own; on paper they share an envelope where the district wants that', async () => {
    office = await openOffice({
      district: (text) =>
        text.replace('sendingWindow:', 'paper: { siblingsTogether: true }\n  sendingWindow:'),
    });
    const enrolments = [{ schoolSourcedId: office.school, primary: true, begins: null, ends: null }];
    office.sis.students.push(aStudent('bob', { enrolments }));
    const links = [linkTo('ada'), linkTo('bob')];
    office.sis.guardians = [aGuardian('mum', { links, wantsPaper: true, address: OAK })];
    office.absent(SEVEN);
    office.absent(SEVEN, 'bob');
    await office.day('2026-09-21');
    const made = await run();
    expect(made).toMatchObject({ letters: 2, envelopes: 1 });
    const { bytes } = await readDocument(office.db, made.documentId);
    const sheet = textsOn(await readPdf(bytes), 1).join(' ');
    expect(sheet).toContain('2 letters in 1 envelope on 2 pages');
    expect(sheet).toContain('2 letters in one envelope');
    expect(sheet).not.toMatch(/Oak|Ada|Bob/);
  });
});

describe('what a clerk types', () => {
  beforeEach(() => printed());

  test('lists, shows and downloads a run, and takes the same bytes again after the file was lost', async () => {
    const { ref, documentId, inside } = await run();
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-prints-'));
    const list = await office.rollcall('prints', '--unposted', '--csv');
    expect(list.out.split('\r\n')[1]).toContain(`${ref},2026-09-21,`);
    for (const name of ['one.pdf', 'two.pdf'])
      expect((await office.rollcall('prints', 'download', ref, '--out', join(folder, name))).code).toBe(0);
    const [one, two] = await Promise.all(['one.pdf', 'two.pdf'].map((name) => readFile(join(folder, name))));
    expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true);
    expect(one?.equals((await readDocument(office.db, documentId)).bytes)).toBe(true);
    correct();
    await office.day('2026-09-22');
    const sheet = join(folder, 'sheet.pdf');
    await office.rollcall(
      'prints',
      'download',
      ref,
      '--control-sheet',
      '--out',
      sheet,
      '--as-of',
      '2026-09-22',
    );
    const texts = textsOn(await readPdf(await readFile(sheet)), 1).join(' ');
    expect(texts).toContain('Pull from the pile: do not post');
    for (const letter of inside) expect(texts).toContain(letter.ref);
    const shown = await office.rollcall('prints', 'show', ref);
    expect(shown.out).toContain('count-fell');
    const confirmed = await office.rollcall(
      ...['prints', 'confirm', ref, '--by', 'Clerk', '--posted-on', '2026-09-22', '--as-of', '2026-09-22'],
    );
    expect(confirmed.out).toContain('0 letters of');
    expect(confirmed.out).toContain('Recorded as pulled and not posted:');
    await rm(folder, { recursive: true });
  });

  test.each([
    [['show', 'P-0000-0000'], 'No print run has the reference P-0000-0000'],
    [['list', '--school', 'nowhere'], '--school takes one of'],
    [['confirm', 'P-0000-0000', '--by', 'Clerk', '--posted-on', 'yesterday'], '--posted-on takes a date'],
    [['returned', 'L-0000-0000', '--by', 'Clerk', '--why', 'moved'], 'No letter L-0000-0000 was posted'],
    [
      ['reissue', 'L-0000-0000', '--by', 'Clerk', '--why', 'moved'],
      'No letter has the reference L-0000-0000',
    ],
  ])('prints %j is refused in words', async (words, message) => {
    const { code, err } = await office.rollcall('prints', ...words);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
