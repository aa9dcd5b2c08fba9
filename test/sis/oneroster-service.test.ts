import { describe, expect, test } from '@jest/globals';
import type { SchoolDate } from '../../src/domain/school-date.ts';
import {
  type OneRosterServiceOptions,
  openOneRosterService,
} from '../../src/sis/attendance/oneroster-service.ts';
import { allOf } from './all-of.ts';
import {
  BASE_PATH,
  clientOptions,
  failureOf,
  PAYLOAD,
  serve,
  serveTokens,
  useNoNetwork,
} from './sis-server.ts';

useNoNetwork();

const YEAR = { after: null, from: '2026-08-15' as SchoolDate, to: '2027-06-10' as SchoolDate };

const row = {
  sourcedId: 'a-1',
  status: 'active',
  student: { sourcedId: 's1', type: 'user' },
  school: { sourcedId: 'o1', type: 'org' },
  date: '2026-09-14',
  kind: 'daily',
  period: null,
  attendanceStatus: 'absent',
  excuse: 'unexcused',
  dayFraction: '1',
  minutesAbsent: 400,
  minutesScheduled: 400,
  code: { sourcedId: 'c-12' },
  comment: PAYLOAD,
};

const absence = {
  sourcedId: 'a-1',
  deleted: false,
  studentSourcedId: 's1',
  schoolSourcedId: 'o1',
  date: '2026-09-14',
  kind: 'daily',
  period: null,
  status: 'absent',
  excuse: 'unexcused',
  dayFraction: '1',
  minutesAbsent: 400,
  minutesScheduled: 400,
  codeSourcedId: 'c-12',
};

const NOW = new Date('2026-09-15T09:00:00Z');

function service(
  fields: OneRosterServiceOptions['fields'] = {},
  pageSize = 100,
  changes: Partial<OneRosterServiceOptions> = {},
) {
  return openOneRosterService({
    ...clientOptions(),
    pageSize,
    fields,
    codeFields: {},
    paths: { attendances: '/attendances', attendanceCodes: '/attendanceCodes' },
    overlapMs: 86_400_000,
    edition: 'test',
    now: () => NOW,
    ...changes,
  });
}

/** Reads one row as the service answers it. */
async function readOne(one: unknown, fields: OneRosterServiceOptions['fields'] = {}) {
  serveTokens();
  serve('/attendances', () => ({ body: { attendances: [one] }, headers: { 'x-total-count': '1' } }));
  return allOf(service(fields).records(YEAR));
}

