import { describe, expect, test } from '@jest/globals';
import { absenceSchema, codeSchema } from '../../src/sis/attendance/absence-schemas.ts';
import {
  EXTRACT_COLUMNS,
  type ExtractColumn,
} from '../../src/sis/attendance/data-extract/extract-columns.ts';
import { extractHeader } from '../../src/sis/attendance/data-extract/extract-header.ts';
import { extractSchema } from '../../src/sis/attendance/data-extract/extract-schema.ts';
import { deleteSchema, eventSchema } from '../../src/sis/attendance/ed-fi/event-schemas.ts';
import { CONTACT_COLUMNS, type ContactColumn } from '../../src/sis/contacts/contact-columns.ts';
import { contactHeader } from '../../src/sis/contacts/contact-header.ts';
import { contactSchema } from '../../src/sis/contacts/contact-schema.ts';
import { readRecords } from '../../src/sis/csv/read-records.ts';
import { doubtsIn } from '../../src/sis/oneroster/careful.ts';
import { deletable } from '../../src/sis/oneroster/deletable.ts';
import {
  demographicsReader,
  guardianReader,
  schoolReader,
  sessionReader,
  studentReader,
} from '../../src/sis/oneroster/mapping.ts';
import { type RowReader, readRows } from '../../src/sis/oneroster/read-rows.ts';
import type { Field } from '../../src/sis/shape.ts';
import { metadataNames } from '../support/sis-records.ts';

/** Stands in every payload; nothing that is told of a row may repeat it. */
const CANARY = 'canary';

const PAYLOADS: readonly (readonly [string, unknown])[] = [
  ['an object', { x: CANARY }],
  ['a list', [[CANARY]]],
  ['keys of prototypes', JSON.parse(`{"__proto__":{"x":"${CANARY}"},"constructor":{"x":"${CANARY}"}}`)],
  ['a boolean', true],
  ['a huge text', CANARY.repeat(4_000)],
  ['control and direction marks', `${CANARY}\u0000\u202E`],
  ['an address with a second header', `${CANARY}@ok.org\r\nBcc: e@x.com`],
  ['a formula', `=HYPERLINK("${CANARY}")`],
  ['template syntax', `{{ ${CANARY} }}`],
  ['HTML', `<b>${CANARY}</b>`],
  ['an impossible date', '2026-02-30'],
];
const TEXTS = PAYLOADS.filter(([, payload]) => typeof payload === 'string');

/**
 * What becomes of a row, one letter for each payload in their order. R: the row is left out, and told. D: the field is
 * doubted, told, and costs itself alone. T: it is taken as text, cleaned, or passed over as nothing. N: the row is none
 * of ours.
 */
const JSON_KINDS = {
  requiredId: 'RRRRRRRTTTT',
  requiredReference: 'RRRRRRRTTTT',
  requiredText: 'RRRTRTTTTTT',
  requiredDate: 'RRRRRRRRRRR',
  /** A word of a few, a number, a reference with a name of its own. */
  strict: 'RRRRRRRRRRR',
  /** Missing, it says nothing; what is there must be one. An object without an id is none. */
  optionalReference: 'TRTRRRRTTTT',
  /** Of another type than school, an org is none of ours. */
  orgType: 'TTTTNNNNNNN',
  text: 'DDDTDTTTTTT',
  date: 'DDDDDDDDDDD',
  reference: 'DDDDDDDTTTT',
  flag: 'DDDTDDDDDDD',
  objects: 'TTTDDDDDDDD',
  /** One that is no reference is left out of the list. */
  references: 'TTTTTTTTTTT',
  address: 'TDTDDDDDDDD',
  /** Each of its flags is doubted where it is a list; else it says nothing. */
  metadata: 'TDTTTTTTTTT',
} as const;

const CELL_KINDS = {
  id: 'RRRRTTT',
  strict: 'RRRRRRR',
  key: 'RTTRTTT',
  text: 'RTTTTTT',
  carefulId: 'DDDDTTT',
  carefulText: 'DTTTTTT',
  /** An address is longer than any language, state or postal code. */
  shortText: 'DTDTTTT',
  flag: 'DDDDDDD',
} as const;

interface Outcome {
  readonly records: readonly unknown[];
  readonly problems: readonly { readonly rowKept?: true }[];
}

function letterOf({ records, problems }: Outcome): string {
  if (problems.length === 0) return records.length === 0 ? 'N' : 'T';
  return problems.every(({ rowKept }) => rowKept) && records.length === 1 ? 'D' : 'R';
}

