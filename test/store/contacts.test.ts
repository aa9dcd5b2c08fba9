import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import type { ContactRecord, ContactSource } from '../../src/domain/sis-records.ts';
import { type SyncOutcome, syncDistrict } from '../../src/procedure/sync-district.ts';
import { type LinkedGuardian, loadStudentFacts } from '../../src/store/student-facts.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import {
  aGuardian,
  anAbsence,
  aSchool,
  aStudent,
  enrolledAt,
  linkTo,
  type SisRecords,
  sisRecords,
  sourcesOf,
  syncSettings,
} from '../support/sis-records.ts';

let store: Awaited<ReturnType<typeof openTestDatabase>>;
let sis: SisRecords;

beforeEach(async () => {
  store = await openTestDatabase();
  sis = sisRecords({
    students: [aStudent('ada', { guardianSourcedIds: ['mum'] })],
    guardians: [aGuardian('mum', { links: [linkTo('ada')] })],
    absences: [anAbsence('ada', '2026-09-01')],
  });
});
afterEach(() => store.drop());

/** One row of a contacts file, about the mother whom the roster knows, too. */
function aContact(contact: Partial<ContactRecord> = {}): ContactRecord {
  return {
    studentSourcedId: 'ada',
    personIds: ['mum'],
    givenName: 'Xanthe',
    familyName: 'Zephyrine',
    relationship: null,
    guardian: null,
    email: null,
    phone: null,
    language: null,
    address: null,
    addressPrivate: null,
    mailAllowed: null,
    noContact: null,
    wantsPaper: null,
    ...contact,
  };
}

/** A file of these rows; null: no new file has come. */
function fileOf(rows: readonly ContactRecord[] | null, unplaced = 0): ContactSource {
  return {
    offer: async () => (rows === null ? { kind: 'nothing-new', why: 'no new file' } : { kind: 'ready' }),
    async *contacts() {
      yield { records: rows ?? [], problems: [], repeated: 0, unplaced };
    },
    end: async () => undefined,
  };
}

function read(date: string, rows: readonly ContactRecord[] | null, unplaced = 0): Promise<SyncOutcome> {
  const sources = { ...sourcesOf(sis), contacts: fileOf(rows, unplaced) };
  return syncDistrict(
    { db: store.db, pool: store.pool, ...syncSettings, ...sources },
    { now: new Date(`${date}T12:00:00Z`), today: schoolDate(date) },
  );
}

async function applied(date: string, rows: readonly ContactRecord[] | null, unplaced = 0): Promise<void> {
  const outcome = await read(date, rows, unplaced);
  if (outcome.kind !== 'applied') throw new Error(`${date}: ${JSON.stringify(outcome)}`);
}

async function guardiansOf(student: string): Promise<readonly LinkedGuardian[]> {
  const { id } = await store.db
    .selectFrom('student')
    .select('id')
    .where('sourced_id', '=', student)
    .executeTakeFirstOrThrow();
  return (await loadStudentFacts(store.db, { id, schoolYear: '2027' }))?.guardians ?? [];
}

async function the(sourcedId: string, student = 'ada'): Promise<LinkedGuardian> {
  const found = (await guardiansOf(student)).find((guardian) => guardian.sourcedId === sourcedId);
  if (found === undefined) throw new Error(`${sourcedId} is no guardian of ${student}`);
  return found;
}

const ids = async (student = 'ada') =>
  (await guardiansOf(student)).filter((one) => one.linkActive).map((one) => one.sourcedId);

/** Somebody else is named, so that the file is not empty. */
const another = aContact({ studentSourcedId: 'ben', personIds: ['dad'], givenName: 'Ben' });

