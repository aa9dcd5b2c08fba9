import { describe, expect, test } from '@jest/globals';
import {
  readDemographics,
  readGuardian,
  readSchool,
  readSession,
  readStudent,
} from '../../src/sis/oneroster/mapping.ts';
import {
  dateOf,
  flagOf,
  idOf,
  isActive,
  listOf,
  lookUp,
  minutesOf,
  readRows,
  referenceOf,
  requiredId,
  requiredReference,
  requiredText,
  textOf,
} from '../../src/sis/oneroster/row-reader.ts';
import { PAYLOAD } from './sis-server.ts';

const NAMES = {
  language: 'communicationLanguage',
  mailAllowed: 'mailing',
  noContact: 'noContact',
  addressPrivate: 'private',
  wantsPaper: 'wantsPaper',
  relationships: 'ic_relationships',
};

const student = { sourcedId: 's1', givenName: 'Ana', familyName: 'Ruiz' };
const parent = { sourcedId: 'g1', givenName: 'Eva', familyName: 'Ruiz', role: 'parent' };
const guardian = (row: object) => readGuardian({ ...parent, ...row }, NAMES);

/** What is said of a field that cannot be used. */
function complaint(read: () => unknown): string {
  try {
    return `read ${JSON.stringify(read())}`;
  } catch (error) {
    const { field, found, expected } = error as { field: string; found: string; expected: string };
    return `${field}: ${found}, ${expected}`;
  }
}

