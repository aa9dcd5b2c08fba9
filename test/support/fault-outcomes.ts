import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type FaultName, faultCatalogue, faultNames } from '../../src/demo/faults/catalogue.ts';
import { type ExpectedOutcome, expectedOutcomes } from '../../src/demo/faults/expected-outcomes.ts';
import type { FaultSource } from '../../src/demo/faults/fault.ts';
import { addDays, schoolDate } from '../../src/domain/school-date.ts';
import { differing, type FaultBench, openFaultBench, readWith } from './fault-bench.ts';
import { weekdaysFrom } from './sis-records.ts';

const SOURCES: readonly FaultSource[] = ['oneroster-service', 'data-extract', 'ed-fi'];

/**
 * Faults that are the data of some students. So many students may have other records, and so many another count; of
 * everybody else nothing changes, and when the fault is gone nothing is left of it.
 */
const MAY_CHANGE: Partial<Record<FaultName, { readonly records: number; readonly totals: number }>> = {
  'duplicate-ids': { records: 3, totals: 3 },
  'ed-fi-unknown-descriptor': { records: 3, totals: 3 },
  'merged-person': { records: 2, totals: 2 },
  'coded-later': { records: Number.POSITIVE_INFINITY, totals: 0 },
};
const NOTHING = { records: 0, totals: 0 };
/** Their answers never come to an end: the less a read waits for them, the better. */
const ENDLESS: ReadonlySet<FaultName> = new Set(['stalled-body', 'dripping-body']);

/** Two records that were made one stay one, whatever the SIS says afterwards. */
const LASTS: ReadonlySet<FaultName> = new Set(['merged-person']);

/** Every fault that shows where absences are read from a source, each with its outcome. */
export function describeFaultsOf(source: FaultSource): void {
  describe(`absences from ${source}`, () => {
    let bench: FaultBench;
    beforeAll(async () => {
      bench = await openFaultBench(source);
      expect(await bench.read()).toMatchObject({ kind: 'applied' });
    });
    afterEach(() => {
      for (const name of bench.sis.faults.active()) bench.sis.faults.turnOff(name);
    });
    afterAll(() => bench.close());

    const named = faultNames.filter((name) => !LASTS.has(name) && sourcesOf(name).includes(source));
    const outcomesOf = (...outcomes: readonly string[]) =>
      named.filter((name) => outcomes.includes(expectedOutcomes[name]));

    each(outcomesOf('retried'), 'is retried', async (name) => {
      const { faults } = bench.sis;
      const on = faultCatalogue[name].on === undefined ? ['students' as const] : ['edFiEvents' as const];
      const before = await bench.standing();
      // The server stays as it is: nothing is applied. It recovers: the read comes through.
      faults.turnOn(name, { collections: on });
      const failing = ENDLESS.has(name) ? { patienceMs: 300 } : {};
      expect((await bench.read(failing)).kind).toMatch(/failed|quarantined/);
      expect(await bench.standing()).toEqual(before);
      faults.turnOff(name);
      faults.turnOn(name, { collections: on, times: 2 });
      const recovering = ENDLESS.has(name) ? { patienceMs: 1_000 } : {};
      expect(await bench.read(recovering)).toMatchObject({ kind: 'applied', counts: { retries: 2 } });
      expect(await bench.standing()).toEqual(before);
    });

    each(outcomesOf('quarantined', 'failed'), 'stops the run and changes nothing', async (name) => {
      const before = await bench.standing();
      const outcome = await readWith(bench, name);
      expect(`${outcome.kind}: ${'reason' in outcome ? outcome.reason : ''}`).toMatch(
        new RegExp(`^${expectedOutcomes[name]}: .{20}`),
      );
      expect(await bench.standing()).toEqual(before);
      expect(await bench.read()).toMatchObject({ kind: 'applied' });
      expect(await bench.standing()).toEqual(before);
    });

    each(outcomesOf('tolerated'), 'is tolerated', async (name) => {
      const before = await bench.standing();
      const outcome = await readWith(bench, name);
      expect(`${outcome.kind} ${'reason' in outcome ? outcome.reason : ''}`).toBe('applied ');
      expect(outcome.refusedFiles).toEqual([]);
      expectOnlyAllowed(name, before, await bench.standing());
      expect(await bench.read()).toMatchObject({ kind: 'applied' });
      expect(await bench.standing()).toEqual(before);
    });

    each(outcomesOf('refused'), 'is refused, and the last file stays in force', async (name) => {
      const before = await bench.standing();
      const outcome = await readWith(bench, name);
      expect(outcome).toMatchObject({ kind: 'applied', counts: { refusedFiles: 1 } });
      expect(outcome.refusedFiles).toHaveLength(1);
      expect(await bench.standing()).toEqual(before);
      const refused = await readdir(join(bench.dropFolder, 'refused'));
      const why = refused
        .filter((file) => file.endsWith('.why.txt'))
        .sort((a, b) => numberIn(b) - numberIn(a));
      expect(await readFile(join(bench.dropFolder, 'refused', why[0] ?? ''), 'utf8')).toContain(
        'What to do:',
      );
      expect(await bench.read()).toMatchObject({ kind: 'applied', refusedFiles: [] });
      expect(await bench.standing()).toEqual(before);
    });

    test('two records that were made one go on as one student', async () => {
      const before = await bench.standing();
      const outcome = await readWith(bench, 'merged-person');
      expect(outcome).toMatchObject({ kind: 'applied', counts: { studentsMerged: 1 } });
      expectOnlyAllowed('merged-person', before, await bench.standing());
    });
  });
}

