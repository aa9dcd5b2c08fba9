import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import type { FaultName } from '../../src/demo/faults/catalogue.ts';
import type { edFiFaults } from '../../src/demo/faults/ed-fi-faults.ts';
import { type SimulatedSis, startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { type Answer, connectTo, newToken } from './sis-client.ts';

const district = buildDistrict({
  seed: 'faults',
  schools: 2,
  students: 60,
  schoolYear: 2027,
  timeZone: 'America/Denver',
});
const EVENTS = 'edfi/data/v3/ed-fi/studentSchoolAttendanceEvents';
const DELETES = `${EVENTS}/deletes`;
const VERSIONS = 'edfi/changeQueries/v1/availableChangeVersions';

let sis: SimulatedSis;
beforeAll(async () => {
  sis = await startSimulatedSis({ district, today: () => schoolDate('2026-11-20') });
});
afterEach(() => {
  for (const name of sis.faults.active()) sis.faults.turnOff(name);
});
afterAll(() => sis.close());

const cases: Record<
  Exclude<keyof typeof edFiFaults, 'ed-fi-stalled' | 'ed-fi-token-expired'>,
  [string, (faulty: Answer, sound: Answer) => boolean]
> = {
  'ed-fi-rate-limited': [EVENTS, (f) => f.status === 429 && f.text.startsWith('<!DOCTYPE html>')],
  'ed-fi-bad-gateway': [EVENTS, (f) => f.status === 502 && f.json === null],
  'ed-fi-cut-off': [EVENTS, (f, s) => f.json === null && s.text.startsWith(f.text)],
  'ed-fi-html': [EVENTS, (f) => f.status === 200 && f.text.startsWith('<!DOCTYPE html>')],
  'ed-fi-forbidden': [EVENTS, (f) => f.status === 403],
  'ed-fi-not-found': [EVENTS, (f) => f.status === 404],
  'ed-fi-no-total-count': [EVENTS, (f, s) => total(f) === null && total(s) !== null],
  'ed-fi-wrong-total-count': [EVENTS, (f, s) => Number(total(f)) === Number(total(s)) + 3],
  'ed-fi-no-list': [EVENTS, (f) => !Array.isArray(f.json)],
  'ed-fi-empty': [EVENTS, (f, s) => f.json.length === 0 && s.json.length > 0],
  'ed-fi-events-missing': [
    EVENTS,
    (f, s) => Number(total(f)) === Number(total(s)) - Math.floor(Number(total(s)) / 4),
  ],
  'ed-fi-unknown-descriptor': [EVENTS, (f, s) => awaiting(f) === 3 && awaiting(s) === 0],
  'ed-fi-no-change-queries': [VERSIONS, (f) => f.status === 404],
  'ed-fi-no-deletes': [DELETES, (f, s) => f.status === 404 && s.status === 200],
  'ed-fi-changes-gone': [VERSIONS, (f, s) => f.json.oldestChangeVersion > s.json.newestChangeVersion],
  'ed-fi-restored-backup': [VERSIONS, (f, s) => f.json.newestChangeVersion < s.json.newestChangeVersion],
};

test.each(Object.entries(cases))(
  '%s shows, and is gone when it is turned off',
  async (name, [path, shows]) => {
    const get = await connectTo(sis);
    const parameters: Record<string, string> = { totalCount: 'true' };
    const sound = await get(path, parameters);
    sis.faults.turnOn(name as FaultName);
    expect(shows(await get(path, parameters), sound)).toBe(true);
    sis.faults.turnOff(name as FaultName);
    expect(await get(path, parameters)).toMatchObject({ status: sound.status, text: sound.text });
  },
);

test('ed-fi-token-expired: 401 after three calls, and a new token helps', async () => {
  sis.faults.turnOn('ed-fi-token-expired');
  const get = await connectTo(sis);
  const statuses: number[] = [];
  for (let call = 0; call < 4; call++) statuses.push((await get(EVENTS)).status);
  expect(statuses).toEqual([200, 200, 200, 401]);
  expect((await (await connectTo(sis))(EVENTS)).status).toBe(200);
});

test('ed-fi-stalled: half comes, the rest never does', async () => {
  sis.faults.turnOn('ed-fi-stalled');
  const giveUp = new AbortController();
  const answer = await fetch(`${sis.edFi.baseUrl}/ed-fi/studentSchoolAttendanceEvents`, {
    headers: { Authorization: `Bearer ${await newToken(sis)}` },
    signal: giveUp.signal,
  });
  const reader = answer.body?.getReader();
  expect((await reader?.read())?.value?.length).toBeGreaterThan(50);
  const rest = reader?.read();
  giveUp.abort();
  await expect(rest).rejects.toThrow();
});

test('a fault of the Ed-Fi host leaves OneRoster alone, and the other way round', async () => {
  sis.faults.turnOn('ed-fi-bad-gateway');
  const get = await connectTo(sis);
  expect((await get('students')).status).toBe(200);
  sis.faults.turnOff('ed-fi-bad-gateway');
  sis.faults.turnOn('bad-gateway');
  expect((await get(EVENTS)).status).toBe(200);
});

function total(answer: Answer): string | null {
  return answer.headers.get('total-count');
}

function awaiting(answer: Answer): number {
  return answer.text.split('#Awaiting Review').length - 1;
}