describe('a field', () => {
  test.each([
    ['text', 'x', 'x'],
    ['a number', 7, '7'],
    ['zero', 0, '0'],
    ['true', true, 'true'],
    ['false', false, 'false'],
    ['null', null, null],
    ['empty', '', null],
    ['blank', '  \t', null],
  ])('textOf %s', (_name, value, expected) => {
    expect(textOf({ value }, 'value')).toBe(expected);
  });

  test('that is missing or inherited is nothing', () => {
    expect(textOf({}, 'value')).toBeNull();
    expect(textOf({}, 'constructor')).toBeNull();
    expect(textOf({}, '__proto__')).toBeNull();
    expect(lookUp({ a: {} }, 'a.toString')).toBeUndefined();
  });

  test.each([
    ['an object', { a: PAYLOAD }, 'value: an object, text'],
    ['a list', [PAYLOAD], 'value: a list, text'],
    ['huge', 'x'.repeat(20_001), 'value: 20001 characters, at most 20,000'],
  ])('%s is no text', (_name, value, said) => {
    expect(complaint(() => textOf({ value }, 'value'))).toBe(said);
  });

  test('is cleaned and capped', () => {
    expect(textOf({ value: '\u202Ea\u0000b' }, 'value')).toBe('a b');
    expect(textOf({ value: 'y'.repeat(20_000) }, 'value')).toHaveLength(200);
  });

  test('that is required says so', () => {
    expect(complaint(() => requiredText({ name: ' ' }, 'name'))).toBe('name: nothing, text');
  });

  test.each([
    ['0', 0],
    ['240', 240],
    [240, 240],
    ['240.00', 240],
    [1440, 1440],
    ['', null],
    ['   ', null],
    [null, null],
    [undefined, null],
  ])('minutes %p are %p: an empty text is never 0', (value, expected) => {
    expect(minutesOf({ value }, 'value')).toBe(expected);
  });

  test.each([-1, '1e2', '0x10', '12,5', 12.5, 1441, '1441', true, 'Infinity', '１２'])(
    'minutes %p are refused',
    (value) => {
      expect(complaint(() => minutesOf({ value }, 'value'))).toBe(
        'value: another value, minutes from 0 to 1440',
      );
    },
  );

  test.each([
    ['2026-09-14', '2026-09-14'],
    ['2026-09-14T00:00:00.000Z', '2026-09-14'],
    ['2026-09-14T23:59:59-07:00', '2026-09-14'],
    ['2026-09-14 08:00', '2026-09-14'],
    ['2028-02-29', '2028-02-29'],
    ['', null],
    [null, null],
  ])('the date %p is %p', (value, expected) => {
    expect(dateOf({ value }, 'value')).toBe(expected);
  });

  test.each([
    '2026-02-30',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '0000-00-00',
    '09/14/2026',
    '2026-9-4',
    20260914,
    '2026-09-14x',
    '2026-09-145',
    true,
  ])('the date %p is refused', (value) => {
    expect(complaint(() => dateOf({ value }, 'value'))).toBe('value: no date of the calendar, YYYY-MM-DD');
  });

  test.each([
    [true, true],
    ['TRUE', true],
    [1, true],
    ['1', true],
    ['Yes', true],
    ['y', true],
    [false, false],
    ['false', false],
    [0, false],
    ['No', false],
    ['n', false],
    ['', null],
    [null, null],
  ])('the flag %p is %p', (value, expected) => {
    expect(flagOf({ value }, 'value')).toBe(expected);
  });

  test.each(['maybe', 2, 'on', '-'])('the flag %p is refused', (value) => {
    expect(complaint(() => flagOf({ value }, 'value'))).toBe('value: another word, true or false');
  });

  test.each([
    ['a-1', 'a-1'],
    [' a-1 ', 'a-1'],
    [12345, '12345'],
    ['x'.repeat(200), 'x'.repeat(200)],
    ['x'.repeat(201), null],
    ['', null],
    [' ', null],
    [null, null],
    [true, null],
    [{}, null],
    ['a\u0000b', null],
    ['a\nb', null],
    ['\u202Ea', null],
    ['a  b', null],
  ])('the id %p is %p', (value, expected) => {
    expect(idOf(value)).toBe(expected);
  });

  test.each([
    [undefined, 'sourcedId: nothing, an id of at most 200 characters'],
    ['', 'sourcedId: nothing, an id of at most 200 characters'],
    [['a'], 'sourcedId: a list, an id of at most 200 characters'],
    ['a\u202Eb', 'sourcedId: a string, an id of at most 200 characters'],
    [true, 'sourcedId: a boolean, an id of at most 200 characters'],
  ])('the required id %p says "%s"', (sourcedId, said) => {
    expect(complaint(() => requiredId({ sourcedId }, 'sourcedId'))).toBe(said);
  });

  test.each([
    [{ sourcedId: 'o1', href: 'x', type: 'org' }, 'o1'],
    [{ sourcedId: 5 }, '5'],
    ['o1', 'o1'],
    [7, '7'],
    [{}, null],
    [null, null],
    [[{ sourcedId: 'o1' }], null],
  ])('the reference %p is %p', (org, expected) => {
    expect(referenceOf({ org }, 'org')).toBe(expected);
  });

  test('a reference that is required says so', () => {
    expect(complaint(() => requiredReference({ org: {} }, 'org'))).toBe(
      'org: an object, a reference with a sourcedId',
    );
  });

  test.each([
    [{ a: 1 }, [{ a: 1 }]],
    [
      [{ a: 1 }, null, 'x', [1], { b: 2 }],
      [{ a: 1 }, { b: 2 }],
    ],
    [null, []],
    [undefined, []],
    ['x', []],
  ])('the list %p is %p', (value, expected) => {
    expect(listOf({ value }, 'value')).toEqual(expected);
  });

  test('a list is cut after 200 entries', () => {
    expect(listOf({ value: Array.from({ length: 5_000 }, () => ({})) }, 'value')).toHaveLength(200);
  });

  test('is found by its exact name first, then by its path', () => {
    expect(lookUp({ 'a.b': 1, a: { b: 2 } }, 'a.b')).toBe(1);
    expect(lookUp({ a: { b: 2 } }, 'a.b')).toBe(2);
    expect(lookUp({ a: [{ b: 2 }] }, 'a.b')).toBeUndefined();
  });

  test.each([
    [undefined, true],
    ['', true],
    ['active', true],
    ['ACTIVE', true],
    ['tobedeleted', false],
    ['ToBeDeleted', false],
    ['inactive', false],
  ])('status %p is active: %p', (status, expected) => {
    expect(isActive({ status })).toBe(expected);
  });
});