/**
 * What is otherwise in a night of changes. Of the few rows of one night too few are wrong or missing to tell them from
 * an ordinary one; whoever is concerned is left as before or counts less, until the next whole read.
 */
const IN_A_NIGHT: Partial<Record<FaultName, ExpectedOutcome>> = {
  'vanished-rows': 'tolerated',
  'ed-fi-events-missing': 'tolerated',
};
/**
 * What such a night has left out or contradicted, only a whole read brings; so with records whose fault just ends, which
 * is no change that the SIS tells.
 */
const SETTLED_BY_WHOLE_READ: ReadonlySet<FaultName> = new Set([
  ...(Object.keys(IN_A_NIGHT) as FaultName[]),
  'duplicate-ids',
  'changed-sourced-ids',
  'coded-later',
  'ed-fi-empty',
  'ed-fi-unknown-descriptor',
]);
/** Whether one night shows it depends on how many rows the school would have had: it has tests of its own. */
const DEPENDS_ON_THE_NIGHT: FaultName = 'school-without-absences';
const NIGHTS_BEGIN = '2026-09-11';

/**
 * Every fault as a night in which a school day's changes are read, one night after the other. Those of the transport
 * that are retried do not care what is asked for.
 */
export function describeNightsOf(source: 'oneroster-service' | 'ed-fi'): void {
  describe(`a night of changes, absences from ${source}`, () => {
    const evenings = weekdaysFrom(addDays(schoolDate(NIGHTS_BEGIN), 1), faultNames.length);
    let bench: FaultBench;
    beforeAll(async () => {
      bench = await openFaultBench(source);
      bench.at(NIGHTS_BEGIN);
      expect(await bench.read()).toMatchObject({ kind: 'applied' });
    });
    afterEach(() => {
      for (const name of bench.sis.faults.active()) bench.sis.faults.turnOff(name);
    });
    afterAll(() => bench.close());

    const outcomeOf = (name: FaultName): ExpectedOutcome =>
      // Rows that only vanished are not among the changes; an Ed-Fi host tells that they were deleted.
      name === 'one-school-gone' && source !== 'ed-fi'
        ? 'tolerated'
        : (IN_A_NIGHT[name] ?? expectedOutcomes[name]);
    const named = faultNames.filter(
      (name) =>
        name !== DEPENDS_ON_THE_NIGHT &&
        !LASTS.has(name) &&
        sourcesOf(name).includes(source) &&
        outcomeOf(name) !== 'retried',
    );

    test.each(named.map((name) => [name, outcomeOf(name)] as const))('%s is %s', async (name, expected) => {
      bench.at(evenings[named.indexOf(name)] ?? '');
      const before = await bench.standing();
      bench.sis.faults.turnOn(name);
      const outcome = await bench.read({ full: false });
      bench.sis.faults.turnOff(name);
      expect(`${outcome.kind} ${'reason' in outcome ? outcome.reason : ''}`).toMatch(
        expected === 'tolerated' ? /^applied $/ : new RegExp(`^${expected} .{20}`),
      );
      if (expected !== 'tolerated') expect(await bench.standing()).toEqual(before);
      expect(await bench.read({ full: false })).toMatchObject({ kind: 'applied' });
      if (SETTLED_BY_WHOLE_READ.has(name)) expect(await bench.read()).toMatchObject({ kind: 'applied' });
    });

    test('nothing is left of all these nights that a whole read would find', async () => {
      const before = await bench.standing();
      expect(await bench.read()).toMatchObject({ kind: 'applied' });
      const after = await bench.standing();
      expect(differing(before, after, 'records').map((one) => [before.get(one), after.get(one)])).toEqual([]);
    });
  });
}

/** Not every source has faults of every outcome. */
function each(names: readonly FaultName[], rule: string, run: (name: FaultName) => Promise<void>): void {
  for (const name of names) test(`${name} ${rule}`, () => run(name));
}

/** District-wide faults show through every source, all others where they lie. */
function sourcesOf(name: FaultName): readonly FaultSource[] {
  const { source, district } = faultCatalogue[name];
  if (source !== undefined) return [source];
  return district === undefined ? ['oneroster-service'] : SOURCES;
}

type Standings = Awaited<ReturnType<FaultBench['standing']>>;

function expectOnlyAllowed(name: FaultName, before: Standings, after: Standings): void {
  const allowed = MAY_CHANGE[name] ?? NOTHING;
  const records = differing(before, after, 'records');
  const totals = differing(before, after, 'total');
  expect(
    allowed.records >= records.length ? [] : records.map((one) => [before.get(one), after.get(one)]),
  ).toEqual([]);
  expect(totals.length).toBeLessThanOrEqual(allowed.totals);
  // Whose records and count are as before, of them nothing else was decided.
  const decided = differing(before, after, 'decided').filter(
    (number) => !records.includes(number) && !totals.includes(number),
  );
  expect(decided).toEqual([]);
}

function numberIn(file: string): number {
  return Number(/\.(\d+)\.csv/.exec(file)?.[1] ?? 1);
}
