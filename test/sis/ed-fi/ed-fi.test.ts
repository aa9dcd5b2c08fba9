import { describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { schoolDate } from '../../../src/domain/school-date.ts';
import type { AbsenceRowRecord, CodeRecord, RowProblem } from '../../../src/domain/sis-records.ts';
import { type EdFiOptions, openEdFi } from '../../../src/sis/attendance/ed-fi/open-ed-fi.ts';
import { clientOptions, failureOf, ORIGIN, PAYLOAD, serveTokens, useNoNetwork } from '../sis-server.ts';

useNoNetwork();

const EVENTS = '/data/v3/ed-fi/studentSchoolAttendanceEvents';
const HOUR_MS = 3_600_000;
const NOW = new Date('2026-09-15T09:00:00Z');
const YEAR = { from: schoolDate('2026-08-01'), to: schoolDate('2027-06-30') };

const event = (id: string, changes: Record<string, unknown> = {}) => ({
  id,
  schoolReference: { schoolId: 101 },
  sessionReference: { schoolId: 101, schoolYear: 2027, sessionName: '2026-2027' },
  studentReference: { studentUniqueId: '7100004' },
  attendanceEventCategoryDescriptor: 'uri://ed-fi.org/AttendanceEventCategoryDescriptor#Unexcused Absence',
  eventDate: '2026-09-14',
  eventDuration: 1,
  ...changes,
});

interface Host {
  readonly events?: readonly unknown[];
  readonly deletes?: readonly unknown[];
  readonly versions?: { readonly oldest: number; readonly newest: number } | null;
  readonly total?: number;
  readonly answer?: (
    query: URLSearchParams,
    before: number,
  ) => [number, unknown, Record<string, string>?] | null;
}

/** An Ed-Fi host; lists what was asked of the events. */
function serveHost({ events = [], deletes = [], versions = null, total, answer }: Host): URLSearchParams[] {
  serveTokens();
  const asked: URLSearchParams[] = [];
  nock(ORIGIN)
    .get(/availableChangeVersions$/)
    .reply(() =>
      versions === null
        ? [404, {}]
        : [200, { OldestChangeVersion: versions.oldest, NewestChangeVersion: versions.newest }],
    )
    .persist();
  const list = (path: string, rows: readonly unknown[]) =>
    nock(ORIGIN)
      .get(path)
      .query(true)
      .reply((uri) => {
        const { searchParams } = new URL(uri, ORIGIN);
        const own = path === EVENTS ? answer?.(searchParams, asked.length) : null;
        if (path === EVENTS) asked.push(searchParams);
        if (own !== undefined && own !== null) return own;
        const offset = Number(searchParams.get('offset'));
        const page = rows.slice(offset, offset + Number(searchParams.get('limit')));
        return [200, page, { 'Total-Count': String(total ?? rows.length) }];
      })
      .persist();
  list(EVENTS, events);
  list(`${EVENTS}/deletes`, deletes);
  return asked;
}

function source(changes: Partial<EdFiOptions> = {}) {
  return openEdFi({
    ...clientOptions(),
    baseUrl: `${ORIGIN}/data/v3`,
    scopes: [],
    pageSize: 2,
    changeQueries: 'auto',
    studentId: 'state-id',
    stateIdType: 'stateID',
    schools: {},
    descriptors: {},
    overlapVersions: 0,
    quietMs: 96 * HOUR_MS,
    now: () => NOW,
    ...changes,
  });
}

async function readAll(edFi = source(), after: string | null = null, last = after) {
  const records: AbsenceRowRecord[] = [];
  const problems: RowProblem[] = [];
  const codes: CodeRecord[] = [];
  await edFi.offer(last);
  for await (const page of edFi.records({ after, ...YEAR })) {
    records.push(...page.records);
    problems.push(...page.problems);
  }
  for await (const page of edFi.codes()) codes.push(...page.records);
  return { records, problems, codes, edFi };
}

describe('an event', () => {
  test('is a day of an absence', async () => {
    serveHost({ events: [event('e1')] });
    const { records, codes, edFi } = await readAll();
    expect(records).toEqual([
      {
        sourcedId: 'e1',
        deleted: false,
        studentSourcedId: 'stateid:7100004',
        schoolSourcedId: 'number:101',
        date: '2026-09-14',
        kind: 'daily',
        period: null,
        status: 'absent',
        excuse: 'unexcused',
        dayFraction: '1',
        minutesAbsent: null,
        minutesScheduled: null,
        codeSourcedId: 'unexcused absence',
      },
    ]);
    expect(codes).toContainEqual(
      expect.objectContaining({ title: 'Unexcused Absence', status: 'absent', excuse: 'unexcused' }),
    );
    expect(edFi.capabilities()).toMatchObject({ unknownExcuse: false, deltas: false, coverage: 'everyone' });
    expect(edFi.completeness()).toMatchObject({ rows: 1, schools: ['number:101'], cursor: null });
  });

  test.each([
    ['Excused Absence', { status: 'absent', excuse: 'excused' }],
    ['TARDY', { status: 'tardy' }],
    ['Early departure', { status: 'earlyRelease' }],
    ['In Attendance', { status: 'present' }],
  ])('of category %s', async (category, expected) => {
    serveHost({ events: [event('e1', { attendanceEventCategoryDescriptor: `uri://x#${category}` })] });
    expect((await readAll()).records).toMatchObject([expected]);
  });

  test('of a category that nobody has explained has no code, so that letters wait', async () => {
    serveHost({ events: [event('e1', { attendanceEventCategoryDescriptor: 'uri://state#Partial' })] });
    const { records, codes } = await readAll();
    expect(records).toMatchObject([{ status: 'other', codeSourcedId: 'partial' }]);
    expect(codes.map(({ sourcedId }) => sourcedId)).not.toContain('partial');
  });

  test('of a category of the state’s own means what the configuration says', async () => {
    serveHost({ events: [event('e1', { attendanceEventCategoryDescriptor: 'uri://state#Field Trip' })] });
    const { records, codes } = await readAll(
      source({ descriptors: { 'field trip': { status: 'absent', excuse: 'exempt' } } }),
    );
    expect(records).toMatchObject([{ status: 'absent', excuse: 'exempt' }]);
    expect(codes).toContainEqual(expect.objectContaining({ title: 'field trip', excuse: 'exempt' }));
  });

  test.each([
    [0.5, '0.5'],
    [null, '1'],
    [3, '1'],
    ['0.25', '0.25'],
  ])('of duration %s is %s of a day', async (eventDuration, dayFraction) => {
    serveHost({ events: [event('e1', { eventDuration })] });
    expect((await readAll()).records).toMatchObject([{ dayFraction }]);
  });

  test('outside the school year is left out', async () => {
    serveHost({ events: [event('e1', { eventDate: '2026-05-14' })] });
    expect((await readAll()).records).toEqual([]);
  });

  test('is of the school and the student that the configuration names', async () => {
    serveHost({ events: [event('e1')] });
    const named = source({ schools: { '101': 'org-1' }, studentId: 'number' });
    expect((await readAll(named)).records).toMatchObject([
      { schoolSourcedId: 'org-1', studentSourcedId: 'number:7100004' },
    ]);
  });

  test.each([
    ['id', { id: '' }],
    ['schoolReference', { schoolReference: PAYLOAD }],
    ['schoolReference', { schoolReference: {} }],
    ['studentReference', { studentReference: { studentUniqueId: 2 ** 60 } }],
    ['eventDate', { eventDate: '2026-02-30' }],
    ['eventDate', { eventDate: PAYLOAD }],
    ['eventDuration', { eventDuration: PAYLOAD }],
    ['eventDuration', { eventDuration: -1 }],
    ['attendanceEventCategoryDescriptor', { attendanceEventCategoryDescriptor: [PAYLOAD] }],
  ])('with a bad %s costs its row, and is not repeated', async (field, changes) => {
    serveHost({ events: [event('e1', changes), event('e2')] });
    const { records, problems } = await readAll();
    expect(records).toHaveLength(1);
    expect(problems).toMatchObject([{ field: expect.stringContaining(field) }]);
    expect(JSON.stringify(problems)).not.toContain(PAYLOAD);
  });
});

describe('pages', () => {
  const many = Array.from({ length: 5 }, (_, index) => event(`e${index}`));

  test('come by offset, as long as the server makes them', async () => {
    serveHost({
      events: many,
      answer: (query) => [200, many.slice(Number(query.get('offset'))).slice(0, 1), { 'Total-Count': '5' }],
    });
    expect((await readAll()).records).toHaveLength(5);
  });

  test('that shift bring a row twice, which counts once', async () => {
    const shifted = [many[0], many[1], many[1], many[2], many[3], many[4]];
    serveHost({ events: shifted, total: 5 });
    expect((await readAll()).records).toHaveLength(5);
  });

  test('that never reach their total are incomplete', async () => {
    serveHost({ events: many, total: 7 });
    expect(await failureOf(readAll())).toMatchObject({ kind: 'incomplete' });
  });

  test('that go round are told', async () => {
    serveHost({ answer: () => [200, many.slice(0, 2)] });
    expect(await failureOf(readAll())).toMatchObject({ kind: 'protocol' });
  });

  test('that are no list are told', async () => {
    serveHost({ answer: () => [200, { events: [] }] });
    expect(await failureOf(readAll())).toMatchObject({ kind: 'protocol' });
  });

  test('come again after 429', async () => {
    serveHost({
      events: many,
      answer: (_query, before) => (before === 0 ? [429, '<html>', { 'Retry-After': '1' }] : null),
    });
    expect((await readAll()).records).toHaveLength(5);
  });

  test.each([403, 404, 501])(
    'that are answered by %i mean that the host has no attendance',
    async (status) => {
      serveHost({ answer: () => [status, {}] });
      const failure = await failureOf(readAll());
      expect(failure.message).toContain('offers no attendance');
    },
  );
});

/** Events as the host has them, each with the version of its last change. */
function changingHost(versions: Record<string, number>) {
  serveTokens();
  const served: { afterPage?: () => void } = {};
  nock(ORIGIN)
    .get(/availableChangeVersions$/)
    .reply(() => [200, { OldestChangeVersion: 0, NewestChangeVersion: Math.max(...Object.values(versions)) }])
    .persist();
  nock(ORIGIN).get(`${EVENTS}/deletes`).query(true).reply(200, []).persist();
  nock(ORIGIN)
    .get(EVENTS)
    .query(true)
    .reply((uri) => {
      const query = new URL(uri, ORIGIN).searchParams;
      const of = (name: string, otherwise: number) => Number(query.get(name) ?? otherwise);
      const rows = Object.entries(versions)
        .filter(([, at]) => at >= of('minChangeVersion', 0) && at <= of('maxChangeVersion', Infinity))
        .map(([id]) => event(id));
      const answer = [
        200,
        rows.slice(of('offset', 0), of('offset', 0) + 2),
        { 'Total-Count': `${rows.length}` },
      ];
      served.afterPage?.();
      return answer;
    })
    .persist();
  return { versions, served };
}

const idsOf = (records: readonly AbsenceRowRecord[]) => records.map(({ sourcedId }) => sourcedId).sort();

describe('changes', () => {
  test('are read deletes first, and end where the next begin', async () => {
    const asked = serveHost({
      events: [event('new', { eventDate: '2026-09-15' })],
      deletes: [
        {
          id: 'old',
          changeVersion: 44,
          keyValues: { schoolId: 101, studentUniqueId: '7100004', eventDate: '2026-09-15' },
        },
      ],
      versions: { oldest: 1, newest: 50 },
    });
    const { records, edFi } = await readAll(source(), '40 2026-09-14T08:00:00.000Z');
    expect(records.map(({ sourcedId, deleted }) => [sourcedId, deleted])).toEqual([
      ['old', true],
      ['new', false],
    ]);
    expect(asked[0]?.get('minChangeVersion')).toBe('41');
    expect(edFi.completeness().cursor).toBe('50 2026-09-15T09:00:00.000Z');
  });

  test('are told by the id of a deleted event alone', async () => {
    serveHost({ deletes: [{ id: 'old', changeVersion: 44 }], versions: { oldest: 1, newest: 50 } });
    expect((await readAll(source(), '40')).records).toEqual([{ sourcedId: 'old', deleted: true }]);
  });

  test('reach back behind the last read, since what commits late has an older version', async () => {
    const asked = serveHost({ versions: { oldest: 1, newest: 50 } });
    await readAll(source({ overlapVersions: 10 }), '40');
    await readAll(source({ overlapVersions: 1_000 }), '40');
    expect(asked.map((query) => query.get('minChangeVersion'))).toEqual(['31', '1']);
  });

  test('that are made while they are read hide no other row', async () => {
    const { versions, served } = changingHost({ e1: 1, e2: 2, e3: 3, e4: 4, e5: 5 });
    served.afterPage = () => {
      versions.e1 = 9;
    };
    const { records, edFi } = await readAll(source(), '0');
    expect(idsOf(records)).toEqual(['e1', 'e2', 'e3', 'e4', 'e5']);
    expect(edFi.completeness().cursor).toMatch(/^5 /);
  });

  test('are read again when an event is deleted meanwhile, which moves the others up', async () => {
    const { versions, served } = changingHost({ e1: 1, e2: 2, e3: 3, e4: 4, e5: 5 });
    served.afterPage = () => {
      delete versions.e1;
    };
    expect(idsOf((await readAll()).records)).toEqual(['e1', 'e2', 'e3', 'e4', 'e5']);
  });

  test.each([
    ['has forgotten', { oldest: 60, newest: 80 }],
    ['does not have yet, since it was set up anew', { oldest: 0, newest: 12 }],
  ])('that the host %s need a full read', async (_name, versions) => {
    serveHost({ versions });
    expect(await failureOf(readAll(source(), '40'))).toMatchObject({ kind: 'no-changes' });
  });

  test('are not asked for where they are off or not offered', async () => {
    const asked = serveHost({ events: [event('e1')] });
    const { edFi } = await readAll(source({ changeQueries: 'off' }));
    expect(edFi.capabilities().deltas).toBe(false);
    expect(asked[0]?.has('minChangeVersion')).toBe(false);
  });
});

describe('how fresh the absences are', () => {
  const versions = { oldest: 0, newest: 50 };
  const servedAt = (date: string) => () =>
    [200, [], { Date: date }] as [number, unknown, Record<string, string>];

  test('is told by an answer without rows, too', async () => {
    serveHost({ versions, answer: servedAt('Tue, 15 Sep 2026 03:00:00 GMT') });
    const { edFi } = await readAll(source());
    expect(edFi.completeness()).toMatchObject({
      asOf: '2026-09-15T03:00:00.000Z',
      cursor: '50 2026-09-15T03:00:00.000Z',
    });
  });

  test('goes by our own clock where the host tells no time', async () => {
    serveHost({ events: [event('e1')] });
    expect((await readAll()).edFi.completeness().asOf).toBe(NOW.toISOString());
  });

  test.each([
    ['a weekend without changes says nothing', '2026-09-11T22:00:00.000Z', '2026-09-15T09:00:00.000Z'],
    [
      'after that they are as old as the newest change',
      '2026-08-28T22:00:00.000Z',
      '2026-08-28T22:00:00.000Z',
    ],
  ])('%s', async (_name, moved, asOf) => {
    serveHost({ versions });
    for (const after of [`50 ${moved}`, null]) {
      const { edFi } = await readAll(source(), after, `50 ${moved}`);
      expect(edFi.completeness()).toMatchObject({ asOf, cursor: `50 ${moved}` });
    }
  });

  test('counts from anew when something has come', async () => {
    serveHost({ versions });
    const { edFi } = await readAll(source(), '49 2026-08-28T22:00:00.000Z');
    expect(edFi.completeness()).toMatchObject({ asOf: NOW.toISOString() });
  });
});
