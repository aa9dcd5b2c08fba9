import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { type SimulatedSis, startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { addDays, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import { connectTo, newToken, requestToken } from './sis-client.ts';
import * as shapes from './wire-shapes.ts';

const district = buildDistrict({
  seed: 'server',
  schools: 3,
  students: 160,
  schoolYear: 2027,
  timeZone: 'America/Denver',
});
const november = schoolDate('2026-11-20');
let today: SchoolDate | Date = november;
let sis: SimulatedSis;
let get: Awaited<ReturnType<typeof connectTo>>;

beforeAll(async () => {
  sis = await startSimulatedSis({ district, today: () => today });
  get = await connectTo(sis);
});
afterAll(() => sis.close());

describe('every collection has the shape of its specification', () => {
  test.each([
    ['students', 'users', shapes.user, 100],
    ['guardians', 'users', shapes.user, 150],
    ['users', 'users', shapes.user, 300],
    ['administrators', 'users', shapes.user, 4],
    ['orgs', 'orgs', shapes.org, 4],
    ['schools', 'orgs', shapes.org, 3],
    ['districts', 'orgs', shapes.org, 1],
    ['academicSessions', 'academicSessions', shapes.academicSession, 4],
    ['terms', 'academicSessions', shapes.academicSession, 2],
    ['demographics', 'demographics', shapes.demographics, 300],
    ['enrollments', 'enrollments', shapes.enrollment, 100],
    ['classes', 'classes', shapes.schoolClass, 15],
    ['courses', 'courses', shapes.course, 3],
    ['attendances', 'attendances', shapes.attendance, 300],
    ['attendanceCodes', 'attendanceCodes', shapes.attendanceCode, 39],
  ])('%s', async (path, key, shape, least) => {
    const { status, json, headers } = await get(path, { limit: '50000' });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    const rows = z.strictObject({ [key]: z.array(shape as z.ZodType) }).parse(json)[key] ?? [];
    expect(rows.length).toBeGreaterThanOrEqual(least);
    expect(headers.get('x-total-count')).toBe(String(rows.length));
    const ids = rows.map((row) => (row as { sourcedId: string }).sourcedId);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  test.each(['teachers', 'gradingPeriods'])('%s is empty and well formed', async (path) => {
    const { status, json } = await get(path);
    expect(status).toBe(200);
    expect(Object.values(json)).toEqual([[]]);
  });

  test('guardians say in their metadata what the standard has no field for', async () => {
    const { json } = await get('guardians', { limit: '1000' });
    for (const guardian of json.users) shapes.guardianMetadata.parse(guardian.metadata);
  });

  test('students and guardians name each other', async () => {
    const { json } = await get('users', { limit: '5000' });
    const agents = new Map<string, string[]>(
      json.users.map((user: { sourcedId: string; agents?: { sourcedId: string }[] }) => [
        user.sourcedId,
        (user.agents ?? []).map((agent) => agent.sourcedId),
      ]),
    );
    const links = [...agents].flatMap(([user, others]) => others.map((other) => [user, other] as const));
    expect(links.length).toBeGreaterThan(400);
    const oneSided = links.filter(([user, other]) => agents.has(other) && !agents.get(other)?.includes(user));
    expect(oneSided).toEqual([]);
  });

  test('references lead to the entity', async () => {
    const student = (await get('students', { limit: '1' })).json.users[0];
    const answer = await fetch(student.agents[0].href, {
      headers: { Authorization: `Bearer ${await newToken(sis)}` },
    });
    shapes.user.parse(((await answer.json()) as { user: unknown }).user);
    const row = (await get('attendances', { limit: '1' })).json.attendances[0];
    shapes.attendance.parse((await get(`attendances/${row.sourcedId}`)).json.attendance);
  });
});

describe('paging', () => {
  test('brings every row once, by Link and by offset', async () => {
    const whole = (await get('students', { limit: '5000' })).json.users.map(
      (row: { sourcedId: string }) => row.sourcedId,
    );
    const token = await newToken(sis);
    const found: string[] = [];
    let next: string | undefined = `${sis.baseUrl}/students?limit=37`;
    while (next !== undefined) {
      const page: Response = await fetch(next, { headers: { Authorization: `Bearer ${token}` } });
      const { users } = (await page.json()) as { users: { sourcedId: string }[] };
      found.push(...users.map((row) => row.sourcedId));
      next = /<(.+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
    }
    expect(found).toEqual(whole);
    const middle = await get('students', { limit: '5', offset: '40' });
    expect(middle.json.users.map((row: { sourcedId: string }) => row.sourcedId)).toEqual(whole.slice(40, 45));
  });

  test('has a hundred rows on a page unless asked otherwise', async () => {
    expect((await get('students')).json.users).toHaveLength(100);
  });

  test('past the end is an empty page', async () => {
    const { json, headers } = await get('students', { offset: '100000' });
    expect(json).toEqual({ users: [] });
    expect(headers.get('link')).toBeNull();
  });

  test('sorts by any field, either way', async () => {
    const { json } = await get('students', { sort: 'familyName', orderBy: 'desc', limit: '1000' });
    const names = json.users.map((row: { familyName: string }) => row.familyName);
    expect(names).toEqual([...names].sort().reverse());
  });

  test('gives the fields that were asked for', async () => {
    const { json } = await get('students', { fields: 'givenName,grades', limit: '1' });
    expect(Object.keys(json.users[0]).sort()).toEqual(['givenName', 'grades', 'sourcedId']);
  });
});

describe('filters', () => {
  const dates = async (filter: string) =>
    (await get('attendances', { filter, limit: '5000' })).json.attendances.map(
      (row: { date: string }) => row.date,
    );

  test.each([
    ["date='2026-10-14'", (date: string) => date === '2026-10-14'],
    ["date!='2026-10-14'", (date: string) => date !== '2026-10-14'],
    [
      "date>='2026-10-12' AND date<='2026-10-14'",
      (date: string) => date >= '2026-10-12' && date <= '2026-10-14',
    ],
    ["date>'2026-11-01'", (date: string) => date > '2026-11-01'],
    ["date<'2026-09-01' OR date>'2026-11-01'", (date: string) => date < '2026-09-01' || date > '2026-11-01'],
    ["date~'2026-09'", (date: string) => date.startsWith('2026-09')],
  ])('%s', async (filter, holds) => {
    const all = await dates("date>='2026-01-01'");
    const found = await dates(filter);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(all.filter(holds));
  });

  test('look into references and lists', async () => {
    const school = district.schools[0]?.sourcedId ?? '';
    const { json } = await get('attendances', { filter: `school.sourcedId='${school}'`, limit: '1' });
    expect(json.attendances[0].school.sourcedId).toBe(school);
    const { headers } = await get('users', { filter: "roles.role='student'" });
    expect(headers.get('x-total-count')).toBe((await get('students')).headers.get('x-total-count'));
  });

  test('by dateLastModified give what changed since, tombstones included', async () => {
    const since = new Date('2026-11-13T12:00:00Z').toISOString();
    const { json } = await get('attendances', { filter: `dateLastModified>'${since}'`, limit: '5000' });
    expect(json.attendances.length).toBeGreaterThan(0);
    for (const row of json.attendances) expect(row.dateLastModified > since).toBe(true);
    expect(json.attendances.some((row: { date: string }) => row.date < '2026-11-13')).toBe(true);
  });
});

describe('time', () => {
  const seen = async (on: SchoolDate | Date) => {
    today = on;
    const { json } = await get('attendances', { limit: '50000' });
    today = november;
    return json.attendances as {
      sourcedId: string;
      date: string;
      status: string;
      dateLastModified: string;
    }[];
  };

  test('a date stands for its end, an instant for itself', async () => {
    const morning = await seen(new Date('2026-11-19T12:00:00Z'));
    const night = await seen(schoolDate('2026-11-19'));
    const sameDay = (rows: typeof night) => rows.filter(({ date }) => date === '2026-11-19').length;
    expect(sameDay(morning)).toBeLessThan(sameDay(night));
  });

  test('nothing is modified later than now', async () => {
    const night = await seen(november);
    const end = new Date(Date.parse(`${addDays(november, 1)}T07:00:00Z`)).toISOString();
    expect(night.filter(({ dateLastModified }) => dateLastModified >= end)).toEqual([]);
  });

  test('rows are deleted with a tombstone, and some just vanish', async () => {
    const before = await seen(schoolDate('2026-10-20'));
    const after = new Map((await seen(november)).map((row) => [row.sourcedId, row]));
    const fates = before
      .filter(({ status }) => status === 'active')
      .map(({ sourcedId }) => after.get(sourcedId)?.status);
    expect(fates).toContain('tobedeleted');
    expect(fates).toContain(undefined);
  });

  test('the server dates its answers by the simulated clock', async () => {
    const { headers } = await get('orgs');
    expect(headers.get('date')).toBe('Sat, 21 Nov 2026 06:59:59 GMT');
  });
});

describe('what is refused', () => {
  test.each([
    ['a limit of nothing', 'students', { limit: '0' }],
    ['a limit that is no number', 'students', { limit: 'all' }],
    ['a negative offset', 'students', { offset: '-1' }],
    ['an unknown field to sort by', 'students', { sort: 'shoeSize' }],
    ['another order', 'students', { orderBy: 'random' }],
    ['a filter without quotes', 'students', { filter: 'status=active' }],
    ['three clauses', 'attendances', { filter: "date>'1' AND date>'2' AND date>'3'" }],
    ['a filter by an unknown field', 'students', { filter: "shoeSize='9'" }],
    ['an unknown field', 'students', { fields: 'shoeSize' }],
  ])('%s: 400', async (_, path, parameters) => {
    const { status, json } = await get(path, parameters as unknown as Record<string, string>);
    expect(status).toBe(400);
    shapes.imsxError.parse(json);
  });

  test.each(['lineItems', 'students/nobody', 'students/a/b', 'attendances/nothing'])(
    '%s: 404',
    async (path) => {
      const { status, json } = await get(path);
      expect(status).toBe(404);
      shapes.imsxError.parse(json);
    },
  );

  test('a call without a token: 401', async () => {
    const answer = await fetch(`${sis.baseUrl}/students`);
    expect(answer.status).toBe(401);
    shapes.imsxError.parse(await answer.json());
  });

  test('what the scope of the token does not open: 403', async () => {
    const roster = await connectTo(sis, sis.scopes.rosterCore);
    expect((await roster('students')).status).toBe(200);
    for (const path of ['demographics', 'attendances']) {
      const { status, json } = await roster(path);
      expect(status).toBe(403);
      shapes.imsxError.parse(json);
    }
  });
});

describe('tokens', () => {
  const form = { grant_type: 'client_credentials' };
  const basic = (id: string, secret: string) => ({
    Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  });

  test('are given for credentials in the header, with everything the client asked for', async () => {
    const { status, json } = await requestToken(
      sis,
      { ...form, scope: sis.scopes.roster },
      basic(sis.clientId, sis.clientSecret),
    );
    expect(status).toBe(200);
    expect(json).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 3600,
      scope: sis.scopes.roster,
    });
  });

  test.each([
    ['a wrong secret', form, basic('rollcall-demo', 'wrong'), 401, 'invalid_client'],
    ['no credentials', form, {}, 401, 'invalid_client'],
    ['an unknown scope', { ...form, scope: 'everything' }, null, 400, 'invalid_scope'],
    ['another grant', { grant_type: 'password' }, null, 400, 'unsupported_grant_type'],
  ])('are refused for %s', async (_, body, headers, status, error) => {
    const answer = await requestToken(
      sis,
      body as Record<string, string>,
      headers ?? basic(sis.clientId, sis.clientSecret),
    );
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({ error });
  });
});