function expectHarmless({ records, problems }: Outcome): void {
  expect(JSON.stringify(problems)).not.toContain(CANARY);
  expect(JSON.stringify(records)).not.toMatch(/\\u0000|\\r|\\n|\u202E/);
  expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
}

/** The row with another value at the end of a path. */
function withAt(row: unknown, [name = '', ...rest]: readonly string[], value: unknown): unknown {
  const copy = structuredClone(row) as Record<string, unknown>;
  copy[name] = rest.length === 0 ? value : withAt(copy[name], rest, value);
  return copy;
}

interface Collection {
  readonly read: (row: unknown) => Outcome;
  /** All that the shape of a row names. */
  readonly named: readonly string[];
  readonly good: Readonly<Record<string, unknown>>;
  /** Path of a field → what kind it is. */
  readonly fields: Readonly<Record<string, keyof typeof JSON_KINDS>>;
}

function collection<Wire extends object, T>(
  reader: RowReader<Wire, T>,
  good: Readonly<Record<string, unknown>>,
  fields: Collection['fields'],
): Collection {
  const wire = reader.schema(reader.arrange?.(good) ?? good);
  return {
    read: (row) => readRows('rows', [row], reader),
    named: Object.keys(wire).filter((name) => name !== 'flags'),
    good,
    fields,
  };
}

const asItIs = <Wire extends object>(schema: Field<Wire>): RowReader<Wire, Wire> => ({
  schema,
  map: (row) => row,
  doubtsIn,
});

const ref = (sourcedId: string) => ({ sourcedId });
const person = {
  sourcedId: 'p1',
  status: 'active',
  givenName: 'Ana',
  familyName: 'Ruiz',
  email: 'ana@example.org',
  agents: [ref('p2')],
  identifier: '10042',
  userIds: [{ type: 'stateID', identifier: '9' }],
};
const personFields = {
  sourcedId: 'requiredId',
  status: 'text',
  givenName: 'text',
  familyName: 'text',
  email: 'text',
  agents: 'references',
  identifier: 'text',
  userIds: 'objects',
  'userIds.0.type': 'text',
  'userIds.0.identifier': 'text',
  metadata: 'metadata',
} as const;