describe('absences', () => {
  test('are read as they are, without comment or metadata', async () => {
    expect(await readOne(row)).toEqual({ records: [absence], problems: [] });
  });

  test('are asked for by date, or by change', async () => {
    serveTokens();
    const asked = serve('/attendances', () => ({ body: { attendances: [] } }));
    await allOf(service().records(YEAR));
    await allOf(service().records({ ...YEAR, after: '2026-10-01T02:30:00Z' }));
    expect(asked.map(({ query }) => query.get('filter'))).toEqual([
      "date>='2026-08-15' AND date<='2027-06-10'",
      "dateLastModified>'2026-10-01T02:30:00Z'",
    ]);
  });

  test.each([
    ['no status', { status: undefined }, { deleted: false }],
    [
      'upper case',
      { attendanceStatus: 'ABSENT', excuse: 'Excused', kind: 'PERIOD', period: 2 },
      { status: 'absent', excuse: 'excused', kind: 'period', period: '2' },
    ],
    ['early release', { attendanceStatus: 'EarlyRelease' }, { status: 'earlyRelease' }],
    ['a status of the server', { attendanceStatus: 'ext:bus-late' }, { status: 'other' }],
    ['no excuse yet', { excuse: '' }, { excuse: 'unknown' }],
    ['no kind', { kind: null }, { kind: 'daily' }],
    ['a number for the day', { dayFraction: 0.5 }, { dayFraction: '0.5' }],
    ['"" for the day: not 0', { dayFraction: '' }, { dayFraction: null }],
    [
      '"" for minutes: not 0',
      { minutesAbsent: '', minutesScheduled: null },
      { minutesAbsent: null, minutesScheduled: null },
    ],
    ['minutes as text', { minutesAbsent: '35' }, { minutesAbsent: 35 }],
    ['zero minutes', { minutesAbsent: 0 }, { minutesAbsent: 0 }],
    ['a date with a time', { date: '2026-09-14T00:00:00.000Z' }, { date: '2026-09-14' }],
    [
      'bare ids',
      { student: 's1', school: 7, code: null },
      { studentSourcedId: 's1', schoolSourcedId: '7', codeSourcedId: null },
    ],
  ])('%s', async (_name, changes, expected) => {
    const { records, problems } = await readOne({ ...row, ...changes });
    expect(problems).toEqual([]);
    expect(records).toEqual([{ ...absence, ...expected }]);
  });

  test.each([
    ['student', { student: null }, 'nothing', 'a reference with a sourcedId'],
    ['school', { school: {} }, 'an object', 'a reference with a sourcedId'],
    ['date', { date: '2026-02-30' }, 'no date of the calendar', 'YYYY-MM-DD'],
    ['date', { date: '' }, 'nothing', 'YYYY-MM-DD'],
    [
      'attendanceStatus',
      { attendanceStatus: PAYLOAD },
      'another word',
      'absent, tardy, earlyRelease, present or ext:…',
    ],
    ['attendanceStatus', { attendanceStatus: '' }, 'nothing', 'text'],
    ['excuse', { excuse: PAYLOAD }, 'another word', 'excused, unexcused, exempt, unknown'],
    ['kind', { kind: 'weekly' }, 'another word', 'daily or period'],
    ['dayFraction', { dayFraction: '1.5' }, 'a string', 'decimal text from 0 to 1'],
    ['dayFraction', { dayFraction: -1 }, 'a number', 'decimal text from 0 to 1'],
    ['dayFraction', { dayFraction: '1/2' }, 'a string', 'decimal text from 0 to 1'],
    ['minutesAbsent', { minutesAbsent: -3 }, 'another value', 'minutes from 0 to 1440'],
    ['minutesScheduled', { minutesScheduled: [400] }, 'a list', 'text'],
    ['period', { period: { x: PAYLOAD } }, 'an object', 'text'],
    ['code', { code: [PAYLOAD] }, 'a list', 'a reference with a sourcedId'],
  ])('a %s that cannot be used: %j', async (field, changes, found, expected) => {
    const { records, problems } = await readOne({ ...row, ...changes });
    expect(records).toEqual([]);
    expect(problems).toEqual([{ collection: 'attendances', row: 'a-1', field, found, expected }]);
  });

  test.each([
    ['its properties', { attendanceStatus: '', excuse: 'gone', kind: '?', minutesAbsent: -1 }],
    [
      'everything but its id',
      Object.fromEntries(
        Object.keys(row)
          .slice(1)
          .map((key) => [key, undefined]),
      ),
    ],
    ['nothing', {}],
  ])('a deleted row that lost %s still says that it was deleted', async (_name, changes) => {
    const { records, problems } = await readOne({ ...row, ...changes, status: 'tobedeleted' });
    expect(problems).toEqual([]);
    expect(records).toEqual([{ sourcedId: 'a-1', deleted: true }]);
  });

  test('a deleted row without an id cannot be used', async () => {
    const { problems } = await readOne({ ...row, sourcedId: '', status: 'tobedeleted' });
    expect(problems).toMatchObject([{ field: 'sourcedId' }]);
  });

  test('are found under the names that the district maps', async () => {
    const { student, school, date, dayFraction, ...rest } = row;
    const foreign = {
      ...rest,
      pupil: { ref: student },
      where: { org: { id: school.sourcedId } },
      'att.day': date,
      value: dayFraction,
    };
    const fields = { student: 'pupil.ref', school: 'where.org.id', date: 'att.day', dayFraction: 'value' };
    expect(await readOne(foreign, fields)).toEqual({ records: [absence], problems: [] });
  });

  test('are validated strictly after the mapping, without falling back to the old name', async () => {
    const { records, problems } = await readOne(row, { date: 'day' });
    expect(records).toEqual([]);
    expect(problems).toEqual([
      { collection: 'attendances', row: 'a-1', field: 'date', found: 'nothing', expected: 'YYYY-MM-DD' },
    ]);
  });

  test('say how many rows and which schools came, anew with each read', async () => {
    serveTokens();
    const rows = ['o2', 'o1', 'o2'].map((school, index) => ({ ...row, sourcedId: `a-${index}`, school }));
    const asked = serve('/attendances', (query, before) => {
      const offset = Number(query.get('offset'));
      return { body: { attendances: before < 3 ? rows.slice(offset, offset + 2) : [] } };
    });
    const source = service({}, 2);
    expect((await allOf(source.records(YEAR))).records).toHaveLength(3);
    expect(source.completeness()).toMatchObject({ rows: 3, schools: ['o1', 'o2'] });
    expect(asked).toHaveLength(3);
    await allOf(source.records(YEAR));
    expect(source.completeness()).toMatchObject({ rows: 0, schools: [] });
  });
});

