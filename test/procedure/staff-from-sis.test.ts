import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import type { StaffRecord } from '../../src/domain/sis-records.ts';
import { refreshStaff } from '../../src/procedure/staff-directory.ts';
import { type StaffSyncOutcome, syncStaff } from '../../src/procedure/sync-staff.ts';
import { openRosterSource } from '../../src/sis/oneroster/roster-source.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { metadataNames, sourcesOf } from '../support/sis-records.ts';

const PAT = 'pat.reed@cedar-valley.test';
let office: PagesOffice;

beforeAll(async () => {
  office = await openPagesOffice({
    district: (text) =>
      `${text}\nstaffFromSis:\n  roles: { Principal: administrator, counselor: counselor, ext:homeroom: teacher }\n  emailDomains: [cedar-valley.test]\n  trustDays: 3\n`,
  });
  office.absent(['2026-08-24', '2026-08-25', '2026-08-26', '2026-08-27']);
  await office.day('2026-09-01');
});
afterAll(() => office.close());

function aPrincipal(changes: Partial<StaffRecord> = {}): StaffRecord {
  return {
    sourcedId: 'pat',
    active: true,
    givenName: 'Pat',
    familyName: 'Reed',
    email: PAT,
    roles: [{ role: 'principal', schoolSourcedId: office.school, begins: null, ends: null }],
    ...changes,
  };
}

async function read(staff: StaffRecord[]): Promise<StaffSyncOutcome> {
  office.sis.staff = staff;
  const { db, config } = office;
  const { roster } = sourcesOf(office.sis);
  const outcome = await syncStaff({ db, config, roster }, { whole: true }, office.moment());
  await refreshStaff(db, config, office.moment());
  return outcome;
}

const crowd = () =>
  Array.from({ length: 30 }, (_, index) =>
    aPrincipal({ sourcedId: `t${index}`, email: `teacher${index}@cedar-valley.test` }),
  );
const setIn = (out: string) => /rollcall staff accept ([0-9a-f]{12}) /.exec(out)?.[1] ?? '';
const accept = (set: string) => office.rollcall('staff', 'accept', set, '--by', 'Ira');
const roleOf = (email: string) =>
  office.config.staff.filter((one) => one.email === email).map(({ role }) => role);

