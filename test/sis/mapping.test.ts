import { describe, expect, test } from '@jest/globals';
import {
  demographicsReader,
  guardianReader,
  schoolReader,
  sessionReader,
  studentReader,
} from '../../src/sis/oneroster/mapping.ts';
import { readRows } from '../../src/sis/oneroster/read-rows.ts';
import { complaint, readOne } from './read-one.ts';
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
const guardian = (row: object) => readOne(guardianReader(NAMES), { ...parent, ...row });
const readSchool = (row: object) => readOne(schoolReader, row);
const readSession = (row: object) => readOne(sessionReader, row);
const readStudent = (row: object) => readOne(studentReader([]), row);
const readDemographics = (row: object) => readOne(demographicsReader, row);

describe('rows that cannot be used', () => {
  test('cost themselves only, and are named by id or place, never with their contents', () => {
    const { records, problems } = readRows(
      'students',
      [
        student,
        null,
        PAYLOAD,
        [student],
        { ...student, sourcedId: 's2', givenName: { x: PAYLOAD }, familyName: [PAYLOAD] },
        { givenName: PAYLOAD },
      ],
      studentReader([]),
    );
    expect(records.map((record) => record.sourcedId)).toEqual(['s1']);
    expect(problems).toEqual([
      { collection: 'students', row: '#2', field: '', found: 'nothing', expected: 'an object' },
      { collection: 'students', row: '#3', field: '', found: 'a string', expected: 'an object' },
      { collection: 'students', row: '#4', field: '', found: 'a list', expected: 'an object' },
      { collection: 'students', row: 's2', field: 'familyName', found: 'nothing', expected: 'a name' },
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
    const teacher = { ...parent, sourcedId: 't1', role: 'teacher', familyName: null, email: [] };
    const all = [parent, teacher];
    const { records, problems } = readRows('users', all, guardianReader(NAMES));
    expect(records).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  test('but whose role cannot be read may be a guardian: what the row forbids is kept, and no letter goes there', () => {
    const row = { ...parent, role: { x: PAYLOAD }, metadata: { noContact: true } };
    const { records, problems } = readRows('users', [row], guardianReader(NAMES));
    expect(records).toMatchObject([{ sourcedId: 'g1', role: 'other', noContact: true }]);
    expect(problems).toMatchObject([{ row: 'g1', field: 'role', found: 'an object', expected: 'text' }]);
  });

  test('an error of our own is not hidden as one of the row', () => {
    expect(() =>
      readRows('users', [student], {
        ...studentReader([]),
        map: () => {
          throw new TypeError('ours');
        },
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
    expect(schoolReader.concerns?.({ ...org, type: 'district' })).toBe(false);
  });

  test('one that was removed and emptied is as good as missing, one that still says what it was is inactive', () => {
    const removed = { sourcedId: 'o1', status: 'tobedeleted' };
    expect(schoolReader.concerns?.(removed)).toBe(false);
    expect(sessionReader.concerns?.(removed)).toBe(false);
    expect(schoolReader.concerns?.({ ...removed, name: 'North' })).toBe(true);
    expect(readSchool({ ...removed, name: 'North' }).active).toBe(false);
    expect(schoolReader.concerns?.({ sourcedId: 'o1' })).toBe(true);
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
      aliases: ['s77', 'personid:1', 'personid:77', 'stateid:S-9', 'number:10042'],
      enrolments: [
        { schoolSourcedId: 'o1', primary: true, begins: '2026-08-17', ends: '2027-06-05' },
        { schoolSourcedId: 'o2', primary: false, begins: null, ends: null },
      ],
      flags: {},
      guardianSourcedIds: ['g1', 'g2'],
    });
  });

  test.each<[string, string[]]>([
    ['sourcedId', ['77']],
    ['legacySourcedId', ['77']],
    ['personID', ['personid:77']],
    ['Student Number', ['studentnumber:77']],
    ['state-id', ['stateid:77']],
    ['SISID', ['sisid:77']],
    ['householdID', []],
    ['username', []],
    ['email', []],
    ['districtUniqueId', []],
  ])('goes by an id of type %s as far as it names a person', (type, aliases) => {
    const row = { ...student, sourcedId: 'guid', userIds: [{ type, identifier: '77' }] };
    expect(readStudent(row).aliases).toEqual(aliases);
  });

  test('goes by an id of a type that the district names', () => {
    const row = { ...student, sourcedId: 'guid', userIds: [{ type: 'districtUniqueId', identifier: '77' }] };
    expect(readOne(studentReader([], ['District Unique ID']), row).aliases).toEqual(['districtuniqueid:77']);
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
      aliases: ['personid:1'],
      enrolments: [],
      guardianSourcedIds: [],
    });
  });

  test.each<[string, object]>([
    ['begins', { beginDate: '08/17/2026', endDate: '2027-06-05' }],
    ['ends', { beginDate: '2026-08-17', endDate: '0000-00-00' }],
  ])('stays enrolled where it cannot be read when the enrolment %s, and that is told', (part, dates) => {
    const roles = [{ role: 'student', roleType: 'primary', org: 'o1', ...dates }];
    const { records, problems } = readRows('students', [{ ...student, roles }], studentReader([]));
    const enrolment = { begins: '2026-08-17', ends: '2027-06-05', [part]: null };
    expect(records).toMatchObject([
      { sourcedId: 's1', enrolments: [{ schoolSourcedId: 'o1', primary: true, ...enrolment }] },
    ]);
    expect(problems).toEqual([
      {
        collection: 'students',
        row: 's1',
        field: `roles.0.${part === 'begins' ? 'beginDate' : 'endDate'}`,
        found: 'no date of the calendar',
        expected: 'YYYY-MM-DD',
        rowKept: true,
      },
    ]);
  });

  test.each([
    ['given', { givenName: '' }, 'givenName: nothing, text'],
    ['family', { familyName: [] }, 'familyName: a list, text'],
  ])('without a %s name is named by the other', (_part, changes, told) => {
    const row = { ...student, ...changes };
    expect(readRows('students', [row], studentReader([])).records).toHaveLength(1);
    expect(complaint(() => readStudent(row))).toBe(told);
  });

  test('whom nothing names cannot be used', () => {
    const { records, problems } = readRows(
      'students',
      [{ ...student, givenName: '', familyName: null }],
      studentReader([]),
    );
    expect(records).toEqual([]);
    expect(problems).toMatchObject([{ field: 'familyName', found: 'nothing', expected: 'a name' }]);
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
    expect(guardian(row).role).toBe(role);
  });

  test.each([
    { role: 'teacher' },
    { role: 'ext:neighbour' },
    { role: null },
    { role: '' },
    { role: 'constructor' },
    { role: 'student' },
  ])('%j is none', (row) => {
    expect(guardianReader(NAMES).concerns?.({ ...parent, ...row })).toBe(false);
  });

  test('of whom the server says no more has flags that are not told, which is something else than no', () => {
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
      addressPrivate: null,
      mailAllowed: null,
      noContact: null,
      wantsPaper: null,
      aliases: ['personid:1'],
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
    expect(readOne(guardianReader(names), row)).toMatchObject({ noContact: true, language: 'vi' });
  });

  test('with flags that cannot be read is on the safe side, and each of them is told', () => {
    const metadata = {
      noContact: 'court order',
      mailing: 'X',
      private: 'T',
      wantsPaper: 7,
      ic_relationships: { sourcedId: 's1', guardian: 'maybe' },
    };
    const { records, problems } = readRows('users', [{ ...parent, metadata }], guardianReader(NAMES));
    expect(records).toMatchObject([
      {
        noContact: true,
        mailAllowed: false,
        addressPrivate: true,
        wantsPaper: true,
        links: [{ studentSourcedId: 's1', guardian: false }],
      },
    ]);
    const doubt = {
      collection: 'users',
      row: 'g1',
      found: 'another word',
      expected: 'true or false',
      rowKept: true,
    };
    expect(problems).toEqual(
      ['mailAllowed', 'noContact', 'addressPrivate', 'wantsPaper', 'relationships.0.guardian'].map(
        (name) => ({
          ...doubt,
          field: `metadata.${name}`,
        }),
      ),
    );
  });

  test.each<[string, object, object]>([
    ['phone', { phone: ['1', '2'] }, { phone: null }],
    ['sms', { sms: { x: PAYLOAD } }, { phone: null }],
    ['email', { email: ['eva@example.org'] }, { email: null }],
    ['familyName', { familyName: { x: PAYLOAD } }, { familyName: '', role: 'parent' }],
    ['identifier', { identifier: [7] }, { aliases: ['personid:1'] }],
    ['userIds', { userIds: PAYLOAD }, { aliases: ['personid:1'] }],
    ['agents', { agents: Array.from({ length: 1_001 }, (_, index) => index) }, { links: [] }],
    ['status', { status: { x: PAYLOAD } }, { active: false }],
    ['metadata.language', { communicationLanguage: [] }, { language: null }],
    [
      'metadata.relationships',
      { ic_relationships: PAYLOAD, agents: ['s1'] },
      { links: [{ studentSourcedId: 's1', relationship: null, guardian: false }] },
    ],
  ])('whose %s cannot be read is told, and a no-contact beside it is kept', (field, changes, expected) => {
    const row = { ...parent, metadata: { noContact: true }, ...changes };
    const { records, problems } = readRows('users', [row], guardianReader(NAMES));
    expect(records).toMatchObject([{ sourcedId: 'g1', noContact: true, ...expected }]);
    expect(problems).toMatchObject([{ row: 'g1', field, rowKept: true }]);
    expect(JSON.stringify([records, problems])).not.toContain(PAYLOAD);
  });

  test('whose metadata come as a list is on the safe side: what they forbid cannot be told', () => {
    const row = { ...parent, agents: ['s1'], metadata: [{ noContact: true }] };
    const { records, problems } = readRows('users', [row], guardianReader(NAMES));
    expect(records).toMatchObject([{ noContact: true, mailAllowed: false, addressPrivate: true }]);
    expect(problems).toContainEqual(
      expect.objectContaining({ field: 'metadata.noContact', found: 'a list', rowKept: true }),
    );
  });

  test('whom nothing names gets no letter, and is told', () => {
    const row = { ...parent, givenName: '', familyName: ' ', metadata: { noContact: true } };
    const { records, problems } = readRows('users', [row], guardianReader(NAMES));
    expect(records).toMatchObject([{ role: 'other', noContact: true, givenName: '', familyName: '' }]);
    expect(problems).toMatchObject([{ field: 'givenName' }, { field: 'familyName' }]);
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
    expect(read.links).toEqual([
      { studentSourcedId: 's1', relationship: 'Mother', guardian: true },
      { studentSourcedId: 's2', relationship: null, guardian: false },
      { studentSourcedId: 's3', relationship: null, guardian: null },
    ]);
  });

  test('and student are linked in either direction', () => {
    expect(readStudent({ ...student, agents: [{ sourcedId: 'g1' }] }).guardianSourcedIds).toEqual(['g1']);
    expect(guardian({ agents: { sourcedId: 's1' } }).links.map((link) => link.studentSourcedId)).toEqual([
      's1',
    ]);
  });

  test('keeps an ambiguous address for the domain to judge, without line breaks', () => {
    expect(guardian({ email: 'g@ok.org\r\nBcc: evil@x.com' }).email).toBe('g@ok.org Bcc: evil@x.com');
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
    ['anything', ''],
  ])('an address without %s is none', (_name, ic_address) => {
    expect(readDemographics({ sourcedId: 's1', ic_address }).address).toBeNull();
  });

  test('an impossible birth date costs itself alone, and is told without its value', () => {
    const row = { sourcedId: 's1', birthDate: '2010-02-31', ic_address: address };
    const { records, problems } = readRows('demographics', [row], demographicsReader);
    expect(records).toMatchObject([{ birthDate: null, address: { city: 'Riverbend' } }]);
    expect(problems).toMatchObject([
      { field: 'birthDate', found: 'no date of the calendar', expected: 'YYYY-MM-DD' },
    ]);
  });

  test('a line of the address that cannot be read makes it none: half of it is another door', () => {
    const row = { sourcedId: 's1', ic_address: { ...address, addressLine2: { x: PAYLOAD } } };
    const { records, problems } = readRows('demographics', [row], demographicsReader);
    expect(records).toMatchObject([{ address: null }]);
    expect(problems).toMatchObject([{ field: 'ic_address.addressLine2', found: 'an object' }]);
  });
});

describe('fields of a student that can mean a hold', () => {
  const flagged = (row: object, fields: readonly string[] = ['homeless', 'ic.status.deceased', 'foster']) =>
    readRows('students', [{ ...student, ...row }], studentReader(fields));

  test.each<[string, object, Record<string, string>]>([
    [
      'are found in the metadata, also at the end of a path',
      { metadata: { homeless: ' Y ', ic: { status: { deceased: true } } } },
      { homeless: 'Y', 'ic.status.deceased': 'true', foster: '' },
    ],
    [
      'or in the user itself',
      { foster: 1, homeless: null },
      { homeless: '', 'ic.status.deceased': '', foster: '1' },
    ],
    [
      'under the exact name first',
      { metadata: { 'ic.status.deceased': 'N' } },
      { homeless: '', 'ic.status.deceased': 'N', foster: '' },
    ],
  ])('%s', (_, row, flags) => {
    expect(flagged(row)).toMatchObject({ records: [{ flags }], problems: [] });
  });

  test('one that cannot be read is told, and alone is unknown in the record', () => {
    const { records, problems } = flagged({ metadata: { homeless: { x: PAYLOAD }, foster: 'Y' } });
    expect(records[0]?.flags).toEqual({ homeless: null, 'ic.status.deceased': '', foster: 'Y' });
    expect(problems).toEqual([
      {
        collection: 'students',
        row: 's1',
        field: 'homeless',
        found: 'an object',
        expected: 'text',
        rowKept: true,
      },
    ]);
  });

  test('that nobody has asked for are not read', () => {
    expect(flagged({ flags: { homeless: 'Y' }, metadata: { homeless: {} } }, [])).toMatchObject({
      records: [{ flags: {} }],
      problems: [],
    });
  });
});
