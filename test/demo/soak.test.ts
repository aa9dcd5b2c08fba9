import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mishapsOf } from '../../src/demo/soak/bad-day.ts';
import { type Finding, findOut, type Played } from '../../src/demo/soak/findings.ts';
import { memoryTrend } from '../../src/demo/soak/memory.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { runRollcall } from '../support/command-line.ts';
import { type Office, openOffice } from '../support/office.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

describe('a few weeks with mishaps', () => {
  test('hold, and the command says what befell them', async () => {
    const data = await mkdtemp(join(tmpdir(), 'rollcall-soak-'));
    const database = await createTestDatabase();
    try {
      const { code, out, err } = await runRollcall(
        [
          '--data',
          data,
          'demo',
          '--year',
          '--students',
          '60',
          '--schools',
          '1',
          '--seed',
          '57',
          '--until',
          '2026-09-25',
        ],
        { DATABASE_URL: database.url },
      );
      expect({ code, out, err }).toMatchObject({ code: 0 });
      expect(out).toContain('Everything held.');
      expect(out).toMatch(/process (killed|restarted)/);
      expect(out).toMatch(/SIS: /);
    } finally {
      await database.drop();
      await rm(data, { recursive: true, force: true });
    }
  });

  test('are those of their seed, and differ from day to day', () => {
    const year = (seed: number) => Array.from({ length: 200 }, (_, day) => mishapsOf(seed, day));
    expect(year(1)).toEqual(year(1));
    expect(year(1)).not.toEqual(year(2));
    const kinds = new Set(year(1).flatMap((day) => day.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual([
      'clock',
      'database',
      'freeze',
      'kill',
      'mail',
      'off',
      'restart',
      'sis',
    ]);
  });
});

describe('what does not hold is found', () => {
  let office: Office;
  let played: Played;
  beforeEach(async () => {
    office = await openOffice();
    office.absent(weekdaysFrom('2026-08-31', 5).concat(weekdaysFrom('2026-09-08', 2)));
    await office.days('2026-09-14', '2026-09-21');
    const { db, sis, config } = office;
    const rows = await db
      .selectFrom('absence_record')
      .select(['sourced_id', 'date', 'kind', 'code_sourced_id'])
      .execute();
    const letter = await db.selectFrom('letter').select(['ref', 'message_id']).executeTakeFirstOrThrow();
    const version = (sourcedId: string, facts: object) => ({ sourcedId, knownAt: 0, state: 'active', facts });
    const named = { givenName: 'Zephyrine', familyName: 'Quillon', email: null };
    played = {
      db,
      dataDir: config.dataDir,
      today: schoolDate('2026-10-30'),
      sis: {
        students: sis.students.map(({ sourcedId }) => version(sourcedId, named)),
        guardians: [],
        codes: [],
        absences: rows.map((row) =>
          version(row.sourced_id, {
            student: 'ada',
            date: row.date,
            kind: row.kind,
            code: row.code_sourced_id,
          }),
        ),
      } as never,
      delivered: new Map([[letter.message_id ?? '', { kind: 'letter', ref: letter.ref, times: 1 }]]),
      log: '{"event":"letter-sent"}\n',
    };
  });
  afterEach(() => office.close());

  const wrongIn = (findings: readonly Finding[]) =>
    findings.flatMap(({ what, wrong }) => (wrong.length === 0 ? [] : [what]));

  test('each for itself', async () => {
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(wrongIn(await findOut(played))).toEqual([]);

    expect(
      wrongIn(await findOut({ ...played, sis: { ...played.sis, absences: played.sis.absences.slice(1) } })),
    ).toEqual(['The ledger says what the SIS says']);
    const twice = new Map([...played.delivered].map(([id, mail]) => [id, { ...mail, times: 2 }]));
    expect(wrongIn(await findOut({ ...played, delivered: twice }))).toEqual([
      'Sent means delivered, and delivered means sent or uncertain',
      'Each letter and packet was delivered once at most',
    ]);
    expect(wrongIn(await findOut({ ...played, delivered: new Map() }))).toEqual([
      'Sent means delivered, and delivered means sent or uncertain',
    ]);
    expect(wrongIn(await findOut({ ...played, log: 'Zephyrine Quillon' }))).toEqual(['The log names nobody']);
    const { db } = office;
    await db.updateTable('letter').set({ state: 'transmitting' }).execute();
    expect(wrongIn(await findOut(played))).toContain('No letter is half-way with nobody asked');
    await db.updateTable('letter').set({ state: 'cancelled' }).execute();
    await db.updateTable('task').set({ state: 'closed' }).execute();
    await db.updateTable('ladder_step').set({ state: 'owed' }).execute();
    expect(wrongIn(await findOut(played))).toContain('Every owed step is taken or explained');
  });
});

describe('memory', () => {
  const samples = (bytes: (day: number) => number) =>
    Array.from({ length: 100 }, (_, day) => ({ day, bytes: bytes(day) * 1024 * 1024 }));

  test.each<[string, (day: number) => number, boolean, number]>([
    ['that grows while everything is loaded, then stays', (day) => (day < 20 ? 100 + 5 * day : 200), true, 0],
    ['that goes up and down', (day) => 200 + 20 * (day % 5), true, 0],
    ['of which some is lost each day', (day) => 200 + 3 * day, false, 3],
  ])('%s', (_, bytes, flat, slope) => {
    const trend = memoryTrend(samples(bytes));
    expect(trend?.flat).toBe(flat);
    expect(trend?.slope).toBeCloseTo(slope, 0);
  });

  test('of a few days tells nothing', () => {
    expect(memoryTrend(samples(() => 1).slice(0, 8))).toBeNull();
  });
});
