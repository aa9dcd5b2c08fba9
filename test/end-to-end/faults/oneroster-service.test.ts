import { expect, test } from '@jest/globals';
import { differing, type FaultBench, openFaultBench, readWith } from '../../support/fault-bench.ts';
import { describeFaultsOf, describeNightsOf } from '../../support/fault-outcomes.ts';

describeFaultsOf('oneroster-service');
describeNightsOf('oneroster-service');

test('a scope that was not granted is told with the run, and what it opens is left out', async () => {
  const bench = await openFaultBench('oneroster-service');
  try {
    expect(await readWith(bench, 'scope-left-out')).toMatchObject({
      kind: 'applied',
      counts: { scopesNotGranted: 1, demographicsRefused: 1 },
    });
    const after = await bench.read();
    expect(after.counts).not.toHaveProperty('scopesNotGranted');
  } finally {
    await bench.close();
  }
});

test.each([
  ['empty-200', /^attendances came back empty/],
  ['school-without-absences', /^no absences at all of school/],
] as const)(
  '%s on a night of changes after a week: the whole read that it asks for stops the run',
  async (name, reason) => {
    const bench = await openFaultBench('oneroster-service');
    try {
      bench.at('2026-11-11');
      expect(await bench.read()).toMatchObject({ kind: 'applied' });
      const before = await bench.standing();
      bench.at('2026-11-20');
      bench.skipDays(9);
      bench.sis.faults.turnOn(name, { collections: ['attendances'] });
      const outcome = await bench.read({ full: false });
      expect(outcome).toMatchObject({ kind: 'quarantined', reason: expect.stringMatching(reason) });
      expect(await bench.standing()).toEqual(before);
      bench.sis.faults.turnOff(name);
      expect(await bench.read({ full: false })).toMatchObject({ kind: 'applied' });
      expect(differing(before, await bench.standing(), 'records').length).toBeGreaterThan(5);
    } finally {
      await bench.close();
    }
  },
);

test('addresses that are shared or private get paper, and the counts are the same', async () => {
  const [usual, faulty] = [
    await openFaultBench('oneroster-service'),
    await openFaultBench('oneroster-service'),
  ];
  try {
    await usual.read();
    await readWith(faulty, 'shared-and-private-addresses');
    expect(differing(await usual.standing(), await faulty.standing(), 'total')).toEqual([]);
    const letters = await faulty.store.db
      .selectFrom('letter')
      .innerJoin('letter_addressee', 'letter_addressee.letter_id', 'letter.id')
      .innerJoin('guardian', 'guardian.id', 'letter_addressee.guardian_id')
      .select(['channel', 'guardian.email', 'guardian.address_private'])
      .execute();
    const meant = letters.filter(
      (letter) => letter.address_private || letter.email === 'frontdesk@harbor-shelter.test',
    );
    expect(meant.length).toBeGreaterThan(3);
    expect(new Set(meant.map(({ channel }) => channel))).toEqual(new Set(['paper']));
  } finally {
    await usual.close();
    await faulty.close();
  }
});

test('students who move take their count and their steps along', async () => {
  const bench = await openFaultBench('oneroster-service');
  try {
    await bench.read();
    const before = await bench.standing();
    const places = await primarySchools(bench);
    expect(await readWith(bench, 'moved-in-mid-year')).toMatchObject({ kind: 'applied' });
    const moved = [...(await primarySchools(bench))].filter(([id, school]) => places.get(id) !== school);
    expect(moved).toHaveLength(3);
    expect(await bench.standing()).toEqual(before);
  } finally {
    await bench.close();
  }
});

/** The school of the last primary enrolment, by student. */
async function primarySchools({ store }: FaultBench): Promise<Map<number, number>> {
  const rows = await store.db
    .selectFrom('enrolment')
    .select(['student_id', 'school_id'])
    .where('is_primary', '=', true)
    .where('ends', 'is', null)
    .execute();
  return new Map(rows.map((row) => [row.student_id, row.school_id]));
}