describe('names of the server’s own', () => {
  const fields = { date: 'attendanceDate', dateLastModified: 'changed.at', sourcedId: 'rowId' };
  const paths = { attendances: '/v2/absences', attendanceCodes: '/v2/codes/' };

  test('stand in the filters, and in what rows are sorted by', async () => {
    serveTokens();
    const asked = serve('/attendances', () => ({ body: { attendances: [] } }));
    await allOf(service(fields).records(YEAR));
    await allOf(service(fields).records({ ...YEAR, after: '2026-10-01T02:30:00Z' }));
    expect(asked.map(({ query }) => [query.get('sort'), query.get('filter')])).toEqual([
      ['rowId', "attendanceDate>='2026-08-15' AND attendanceDate<='2027-06-10'"],
      ['rowId', "changed.at>'2026-10-01T02:30:00Z'"],
    ]);
  });

  test('of a path are taken for the list, too, and named where there is none', async () => {
    serveTokens();
    let body: object = { absences: [row] };
    serve('/v2/absences', () => ({ body, headers: { 'x-total-count': '1' } }));
    const elsewhere = () => service({}, 100, { paths });
    expect(await allOf(elsewhere().records(YEAR))).toEqual({ records: [absence], problems: [] });
    body = { attendances: [row] };
    expect((await allOf(elsewhere().records(YEAR))).records).toEqual([absence]);
    body = { rows: [row] };
    expect((await failureOf(allOf(elsewhere().records(YEAR)))).message).toBe(
      'v2/absences answered without "absences"; expected a list under that key',
    );
  });

  test('hold for the code table', async () => {
    serveTokens();
    const code = { id: 'c-12', short: 'UNX', meaning: { status: 'absent', excuse: 'unexcused' } };
    const asked = serve('/v2/codes/', () => ({ body: { codes: [code] }, headers: { 'x-total-count': '1' } }));
    const codeFields = {
      sourcedId: 'id',
      title: 'short',
      attendanceStatus: 'meaning.status',
      excuse: 'meaning.excuse',
    };
    expect(await allOf(service({}, 100, { paths, codeFields }).codes())).toMatchObject({
      records: [{ sourcedId: 'c-12', title: 'UNX', status: 'absent', excuse: 'unexcused' }],
      problems: [],
    });
    expect(asked[0]?.query.get('sort')).toBe('id');
  });
});