describe('a no-contact', () => {
  beforeEach(async () => {
    sis.students.push(aStudent('ben', { guardianSourcedIds: ['dad'] }));
    sis.guardians.push(aGuardian('dad', { givenName: 'Ben', links: [linkTo('ben')] }));
    await applied('2026-09-02', [aContact({ noContact: true, mailAllowed: false }), another]);
    expect(await the('mum')).toMatchObject({ noContact: true, mailAllowed: false });
  });

  test('outlives a file that does not name the contact, and ends after a second one on another day', async () => {
    await applied('2026-09-03', [another]);
    await applied('2026-09-03', [another]);
    expect(await the('mum')).toMatchObject({ noContact: true, mailAllowed: false });
    await applied('2026-09-04', null);
    expect(await the('mum')).toMatchObject({ noContact: true, mailAllowed: false });
    await applied('2026-09-05', [another]);
    expect(await the('mum')).toMatchObject({ noContact: false, mailAllowed: true, linkActive: true });
  });

  test('that is named again in between begins anew', async () => {
    await applied('2026-09-03', [another]);
    await applied('2026-09-04', [aContact(), another]);
    await applied('2026-09-05', [another]);
    expect(await the('mum')).toMatchObject({ noContact: true });
  });

  test('is lifted by a no, at once, and by nothing less', async () => {
    await applied('2026-09-03', [aContact(), another]);
    expect(await the('mum')).toMatchObject({ noContact: true, mailAllowed: false });
    await applied('2026-09-04', [aContact({ noContact: false }), another]);
    expect(await the('mum')).toMatchObject({ noContact: false, mailAllowed: false });
    await applied('2026-09-05', [aContact({ mailAllowed: true }), another]);
    expect(await the('mum')).toMatchObject({ noContact: false, mailAllowed: true });
  });

  test('stays while rows cannot be told to anybody, since one of them may be its own', async () => {
    await applied('2026-09-03', [another], 1);
    await applied('2026-09-04', [another], 1);
    expect(await the('mum')).toMatchObject({ noContact: true });
    await applied('2026-09-05', [another]);
    await applied('2026-09-06', [another]);
    expect(await the('mum')).toMatchObject({ noContact: false });
  });

  test('is not lifted by a file without a single row: that stops the run', async () => {
    const outcome = await read('2026-09-03', []);
    expect(outcome).toMatchObject({ kind: 'quarantined', reason: expect.stringContaining('contacts file') });
    expect(await the('mum')).toMatchObject({ noContact: true });
  });
});

test('one whom only contacts know is no longer a guardian once they end, not even for a day', async () => {
  const uncle = aContact({
    personIds: ['personid:9'],
    givenName: 'Orlo',
    familyName: 'Quince',
    guardian: true,
    noContact: true,
  });
  await applied('2026-09-02', [aContact(), uncle]);
  await applied('2026-09-03', [aContact()]);
  expect(await the('personid:9')).toMatchObject({ noContact: true, linkActive: true });
  await applied('2026-09-04', [aContact()]);
  expect(await ids()).toEqual(['mum']);
  await applied('2026-09-05', [aContact(), uncle]);
  expect(await ids()).toEqual(['mum', 'personid:9']);
});

test.each([
  [true, true],
  [null, false],
  [false, false],
])(
  'a contact whom the roster does not link is a guardian where the file says so: %p',
  async (told, expected) => {
    const aunt = aContact({ personIds: ['aunt'], givenName: 'Isolde', guardian: told });
    await applied('2026-09-02', [aContact(), aunt]);
    expect(await the('aunt')).toMatchObject({ isGuardian: expected });
    expect(await the('mum')).toMatchObject({ isGuardian: true });
  },
);

test('a school whose contacts vanish from the file stops the run', async () => {
  const children = Array.from({ length: 60 }, (_, index) => `child-${index}`);
  sis.schools.push(aSchool('hill'));
  sis.students = children.map((id, index) =>
    aStudent(id, { enrolments: [enrolledAt(index < 30 ? 'hill' : 'lincoln')] }),
  );
  sis.guardians = [];
  const rows = children.map((id) => aContact({ studentSourcedId: id, personIds: [`parent-of-${id}`] }));
  await applied('2026-09-02', rows);
  const outcome = await read('2026-09-03', rows.slice(15));
  expect(outcome).toMatchObject({
    kind: 'quarantined',
    reason: 'contacts of school hill: 15 where there were 30, fewer than the limit of 27',
  });
  // Contacts of children who have left are not missed.
  sis.students = sis.students.slice(3);
  await applied('2026-09-04', rows.slice(3));
});