const COLLECTIONS: Readonly<Record<string, Collection>> = {
  schools: collection(
    schoolReader,
    { sourcedId: 'o1', status: 'active', type: 'school', name: 'North', identifier: '101' },
    {
      sourcedId: 'requiredId',
      status: 'requiredText',
      type: 'orgType',
      name: 'requiredText',
      identifier: 'text',
    },
  ),
  academicSessions: collection(
    sessionReader,
    {
      sourcedId: 'y1',
      status: 'active',
      title: '2026-27',
      type: 'schoolYear',
      startDate: '2026-08-01',
      endDate: '2027-06-05',
      schoolYear: '2027',
    },
    {
      sourcedId: 'requiredId',
      status: 'requiredText',
      title: 'text',
      type: 'requiredText',
      startDate: 'requiredDate',
      endDate: 'requiredDate',
      schoolYear: 'requiredText',
    },
  ),
  students: collection(
    deletable(studentReader(['deceased'])),
    {
      ...person,
      roles: [
        { role: 'student', roleType: 'primary', org: ref('o1'), beginDate: '2026-08-17', endDate: null },
      ],
      primaryOrg: ref('o1'),
      orgs: [ref('o1')],
      grades: ['09'],
      metadata: { deceased: 'N', ic: { legacySourcedId: 's7' } },
    },
    {
      ...personFields,
      roles: 'objects',
      'roles.0.role': 'text',
      'roles.0.roleType': 'text',
      'roles.0.org': 'reference',
      'roles.0.beginDate': 'date',
      'roles.0.endDate': 'date',
      primaryOrg: 'reference',
      orgs: 'references',
      grades: 'text',
      'metadata.deceased': 'text',
      'metadata.ic.legacySourcedId': 'text',
    },
  ),
  guardians: collection(
    deletable(guardianReader(metadataNames)),
    {
      ...person,
      role: 'parent',
      roles: [{ role: 'parent' }],
      phone: '303-555-0101',
      sms: '303-555-0102',
      metadata: {
        communicationLanguage: 'es',
        mailing: true,
        noContact: false,
        private: false,
        wantsPaper: false,
        ic_relationships: [{ ...ref('s1'), guardian: true, relationshipType: 'Mother' }],
        ic: { legacySourcedId: 'g7' },
      },
    },
    {
      ...personFields,
      role: 'text',
      roles: 'objects',
      'roles.0.role': 'text',
      phone: 'text',
      sms: 'text',
      'metadata.communicationLanguage': 'text',
      'metadata.mailing': 'flag',
      'metadata.noContact': 'flag',
      'metadata.private': 'flag',
      'metadata.wantsPaper': 'flag',
      'metadata.ic_relationships': 'objects',
      'metadata.ic_relationships.0.sourcedId': 'reference',
      'metadata.ic_relationships.0.guardian': 'flag',
      'metadata.ic_relationships.0.relationshipType': 'text',
      'metadata.ic.legacySourcedId': 'text',
    },
  ),
  demographics: collection(
    demographicsReader,
    {
      sourcedId: 's1',
      birthDate: '2010-02-03',
      birthdate: '2010-02-03',
      ic_address: {
        addressLine1: '1 Elm',
        addressLine2: 'Apt 2',
        city: 'Riverbend',
        state: 'CO',
        zip: '80001',
        postalCode: '80001',
      },
      ic_cellPhone: '303-555-0101',
      ic_homePhone: '303-555-0102',
    },
    {
      sourcedId: 'requiredId',
      birthDate: 'date',
      birthdate: 'date',
      ic_address: 'address',
      'ic_address.addressLine1': 'text',
      'ic_address.addressLine2': 'text',
      'ic_address.city': 'text',
      'ic_address.state': 'text',
      'ic_address.zip': 'text',
      'ic_address.postalCode': 'text',
      ic_cellPhone: 'text',
      ic_homePhone: 'text',
    },
  ),
  attendances: collection(
    asItIs(absenceSchema),
    {
      sourcedId: 'a1',
      status: 'active',
      student: ref('s1'),
      school: ref('o1'),
      date: '2026-09-14',
      kind: 'period',
      period: '3',
      attendanceStatus: 'absent',
      excuse: 'excused',
      dayFraction: '1',
      minutesAbsent: 50,
      minutesScheduled: 50,
      code: ref('c1'),
    },
    {
      sourcedId: 'requiredId',
      status: 'requiredText',
      student: 'requiredReference',
      school: 'requiredReference',
      date: 'requiredDate',
      kind: 'strict',
      period: 'requiredText',
      attendanceStatus: 'strict',
      excuse: 'strict',
      dayFraction: 'strict',
      minutesAbsent: 'strict',
      minutesScheduled: 'strict',
      code: 'optionalReference',
    },
  ),
  attendanceCodes: collection(
    asItIs(codeSchema),
    {
      sourcedId: 'c1',
      status: 'active',
      title: 'UNX',
      description: 'Unexcused',
      attendanceStatus: 'absent',
      excuse: 'unexcused',
      school: ref('o1'),
    },
    {
      sourcedId: 'requiredId',
      status: 'requiredText',
      title: 'requiredText',
      description: 'text',
      attendanceStatus: 'strict',
      excuse: 'strict',
      school: 'reference',
    },
  ),
  'Ed-Fi events': collection(
    asItIs(eventSchema),
    {
      id: 'e1',
      schoolReference: { schoolId: 101 },
      studentReference: { studentUniqueId: '9' },
      attendanceEventCategoryDescriptor: 'uri://ed-fi.org/x#Tardy',
      eventDate: '2026-09-14',
      eventDuration: 1,
    },
    {
      id: 'requiredId',
      schoolReference: 'strict',
      'schoolReference.schoolId': 'requiredId',
      studentReference: 'strict',
      'studentReference.studentUniqueId': 'requiredId',
      attendanceEventCategoryDescriptor: 'requiredText',
      eventDate: 'requiredDate',
      eventDuration: 'strict',
    },
  ),
  'Ed-Fi deletes': collection(asItIs(deleteSchema), { id: 'e1' }, { id: 'requiredId' }),
};

describe.each(Object.entries(COLLECTIONS))('rows of %s', (_name, { read, named, good, fields }) => {
  test('are read where nothing is odd, and every field that is read stands below', () => {
    expect(letterOf(read(good))).toBe('T');
    const covered = new Set(Object.keys(fields).map((path) => path.split('.')[0]));
    expect(named.filter((name) => !covered.has(name))).toEqual([]);
  });

  test.each(Object.entries(fields))('%s (%s)', (path, kind) => {
    const outcomes = PAYLOADS.map(([what, payload], index) => {
      const outcome = read(withAt(good, path.split('.'), payload));
      expectHarmless(outcome);
      return `${what}: ${letterOf(outcome)}, expected ${JSON_KINDS[kind][index]}`;
    });
    expect(outcomes.filter((words) => !/: (.), expected \1$/.test(words))).toEqual([]);
  });
});