describe('attendance codes', () => {
  test('that were removed and emptied mean nothing any more, and are no fault', async () => {
    serveTokens();
    serve('/attendanceCodes', () => ({
      body: { attendanceCodes: [{ sourcedId: 'c-9', status: 'tobedeleted' }] },
      headers: { 'x-total-count': '1' },
    }));
    expect(await allOf(service().codes())).toMatchObject({
      records: [{ sourcedId: 'c-9', active: false, status: 'other', excuse: 'unknown' }],
      problems: [],
    });
  });

  test('are read with their properties', async () => {
    serveTokens();
    serve('/attendanceCodes', () => ({
      body: {
        attendanceCodes: [
          {
            sourcedId: 12,
            title: 'UNX',
            description: 'Unexcused',
            attendanceStatus: 'Absent',
            excuse: 'UNEXCUSED',
            school: 'o1',
          },
          { sourcedId: 'c2', status: 'inactive', title: 'T', attendanceStatus: 'tardy' },
          { sourcedId: 'c3', attendanceStatus: 'absent' },
        ],
      },
      headers: { 'x-total-count': '3' },
    }));
    const { records, problems } = await allOf(service().codes());
    expect(records).toEqual([
      {
        sourcedId: '12',
        active: true,
        title: 'UNX',
        description: 'Unexcused',
        status: 'absent',
        excuse: 'unexcused',
        schoolSourcedId: 'o1',
      },
      {
        sourcedId: 'c2',
        active: false,
        title: 'T',
        description: null,
        status: 'tardy',
        excuse: 'unknown',
        schoolSourcedId: null,
      },
    ]);
    expect(problems).toEqual([
      { collection: 'attendanceCodes', row: 'c3', field: 'title', found: 'nothing', expected: 'text' },
    ]);
  });
});

describe('a server without attendance', () => {
  const HINT = 'Set sis.attendance to the service that has it, or have the scope granted.';

  test.each([
    [404, 'missing', `GET ${BASE_PATH}/attendances answered 404: this server does not offer it`],
    [405, 'missing', `GET ${BASE_PATH}/attendances answered 405: this server does not offer it`],
    [501, 'missing', `GET ${BASE_PATH}/attendances answered 501: this server does not offer it`],
    [403, 'refused', `GET ${BASE_PATH}/attendances answered 403: the scope for it is not granted`],
  ] as const)('says so in plain words: %i', async (status, kind, words) => {
    serveTokens();
    serve('/attendances', () => ({ status, body: PAYLOAD }));
    expect(await failureOf(allOf(service().records(YEAR)))).toMatchObject({
      kind,
      status,
      message: `This endpoint offers no attendance (${words}). ${HINT}`,
    });
  });

  test('says so for its codes too', async () => {
    serveTokens();
    serve('/attendanceCodes', () => ({ status: 404 }));
    expect((await failureOf(allOf(service().codes()))).message).toMatch(
      /^This endpoint offers no attendance \(/,
    );
  });

  test.each([
    ['a failure', { status: 500 }, `GET ${BASE_PATH}/attendances answered 500; expected 200`],
    ['no list', { body: {} }, 'attendances answered without "attendances"; expected a list under that key'],
  ])('is not what %s means, and not "nobody was absent" either', async (_name, reply, message) => {
    serveTokens();
    serve('/attendances', () => reply);
    expect((await failureOf(allOf(service().records(YEAR)))).message).toBe(message);
  });
});

test('an empty read of changes tells when there was nothing', async () => {
  serveTokens();
  serve('/attendances', () => ({
    body: { attendances: [] },
    headers: { date: 'Sun, 06 Sep 2026 09:30:00 GMT', 'x-total-count': '0' },
  }));
  const source = service();
  await allOf(source.records({ ...YEAR, after: '2026-09-05T00:00:00.000Z' }));
  expect(source.completeness()).toMatchObject({
    asOf: '2026-09-06T09:30:00.000Z',
    cursor: '2026-09-05T09:30:00.000Z',
  });
});

test('a server that tells no time has rows of the moment at which our read began, and no cursor', async () => {
  serveTokens();
  serve('/attendances', () => ({ body: { attendances: [] } }));
  const source = service();
  await allOf(source.records({ ...YEAR, after: null }));
  expect(source.completeness()).toMatchObject({ asOf: NOW.toISOString(), cursor: null });
});