describe('a contact of two households', () => {
  test('is one contact: each field is told by the row that has it, on the safe side where both do', async () => {
    const north = { lines: ['1 North Street'], city: 'Cedar Valley', state: 'UT', postalCode: '84999' };
    await applied('2026-09-02', [
      aContact({ noContact: false, mailAllowed: true, language: 'es' }),
      aContact({ noContact: true, mailAllowed: false, address: north, phone: '555 0100' }),
    ]);
    expect(await the('mum')).toMatchObject({
      noContact: true,
      mailAllowed: false,
      language: 'es',
      address: north,
      phone: '555 0100',
      contradictory: false,
    });
  });

  test('is protected by the row that comes later, too', async () => {
    await applied('2026-09-02', [aContact()]);
    await applied('2026-09-03', [aContact(), aContact({ noContact: true })]);
    expect(await the('mum')).toMatchObject({ noContact: true, contradictory: false });
  });

  test('has no usable address when the rows name two', async () => {
    await applied('2026-09-02', [
      aContact({ email: 'x@one.example.org' }),
      aContact({ email: 'X@one.example.org' }),
    ]);
    expect(await the('mum')).toMatchObject({ email: 'X@one.example.org' });
    await applied('2026-09-03', [
      aContact({ email: 'x@one.example.org' }),
      aContact({ email: 'x@two.example.org' }),
    ]);
    expect(await the('mum')).toMatchObject({ email: 'x@one.example.org, x@two.example.org' });
  });

  test('that is guardian in one row only makes letters wait until the file is clear', async () => {
    const both = [aContact({ guardian: true }), aContact({ guardian: false })];
    await applied('2026-09-02', both);
    expect(await the('mum')).toMatchObject({ contradictory: true, isGuardian: false });
    await applied('2026-09-03', null);
    await applied('2026-09-04', both);
    expect(await the('mum')).toMatchObject({ contradictory: true });
    await applied('2026-09-05', [aContact({ guardian: true })]);
    expect(await the('mum')).toMatchObject({ contradictory: false, isGuardian: true });
  });
});

describe('a contact whose ids nobody knows', () => {
  const stranger = (contact: Partial<ContactRecord> = {}) =>
    aContact({ personIds: ['personid:17'], noContact: true, ...contact });

  test.each([
    ['Xanthe', 'Zephyrine'],
    ['XANTHÉ', "Zeph-y'rine"],
  ])('is the guardian of the student who has the same name: %s %s', async (givenName, familyName) => {
    await applied('2026-09-02', [stranger({ givenName, familyName })]);
    expect(await ids()).toEqual(['mum']);
    expect(await the('mum')).toMatchObject({ noContact: true, contradictory: false });
    expect(await store.db.selectFrom('guardian').select('sourced_id').execute()).toHaveLength(1);
    await applied('2026-09-03', [stranger({ givenName, familyName, noContact: false })]);
    expect(await the('mum')).toMatchObject({ noContact: false });
  });

  test('and whose name two guardians have makes letters wait', async () => {
    sis.guardians.push(aGuardian('mum-again', { links: [linkTo('ada')] }));
    await applied('2026-09-02', [stranger()]);
    expect(await the('mum')).toMatchObject({ contradictory: true });
    expect(await the('mum-again')).toMatchObject({ contradictory: true });
    await applied('2026-09-03', null);
    expect(await the('mum')).toMatchObject({ contradictory: true });
    await applied('2026-09-04', [stranger({ personIds: ['mum'] }), stranger({ personIds: ['mum-again'] })]);
    await applied('2026-09-05', [stranger({ personIds: ['mum'] }), stranger({ personIds: ['mum-again'] })]);
    expect(await the('mum')).toMatchObject({ contradictory: false, noContact: true });
    expect(await the('mum-again')).toMatchObject({ contradictory: false, noContact: true });
  });

  test('and must not be contacted makes letters wait for one of a similar name, or of a name that is taken', async () => {
    await applied('2026-09-02', [stranger({ givenName: 'Xanthe Marie' })]);
    expect(await the('mum')).toMatchObject({ contradictory: true });
    await applied('2026-09-03', [stranger({ givenName: 'Xanthe Marie', noContact: false })]);
    expect(await the('mum')).toMatchObject({ contradictory: false });
    await applied('2026-09-04', [aContact(), stranger({ personIds: ['personid:18'] })]);
    expect(await the('mum')).toMatchObject({ contradictory: true, noContact: false });
  });

  test('stays a person of its own where the file names both', async () => {
    await applied('2026-09-02', [aContact(), stranger({ noContact: false, guardian: true })]);
    expect(await ids()).toEqual(['mum', 'personid:17']);
    expect(await the('mum')).toMatchObject({ contradictory: false });
  });

  test('and who has no name, either, is nobody', async () => {
    const outcome = await read('2026-09-02', [stranger({ givenName: '', familyName: '' })]);
    expect(outcome).toMatchObject({ kind: 'applied', counts: { contactsWithoutName: 1 } });
    expect(await ids()).toEqual(['mum']);
  });
});

