import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { type FaultName, faultCatalogue } from '../../src/demo/faults/catalogue.ts';
import type { districtFaults } from '../../src/demo/faults/district-faults.ts';
import type { edFiFaults } from '../../src/demo/faults/ed-fi-faults.ts';
import type { fileFaults } from '../../src/demo/faults/file-faults.ts';
import type { FaultScope } from '../../src/demo/faults/switchboard.ts';
import { type SimulatedSis, startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { type Answer, connectTo, newToken, requestToken } from './sis-client.ts';

const district = buildDistrict({
  seed: 'faults',
  schools: 3,
  students: 60,
  schoolYear: 2027,
  timeZone: 'America/Denver',
});
let sis: SimulatedSis;

beforeAll(async () => {
  sis = await startSimulatedSis({ district, today: () => schoolDate('2026-11-20') });
});
afterEach(() => {
  for (const name of sis.faults.active()) sis.faults.turnOff(name);
});
afterAll(() => sis.close());

/** These have tests of their own beside this one. */
type EdFiFault = keyof typeof edFiFaults;
type FileFault = keyof typeof fileFaults;
type DistrictFault = keyof typeof districtFaults;

const list = (answer: Answer) => Object.values(answer.json ?? {})[0] as Record<string, never>[];

describe('each fault shows, and is gone when it is turned off', () => {
  const cases: Record<
    Exclude<
      FaultName,
      'stalled-body' | 'token-revoked' | 'odd-expiry' | 'no-expiry' | EdFiFault | FileFault | DistrictFault
    >,
    [string, Record<string, string>, (faulty: Answer, sound: Answer) => boolean]
  > = {
    'rate-limited': [
      'students',
      {},
      (f) => f.status === 429 && f.headers.get('retry-after') === '1' && f.text.startsWith('<!DOCTYPE html>'),
    ],
    'bad-gateway': ['students', {}, (f) => f.status === 502 && f.json === null],
    'gateway-timeout': ['students', {}, (f) => f.status === 504 && f.json === null],
    'html-with-200': [
      'students',
      {},
      (f) => f.status === 200 && f.headers.get('content-type') === 'text/html; charset=utf-8',
    ],
    'empty-body': ['students', {}, (f) => f.status === 200 && f.text === ''],
    'truncated-json': [
      'students',
      {},
      (f, s) => f.status === 200 && f.json === null && s.text.startsWith(f.text),
    ],
    'dripping-body': ['schools', { limit: '1' }, (f, s) => length(f) === 0 && f.text === s.text],
    'byte-order-mark': ['students', { limit: '1' }, (f, s) => length(f) === length(s) + 3],
    'demographics-forbidden': ['demographics', {}, (f) => f.status === 403],
    'scope-left-out': ['demographics', {}, (f) => f.status === 403],
    'no-guardians-endpoint': ['guardians', {}, (f) => f.status === 404],
    'attendance-not-found': ['attendances', {}, (f) => f.status === 404],
    'attendance-forbidden': ['attendanceCodes', {}, (f) => f.status === 403],
    'attendance-not-implemented': ['attendances', {}, (f) => f.status === 501],
    'no-total-count': ['students', {}, (f) => f.headers.get('x-total-count') === null],
    'wrong-total-count': [
      'students',
      {},
      (f, s) => Number(f.headers.get('x-total-count')) === Number(s.headers.get('x-total-count')) + 3,
    ],
    'no-link': [
      'students',
      { limit: '10' },
      (f, s) => f.headers.get('link') === null && s.headers.get('link') !== null,
    ],
    'clamped-limit': ['students', { limit: '50' }, (f) => list(f).length === 25],
    'rows-shift': [
      'students',
      { limit: '10', offset: '10' },
      (f, s) => list(f)[1]?.sourcedId === list(s)[0]?.sourcedId,
    ],
    'sort-refused': ['students', { sort: 'sourcedId' }, (f) => f.status === 400],
    'no-delta-filter': [
      'students',
      { filter: "dateLastModified>'2026-09-01T00:00:00.000Z'" },
      (f, s) => f.status === 400 && s.status === 200,
    ],
    'tombstone-flood': [
      'attendances',
      { limit: '30' },
      (f) => list(f).filter((row) => row.status === 'tobedeleted').length >= 10,
    ],
    'duplicate-ids': [
      'attendances',
      { limit: '2' },
      (f) => list(f)[0]?.sourcedId === list(f)[1]?.sourcedId && list(f)[0]?.excuse !== list(f)[1]?.excuse,
    ],
    'year-vanished': [
      'academicSessions',
      {},
      (f, s) => !list(f).some((row) => list(s).some((other) => other.schoolYear === row.schoolYear)),
    ],
    'link-loop': [
      'students',
      { limit: '10', offset: '10' },
      (f) => f.headers.get('link')?.includes('offset=0') ?? false,
    ],
    'cross-origin-link': [
      'students',
      { limit: '10' },
      (f) => f.headers.get('link')?.startsWith('<http://collector.test/') ?? false,
    ],
    'empty-200': ['students', {}, (f) => f.status === 200 && list(f).length === 0],
    'missing-envelope-key': ['students', {}, (f) => f.json.users === undefined],
    'school-for-org': ['schools', {}, (f) => f.json.school.length === 3],
    'one-school-missing': ['schools', {}, (f) => list(f).length === 2],
    'school-without-absences': [
      'attendances',
      { limit: '50000' },
      (f, s) => schoolsOf(f).size === schoolsOf(s).size - 1,
    ],
    'vanished-rows': [
      'students',
      {},
      (f, s) => list(f).length === list(s).length - Math.floor(list(s).length / 10),
    ],
    'forgotten-tombstones': [
      'attendances',
      { limit: '50000' },
      (f, s) => tombstones(f) === 0 && tombstones(s) > 0,
    ],
    'missing-status': ['students', { limit: '1' }, (f) => !('status' in (list(f)[0] ?? {}))],
    'odd-scalars': ['students', { limit: '1' }, (f) => list(f)[0]?.enabledUser === true],
    'object-for-list': ['students', { limit: '1' }, (f) => !Array.isArray(list(f)[0]?.grades)],
    'role-case': ['students', { limit: '1' }, (f) => f.text.includes('"STUDENT"')],
    'agents-on-students-only': ['guardians', { limit: '1' }, (f) => list(f)[0]?.agents === undefined],
    'agents-on-guardians-only': ['students', { limit: '1' }, (f) => list(f)[0]?.agents === undefined],
    'no-agents': ['users', {}, (f) => !f.text.includes('"agents"')],
    'dangling-agents': [
      'students',
      { limit: '1' },
      (f) => f.text.includes('00000000-0000-4000-8000-000000000000'),
    ],
    'changed-sourced-ids': [
      'attendances',
      { limit: '1' },
      (f) => f.json.attendances[0].student.sourcedId.startsWith('new-'),
    ],
    rollover: [
      'academicSessions',
      {},
      (f) => f.json.academicSessions.some((session: { schoolYear: string }) => session.schoolYear === '2028'),
    ],
  };

  test.each(Object.entries(cases))('%s', async (name, [path, parameters, shows]) => {
    const get = await connectTo(sis);
    const sound = await get(path, parameters);
    sis.faults.turnOn(name as FaultName);
    const faulty = await get(path, parameters);
    expect(shows(faulty, sound)).toBe(true);
    sis.faults.turnOff(name as FaultName);
    expect(await get(path, parameters)).toMatchObject({ status: sound.status, text: sound.text });
  });

  test('token-revoked: 401 after three calls, and a new token helps', async () => {
    sis.faults.turnOn('token-revoked');
    const get = await connectTo(sis);
    const statuses: number[] = [];
    for (let call = 0; call < 4; call++) statuses.push((await get('students', { limit: '1' })).status);
    expect(statuses).toEqual([200, 200, 200, 401]);
    expect((await (await connectTo(sis))('students')).status).toBe(200);
  });

  test.each([
    ['odd-expiry', '3600'],
    ['no-expiry', undefined],
  ] as const)('%s', async (name, expiry) => {
    sis.faults.turnOn(name);
    const form = {
      grant_type: 'client_credentials',
      client_id: sis.clientId,
      client_secret: sis.clientSecret,
    };
    expect((await requestToken(sis, form)).json.expires_in).toBe(expiry);
  });

  test('stalled-body: half comes, the rest never does', async () => {
    sis.faults.turnOn('stalled-body');
    const token = await newToken(sis);
    const giveUp = new AbortController();
    const answer = await fetch(`${sis.baseUrl}/schools`, {
      headers: { Authorization: `Bearer ${token}` },
      signal: giveUp.signal,
    });
    const reader = answer.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(50);
    const rest = reader?.read();
    giveUp.abort();
    await expect(rest).rejects.toThrow();
  });
});

describe('a fault can be narrowed', () => {
  const statusesWith = async (scope: FaultScope) => {
    sis.faults.turnOn('bad-gateway', scope);
    const get = await connectTo(sis);
    const statuses: number[] = [];
    for (const path of ['students', 'students', 'students', 'schools'])
      statuses.push((await get(path)).status);
    return statuses;
  };

  test('to some collections', async () =>
    expect(await statusesWith({ collections: ['schools'] })).toEqual([200, 200, 200, 502]));
  test('to some answers', async () => expect(await statusesWith({ times: 2 })).toEqual([502, 502, 200, 200]));
  test('to both', async () =>
    expect(await statusesWith({ collections: ['schools'], times: 1 })).toEqual([200, 200, 200, 502]));

  test('and is only spent when it shows', async () => {
    sis.faults.turnOn('demographics-forbidden', { times: 1 });
    const get = await connectTo(sis);
    expect((await get('students')).status).toBe(200);
    expect((await get('demographics')).status).toBe(403);
    expect(sis.faults.active()).toEqual([]);
  });
});

test('every fault says what it does', () => {
  for (const { description } of Object.values(faultCatalogue)) expect(description).toMatch(/\.$/);
});

/** As the server announces it; nothing is announced for a body that comes bit by bit. */
function length(answer: Answer): number {
  return Number(answer.headers.get('content-length') ?? 0);
}

function schoolsOf(answer: Answer): Set<string> {
  return new Set(
    list(answer).map((row) => (row.school as { sourcedId: string } | undefined)?.sourcedId ?? ''),
  );
}

function tombstones(answer: Answer): number {
  return list(answer).filter((row) => row.status === 'tobedeleted').length;
}