/** Reads one row of a file that has every column. */
function rowReader<C extends string, T>(
  columns: readonly C[],
  header: Parameters<typeof readRecords<C, T>>[1]['header'],
  schema: Field<T>,
  told: (read: T) => readonly { field: string; found: string; expected: string }[],
) {
  return (cells: Readonly<Partial<Record<C, string>>>): Outcome =>
    readRecords([{ line: 2, cells: columns.map((column) => cells[column] ?? '') }], {
      collection: 'rows',
      file: 'rows.csv',
      header,
      schema,
      doubtsIn: told,
    });
}

const EXTRACT: Readonly<Record<ExtractColumn, readonly [string, keyof typeof CELL_KINDS]>> = {
  sourcedId: ['a1', 'id'],
  studentSourcedId: ['s1', 'id'],
  studentNumber: ['10042', 'id'],
  studentStateId: ['9', 'id'],
  studentPersonId: ['204', 'id'],
  schoolSourcedId: ['o1', 'id'],
  schoolNumber: ['101', 'id'],
  calendarId: ['7', 'id'],
  date: ['2026-09-14', 'strict'],
  period: ['3', 'key'],
  attendanceStatus: ['A', 'strict'],
  excuse: ['E', 'strict'],
  code: ['MED', 'key'],
  description: ['Medical', 'text'],
  dayFraction: ['1', 'strict'],
  presentMinutes: ['0', 'strict'],
  periodMinutes: ['400', 'strict'],
  status: ['active', 'strict'],
};
const CONTACTS: Readonly<Record<ContactColumn, readonly [string, keyof typeof CELL_KINDS]>> = {
  studentSourcedId: ['s1', 'carefulId'],
  studentNumber: ['10042', 'carefulId'],
  studentStateId: ['9', 'carefulId'],
  studentPersonId: ['204', 'carefulId'],
  contactSourcedId: ['g1', 'carefulId'],
  contactPersonId: ['17', 'carefulId'],
  givenName: ['Eva', 'carefulText'],
  familyName: ['Ruiz', 'carefulText'],
  relationship: ['Mother', 'carefulText'],
  guardian: ['1', 'flag'],
  mailing: ['1', 'flag'],
  noContact: ['0', 'flag'],
  private: ['0', 'flag'],
  wantsPaper: ['0', 'flag'],
  language: ['es', 'shortText'],
  addressLine1: ['1 Elm', 'carefulText'],
  addressLine2: ['Apt 2', 'carefulText'],
  city: ['Riverbend', 'carefulText'],
  state: ['CO', 'shortText'],
  postalCode: ['80001', 'shortText'],
  email: ['eva@example.org', 'carefulText'],
  homePhone: ['303-555-0101', 'carefulText'],
  cellPhone: ['303-555-0102', 'carefulText'],
};

const FILES = [
  [
    'attendance extracts',
    EXTRACT,
    rowReader(EXTRACT_COLUMNS, extractHeader(EXTRACT_COLUMNS, {}), extractSchema({}), () => []),
  ],
  [
    'contacts files',
    CONTACTS,
    rowReader(CONTACT_COLUMNS, contactHeader(CONTACT_COLUMNS, {}), contactSchema, ({ doubts }) => doubts),
  ],
] as const;

describe.each(FILES)('cells of %s', (_name, columns, read) => {
  const good = Object.fromEntries(Object.entries(columns).map(([column, [cell]]) => [column, cell]));

  test('are read where nothing is odd', () => {
    expect(letterOf(read(good))).toBe('T');
  });

  test.each(Object.entries(columns).map(([column, [, kind]]) => [column, kind] as const))(
    '%s (%s)',
    (column, kind) => {
      const outcomes = TEXTS.map(([what, payload], index) => {
        const outcome = read({ ...good, [column]: payload });
        expectHarmless(outcome);
        return `${what}: ${letterOf(outcome)}, expected ${CELL_KINDS[kind][index]}`;
      });
      expect(outcomes.filter((words) => !/: (.), expected \1$/.test(words))).toEqual([]);
    },
  );
});