describe('staff by the SIS', () => {
  test('signs in, sees the file, and is out as soon as the SIS no longer has the person', async () => {
    expect(await read([aPrincipal()])).toEqual({ kind: 'taken', people: 1, lost: 0 });
    expect(roleOf(PAT)).toEqual(['administrator']);
    const visitor = await office.signedIn(PAT);
    expect((await visitor.get('/files')).text).toContain('Quillon');
    const link = new URL(await office.link(PAT, '/files')).pathname;
    expect(await read([])).toEqual({ kind: 'taken', people: 0, lost: 1 });
    expect(roleOf(PAT)).toEqual([]);
    office.at('2026-09-01', '09:05');
    expect((await visitor.get('/files')).location).toBe('/sign-in?to=%2Ffiles');
    expect((await office.visitor().get(link)).text).not.toContain('<form');
    const revoked = await office.db
      .selectFrom('audit_event')
      .select(['actor_kind', 'detail'])
      .where('action', '=', 'sessions-revoked')
      .execute();
    expect(revoked).toEqual([
      { actor_kind: 'system', detail: { person: PAT, sessions: 1, devices: 1, links: 2 } },
    ]);
  });

  test('does not take a role that the configuration has given to somebody', async () => {
    const clerk = office.config.staff.find(({ role }) => role === 'attendance-clerk')?.email ?? '';
    await read([aPrincipal({ email: clerk })]);
    expect(roleOf(clerk)).toEqual(['attendance-clerk']);
  });

  test('is a teacher with a role that the configuration names, sees own tasks and no file', async () => {
    const roles = ['teacher', 'ext:homeroom'].map((role) => ({
      role,
      schoolSourcedId: office.school,
      begins: null,
      ends: null,
    }));
    await read([aPrincipal({ roles: roles.slice(0, 1) })]);
    expect(roleOf(PAT)).toEqual([]);
    await read([aPrincipal({ roles })]);
    expect(roleOf(PAT)).toEqual(['teacher']);
    const visitor = await office.signedIn(PAT);
    expect((await visitor.get('/tasks')).status).toBe(200);
    expect((await visitor.get('/files')).status).toBe(403);
  });

  test('loses what the SIS said when it was not read for too long', async () => {
    office.at('2026-09-02');
    await read([aPrincipal()]);
    office.at('2026-09-04');
    await refreshStaff(office.db, office.config, office.moment());
    expect(roleOf(PAT)).toEqual(['administrator']);
    office.at('2026-09-05');
    await refreshStaff(office.db, office.config, office.moment());
    expect(roleOf(PAT)).toEqual([]);
  });

  test('does not grow at a stroke until a person has accepted exactly that', async () => {
    office.at('2026-09-08');
    await read([aPrincipal()]);
    expect(await read([aPrincipal(), ...crowd()])).toEqual({ kind: 'doubtful', had: 1, would: 31 });
    expect(roleOf(PAT)).toEqual(['administrator']);
    expect(roleOf('teacher7@cedar-valley.test')).toEqual([]);
    const listed = await office.rollcall('staff');
    expect(listed.out).toContain('The last read was not taken: 31 people would have access, 1 had it.');
    expect(listed.out).toMatch(/gets in as\s+Pat Reed\s+teacher7@cedar-valley\.test\s+administrator/);
    const shown = setIn(listed.out);

    const stranger = aPrincipal({ sourcedId: 'x', email: 'x@cedar-valley.test' });
    expect(await accept('0123456789ab')).toMatchObject({ code: 2, err: expect.stringContaining(shown) });
    expect(await read([aPrincipal(), ...crowd(), stranger])).toMatchObject({ kind: 'doubtful', would: 32 });
    expect(await accept(shown)).toMatchObject({
      code: 2,
      err: expect.stringContaining('The SIS has said something else since'),
    });

    expect(await read([aPrincipal(), ...crowd()])).toMatchObject({ kind: 'doubtful' });
    expect(await accept(shown)).toMatchObject({ code: 0 });
    expect(await read([aPrincipal(), ...crowd(), stranger])).toMatchObject({ kind: 'doubtful', would: 32 });
    expect(await read([aPrincipal(), ...crowd()])).toMatchObject({ kind: 'doubtful', would: 31 });
    expect(roleOf('teacher7@cedar-valley.test')).toEqual([]);

    expect(await accept(shown)).toMatchObject({ code: 0 });
    expect(await read([aPrincipal(), ...crowd()])).toEqual({ kind: 'taken', people: 31, lost: 0 });
    expect(await accept(shown)).toMatchObject({ code: 2, err: expect.stringContaining('Nothing waits') });
    const accepted = office.db
      .selectFrom('audit_event')
      .select(['actor_name', 'subject'])
      .where('action', '=', 'staff-accepted');
    expect(await accepted.execute()).toEqual([
      { actor_name: 'Ira', subject: shown },
      { actor_name: 'Ira', subject: shown },
    ]);
  });

  test('does not go by changes only before a first read was taken', async () => {
    await office.db.deleteFrom('sis_staff_read').execute();
    await office.db.deleteFrom('sis_staff').execute();
    const asked: (string | null)[] = [];
    const readOn = () => {
      const { roster } = sourcesOf({ ...office.sis, staff: crowd() });
      const { db, config } = office;
      const counting = {
        staff: (query: Parameters<typeof roster.staff>[0]) => {
          asked.push(query.after);
          return roster.staff(query);
        },
        cursor: () => 'position',
      };
      return syncStaff({ db, config, roster: counting }, { whole: false }, office.moment());
    };
    expect(await readOn()).toMatchObject({ kind: 'doubtful', had: 0, would: 30 });
    expect(await readOn()).toMatchObject({ kind: 'doubtful', had: 0, would: 30 });
    expect(asked).toEqual([null, null]);
    expect((await office.rollcall('staff')).out).toContain('The SIS was never read for staff.');
  });
});

test('the simulated district serves its staff, in either version of OneRoster', async () => {
  const district = buildDistrict({
    seed: 1,
    schools: 2,
    students: 4,
    schoolYear: 2027,
    timeZone: 'America/Denver',
  });
  const sis = await startSimulatedSis({ district, today: () => schoolDate('2026-09-01') });
  try {
    for (const baseUrl of [sis.baseUrl, sis.baseUrlV1p1]) {
      const roster = openRosterSource({
        ...sis,
        baseUrl,
        clientAuth: 'basic',
        begunAt: performance.now(),
        requestTimeoutMs: 10_000,
        totalTimeoutMs: 60_000,
        scopes: Object.values(sis.scopes),
        pageSize: 3,
        guardians: 'auto',
        metadata: metadataNames,
        flagFields: [],
        overlapMs: 0,
        edition: 'test',
      });
      const people: StaffRecord[] = [];
      const query = { after: null, roles: new Set(['principal']), known: new Set<string>() };
      for await (const page of roster.staff(query)) people.push(...(page.records as StaffRecord[]));
      const principals = district.staff.filter(({ role }) => role === 'administrator');
      expect(people.map(({ email, roles }) => [email, roles[0]?.schoolSourcedId]).sort()).toEqual(
        principals.map(({ email, school }) => [email, school]).sort(),
      );
      expect(people.every(({ active }) => active)).toBe(true);
    }
  } finally {
    await sis.close();
  }
});