describe('rows that cannot be used', () => {
  test('cost themselves only, and are named by id or place, never with their contents', () => {
    const { records, problems } = readRows(
      'students',
      [
        student,
        null,
        PAYLOAD,
        [student],
        { ...student, sourcedId: 's2', givenName: { x: PAYLOAD } },
        { givenName: PAYLOAD },
      ],
      readStudent,
    );
    expect(records.map((record) => record.sourcedId)).toEqual(['s1']);
    expect(problems).toEqual([
      { collection: 'students', row: '#2', field: '', found: 'nothing', expected: 'an object' },
      { collection: 'students', row: '#3', field: '', found: 'a string', expected: 'an object' },
      { collection: 'students', row: '#4', field: '', found: 'a list', expected: 'an object' },
      { collection: 'students', row: 's2', field: 'givenName', found: 'an object', expected: 'text' },
      {
        collection: 'students',
        row: '#6',
        field: 'sourcedId',
        found: 'nothing',
        expected: 'an id of at most 200 characters',
      },
    ]);
    expect(JSON.stringify(problems)).not.toContain(PAYLOAD);
  });

  test('that are nobody we look for are left out without a word', () => {
    const all = [parent, { ...parent, sourcedId: 't1', role: 'teacher' }];
    const { records, problems } = readRows('users', all, (row) => readGuardian(row, NAMES));
    expect(records).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  test('an error of our own is not hidden as one of the row', () => {
    expect(() =>
      readRows('users', [{}], () => {
        throw new TypeError('ours');
      }),
    ).toThrow(new TypeError('ours'));
  });
});

describe('schools and sessions', () => {
  test('a school is an org of that type, in any case, or of none', () => {
    const org = { sourcedId: 'o1', name: 'North', identifier: 101 };
    const school = { sourcedId: 'o1', active: true, name: 'North', number: '101' };
    expect(readSchool({ ...org, type: 'SCHOOL' })).toEqual(school);
    expect(readSchool(org)).toEqual(school);
    expect(readSchool({ ...org, type: 'district' })).toBeNull();
  });

  test('a session keeps its exclusive end and its end year', () => {
    const row = {
      sourcedId: 'y',
      title: '2026-27',
      type: 'SchoolYear',
      startDate: '2026-08-17',
      endDate: '2027-06-05',
    };
    const session = readSession({ ...row, schoolYear: 2027 });
    expect(session).toEqual({
      sourcedId: 'y',
      active: true,
      title: '2026-27',
      type: 'schoolYear',
      begins: '2026-08-17',
      ends: '2027-06-05',
      schoolYear: '2027',
    });
    expect(readSession({ ...row, type: 'hexamester' }).type).toBe('other');
    expect(readSession(row).schoolYear).toBe('2027');
    expect(complaint(() => readSession({ ...row, endDate: null }))).toBe('endDate: nothing, YYYY-MM-DD');
  });
});

describe('a student', () => {
  test('of 1.2, with everything', () => {
    const read = readStudent({
      ...student,
      status: 'active',
      password: PAYLOAD,
      identifier: '10042',
      email: 'ana@example.org',
      grades: ['09', '10'],
      metadata: { 'ic.legacySourcedId': 's77' },
      userIds: [
        { type: 'stateId', identifier: 'S-9' },
        { type: 'x' },
        { type: 'stateId', identifier: 'S-9' },
      ],
      roles: [
        {
          roleType: 'primary',
          role: 'STUDENT',
          org: { sourcedId: 'o1' },
          beginDate: '2026-08-17',
          endDate: '2027-06-05',
        },
        { roleType: 'Secondary', role: 'Student', org: { sourcedId: 'o2' } },
        { roleType: 'secondary', role: 'aide', org: { sourcedId: 'o3' } },
      ],
      primaryOrg: { sourcedId: 'o9' },
      agents: [{ sourcedId: 'g1' }, { sourcedId: 'g2' }, { sourcedId: 'g1' }, { sourcedId: '' }, null],
    });
    expect(read).toEqual({
      sourcedId: 's1',
      active: true,
      givenName: 'Ana',
      familyName: 'Ruiz',
      grade: '09',
      number: '10042',
      email: 'ana@example.org',
      aliases: ['s77', 'stateId:S-9'],
      enrolments: [
        { schoolSourcedId: 'o1', primary: true, begins: '2026-08-17', ends: '2027-06-05' },
        { schoolSourcedId: 'o2', primary: false, begins: null, ends: null },
      ],
      guardianSourcedIds: ['g1', 'g2'],
    });
  });

  test('of 1.1: one role, orgs, one object for a list, grade as a number', () => {
    const read = readStudent({
      ...student,
      sourcedId: 501,
      role: 'student',
      grades: 9,
      orgs: [{ sourcedId: 'o1' }, { sourcedId: 'o2' }, { sourcedId: 'o1' }],
      agents: { sourcedId: 33 },
    });
    expect(read.sourcedId).toBe('501');
    expect(read.grade).toBe('9');
    expect(read.enrolments.map(({ schoolSourcedId, primary }) => [schoolSourcedId, primary])).toEqual([
      ['o1', true],
      ['o2', false],
    ]);
    expect(read.guardianSourcedIds).toEqual(['33']);
  });

  test('without roles belongs to the primary org before the orgs', () => {
    const read = readStudent({ ...student, primaryOrg: { sourcedId: 'o5' }, orgs: [{ sourcedId: 'o1' }] });
    expect(read.enrolments).toEqual([{ schoolSourcedId: 'o5', primary: true, begins: null, ends: null }]);
  });

  test('of whom little is known', () => {
    const read = readStudent({
      ...student,
      email: '',
      identifier: null,
      grades: [],
      agents: null,
      roles: null,
    });
    expect(read).toMatchObject({
      email: null,
      number: null,
      grade: null,
      aliases: [],
      enrolments: [],
      guardianSourcedIds: [],
    });
  });

  test('whose enrolment has an impossible date cannot be used', () => {
    const roles = [{ role: 'student', org: 'o1', beginDate: '2026-02-30' }];
    expect(complaint(() => readStudent({ ...student, roles }))).toBe(
      'beginDate: no date of the calendar, YYYY-MM-DD',
    );
  });

  test('is not changed by keys of prototypes', () => {
    const row = JSON.parse(
      '{"sourcedId":"s1","givenName":"Ana","familyName":"Ruiz","__proto__":{"identifier":"9"}}',
    );
    expect(readStudent(row).number).toBeNull();
  });
});

describe('a guardian', () => {
  test.each([
    [{ role: 'parent' }, 'parent'],
    [{ role: 'PARENT' }, 'parent'],
    [{ role: 'Guardian' }, 'guardian'],
    [{ role: 'relative' }, 'relative'],
    [{ role: null, roles: [{ role: 'Relative' }, { role: 'GUARDIAN' }] }, 'guardian'],
    [{ role: 'teacher', roles: { role: 'parent' } }, 'parent'],
  ])('%j has the role %s', (row, role) => {
    expect(guardian(row)?.role).toBe(role);
  });

  test.each([
    { role: 'teacher' },
    { role: 'ext:neighbour' },
    { role: null },
    { role: '' },
    { role: 'constructor' },
    { role: 'student' },
  ])('%j is none', (row) => {
    expect(guardian(row)).toBeNull();
  });

  test('of whom the server says no more may get mail and nothing else', () => {
    expect(guardian({})).toEqual({
      sourcedId: 'g1',
      active: true,
      role: 'parent',
      givenName: 'Eva',
      familyName: 'Ruiz',
      email: null,
      phone: null,
      language: null,
      address: null,
      addressPrivate: false,
      mailAllowed: true,
      noContact: false,
      wantsPaper: false,
      links: [],
    });
  });

  test('has flags in metadata, which come before those of the row', () => {
    const read = guardian({
      noContact: false,
      mailing: 'true',
      sms: '303-555-0199',
      metadata: {
        mailing: 'false',
        noContact: 'Yes',
        private: 1,
        wantsPaper: true,
        communicationLanguage: 'es_MX',
      },
    });
    expect(read).toMatchObject({
      mailAllowed: false,
      noContact: true,
      addressPrivate: true,
      wantsPaper: true,
      language: 'es-mx',
      phone: '303-555-0199',
    });
  });

  test('has flags on the row itself where metadata are silent or odd', () => {
    for (const metadata of [undefined, null, [], 'x', {}]) {
      expect(guardian({ mailing: 0, noContact: 'Y', metadata })).toMatchObject({
        mailAllowed: false,
        noContact: true,
      });
    }
  });

  test('has flags under the names of the district, also deeper', () => {
    const names = { ...NAMES, noContact: 'custody.blocked', language: 'lang' };
    const row = { ...parent, metadata: { custody: { blocked: 'true' }, lang: 'vi' } };
    expect(readGuardian(row, names)).toMatchObject({ noContact: true, language: 'vi' });
  });

  test('with a flag that is no flag cannot be used: a guess could break a no-contact order', () => {
    expect(complaint(() => guardian({ metadata: { noContact: 'court order' } }))).toBe(
      'noContact: another word, true or false',
    );
  });

  test('is linked by relationships and agents, each student once', () => {
    const read = guardian({
      metadata: {
        ic_relationships: [
          { sourcedId: 's1', guardian: 'true', relationshipType: 'Mother' },
          { sourcedId: 's2', guardian: false, relationshipType: '' },
          { guardian: true },
        ],
      },
      agents: [{ sourcedId: 's1' }, { sourcedId: 's3' }, { sourcedId: 's3' }],
    });
    expect(read?.links).toEqual([
      { studentSourcedId: 's1', relationship: 'Mother', guardian: true },
      { studentSourcedId: 's2', relationship: null, guardian: false },
      { studentSourcedId: 's3', relationship: null, guardian: null },
    ]);
  });

  test('and student are linked in either direction', () => {
    expect(readStudent({ ...student, agents: [{ sourcedId: 'g1' }] }).guardianSourcedIds).toEqual(['g1']);
    expect(guardian({ agents: { sourcedId: 's1' } })?.links.map((link) => link.studentSourcedId)).toEqual([
      's1',
    ]);
  });

  test('keeps an ambiguous address for the domain to judge, without line breaks', () => {
    expect(guardian({ email: 'g@ok.org\r\nBcc: evil@x.com' })?.email).toBe('g@ok.org Bcc: evil@x.com');
  });
});

describe('demographics', () => {
  const address = { addressLine1: '1 Elm', addressLine2: '', city: 'Riverbend', state: 'CO', zip: 80001 };

  test('give birth date, address and phone, in the row or in metadata', () => {
    const expected = {
      sourcedId: 's1',
      birthDate: '2010-02-03',
      address: { lines: ['1 Elm'], city: 'Riverbend', state: 'CO', postalCode: '80001' },
      phone: '1',
    };
    const facts = { ic_address: address, ic_cellPhone: 1, ic_homePhone: '2' };
    expect(readDemographics({ sourcedId: 's1', birthDate: '2010-02-03T00:00:00', ...facts })).toEqual(
      expected,
    );
    expect(readDemographics({ sourcedId: 's1', birthDate: '2010-02-03', metadata: facts })).toEqual(expected);
  });

  test.each([
    ['street', { ...address, addressLine1: null }],
    ['city', { ...address, city: '' }],
    ['postal code', { ...address, zip: undefined }],
    ['anything', '1 Elm, Riverbend'],
  ])('an address without %s is none', (_name, ic_address) => {
    expect(readDemographics({ sourcedId: 's1', ic_address }).address).toBeNull();
  });

  test('an impossible birth date is refused without being told', () => {
    expect(complaint(() => readDemographics({ sourcedId: 's1', birthDate: '2010-02-31' }))).toBe(
      'birthDate: no date of the calendar, YYYY-MM-DD',
    );
  });
});