describe('a person known from contacts first', () => {
  const dad = { givenName: 'Orlo', familyName: 'Quince' };
  const contact = aContact({ ...dad, personIds: ['personid:17'], guardian: true, noContact: true });

  beforeEach(async () => {
    sis.guardians.push(aGuardian('dad', { ...dad, familyName: 'Other', links: [] }));
    await applied('2026-09-02', [aContact(), contact]);
    expect(await ids()).toEqual(['mum', 'personid:17']);
  });

  const setDad = (guardian: Parameters<typeof aGuardian>[1]) => {
    sis.guardians = [
      ...sis.guardians.filter((one) => one.sourcedId !== 'dad'),
      aGuardian('dad', { ...dad, links: [linkTo('ada')], ...guardian }),
    ];
  };

  test('is one person when the roster tells its id', async () => {
    setDad({ familyName: 'Quince-Zephyrine', aliases: ['personid:17'] });
    await applied('2026-09-03', null);
    expect(await ids()).toEqual(['dad', 'mum']);
    expect(await the('dad')).toMatchObject({ noContact: true });
    await applied('2026-09-04', [aContact(), contact]);
    expect(await ids()).toEqual(['dad', 'mum']);
  });

  test('is one person when the roster links the student under the same name', async () => {
    setDad({});
    await applied('2026-09-03', null);
    expect(await ids()).toEqual(['dad', 'mum']);
    expect(await the('dad')).toMatchObject({ noContact: true });
  });

  test('is one person when the file itself tells the other id', async () => {
    await applied('2026-09-03', [aContact(), { ...contact, personIds: ['dad', 'personid:17'] }]);
    expect(await ids()).toEqual(['dad', 'mum']);
    expect(await the('dad')).toMatchObject({ noContact: true });
  });

  test('is somebody else where an id is all that they have in common', async () => {
    setDad({ givenName: 'Piers', familyName: 'Vale', aliases: ['personid:17'] });
    await applied('2026-09-03', null);
    expect(await ids()).toEqual(['dad', 'mum', 'personid:17']);
    expect(await the('dad')).toMatchObject({ noContact: false });
  });
});

describe('what the roster says of a guardian', () => {
  const set = (guardian: Parameters<typeof aGuardian>[1], ...more: Parameters<typeof aGuardian>[1][]) => {
    sis.guardians = [guardian, ...more].map((one) => aGuardian('mum', { links: [linkTo('ada')], ...one }));
  };
  const unsaid = { noContact: null, mailAllowed: null, addressPrivate: null, wantsPaper: null };
  const forbidden = { noContact: true, mailAllowed: false, addressPrivate: true, wantsPaper: true };
  const free = { noContact: false, mailAllowed: true, addressPrivate: false, wantsPaper: false };

  test('stays where a later read does not say it; a guardian of whom nothing was ever said may get mail', async () => {
    set(unsaid);
    await applied('2026-09-02', null);
    expect(await the('mum')).toMatchObject(free);
    set(forbidden);
    await applied('2026-09-03', null);
    set(unsaid);
    await applied('2026-09-04', null);
    expect(await the('mum')).toMatchObject(forbidden);
    set(free);
    await applied('2026-09-05', null);
    expect(await the('mum')).toMatchObject(free);
  });

  test.each(['first', 'last'])(
    'is on the safe side in two rows under one id, the stricter %s',
    async (place) => {
      const strict = { ...forbidden, role: 'relative' as const, email: 'a@example.org' };
      const loose = { ...free, email: 'b@example.org' };
      if (place === 'first') set(strict, loose);
      else set(loose, strict);
      await applied('2026-09-02', null);
      expect(await the('mum')).toMatchObject({
        ...forbidden,
        role: 'relative',
        email: 'a@example.org, b@example.org',
      });
    },
  );
});
