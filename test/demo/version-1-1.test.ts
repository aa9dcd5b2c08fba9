import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { type SimulatedSis, startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { newToken } from './sis-client.ts';
import * as shapes from './wire-shapes-1-1.ts';

const district = buildDistrict({
  seed: 'server',
  schools: 3,
  students: 160,
  schoolYear: 2027,
  timeZone: 'America/Denver',
});
let sis: SimulatedSis;
let token: string;

beforeAll(async () => {
  sis = await startSimulatedSis({ district, today: () => schoolDate('2026-11-20') });
  token = await newToken(sis);
});
afterAll(() => sis.close());

async function get(address: string): Promise<Record<string, unknown>> {
  const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>;
}

async function rowsOf<T extends z.ZodType>(path: string, key: string, shape: T): Promise<z.infer<T>[]> {
  const body = await get(`${sis.baseUrlV1p1}/${path}?limit=50000`);
  return z.strictObject({ [key]: z.array(shape) }).parse(body)[key] ?? [];
}

test.each([
  ['students', 'users', shapes.user, 100],
  ['guardians', 'users', shapes.user, 150],
  ['users', 'users', shapes.user, 300],
  ['orgs', 'orgs', shapes.organisation, 4],
  ['schools', 'orgs', shapes.organisation, 3],
  ['academicSessions', 'academicSessions', shapes.academicSession, 4],
  ['demographics', 'demographics', shapes.demographics, 300],
  ['enrollments', 'enrollments', shapes.enrollment, 100],
  ['classes', 'classes', shapes.schoolClass, 15],
  ['courses', 'courses', shapes.course, 3],
])('%s have the shape of OneRoster 1.1', async (path, key, shape, least) => {
  const rows = await rowsOf(path, key, shape as z.ZodType<{ sourcedId: string }>);
  expect(rows.length).toBeGreaterThanOrEqual(least);
  const ids = rows.map(({ sourcedId }) => sourcedId);
  expect(ids).toEqual([...new Set(ids)].sort());
});

test('people have the ids of Infinite Campus before the upgrade, wherever they are named', async () => {
  const users = await rowsOf('users', 'users', shapes.user);
  const known = new Set(users.map(({ sourcedId }) => sourcedId));
  for (const { sourcedId, role, agents } of users) {
    const letter = role === 'student' ? 's' : ['guardian', 'parent', 'relative'].includes(role) ? 'g' : 't';
    expect(sourcedId).toMatch(new RegExp(`^${letter}\\d+$`));
    for (const agent of agents ?? []) expect(known).toContain(agent.sourcedId);
  }
  for (const { user } of await rowsOf('enrollments', 'enrollments', shapes.enrollment)) {
    expect(known).toContain(user.sourcedId);
  }
});

test('guardians say in their metadata what the standard has no field for', async () => {
  for (const { metadata } of await rowsOf('guardians', 'users', shapes.user)) {
    shapes.guardianMetadata.parse(metadata);
  }
});

test('references lead to the entity', async () => {
  const [student] = await rowsOf('students', 'users', shapes.user);
  const { user } = await get(student?.agents?.[0]?.href ?? '');
  expect(shapes.user.parse(user).sourcedId).toBe(student?.agents?.[0]?.sourcedId);
});
