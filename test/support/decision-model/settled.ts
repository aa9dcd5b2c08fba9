import { expect } from '@jest/globals';
import { assess } from '../../../src/procedure/assess.ts';
import { loadStudentFacts } from '../../../src/store/student-facts.ts';
import type { Office } from '../office.ts';
import { hasNotice, lettersOf } from './observe.ts';
import { expectTasks } from './tasks.ts';
import {
  type Child,
  childAsKnown,
  childOf,
  idOf,
  isReached,
  obstacles,
  STEPS,
  stepOf,
  type World,
} from './world.ts';

interface Standing {
  readonly state: string;
  readonly superseded: boolean;
  readonly blocks: readonly string[];
  readonly skippedFor: string | null;
}

/**
 * Once a day's work is done: what is stored is what would be decided now, it is what the counts say, and the open tasks
 * are those that it calls for.
 */
export async function expectSettled(world: World, office: Office): Promise<void> {
  const letters = await lettersOf(office);
  const uncertain = letters.filter(({ state }) => state === 'uncertain');
  for (const { name } of world.children) {
    const child = childAsKnown(world, name);
    const standings = await expectFresh(office, name, idOf(childOf(world.known, name)));
    for (const letter of letters) {
      if (letter.child !== name || (letter.state !== 'sent' && letter.state !== 'posted')) continue;
      const { state } = standings.get(letter.step) ?? {};
      expect({ on: world.today, left: letter, state }).toEqual({
        on: world.today,
        left: letter,
        state: 'taken',
      });
    }
    for (const step of STEPS) {
      // The family may have a letter of which nobody here knows that it does.
      const known = [
        ...obstacles(child),
        ...(world.setting.asks.includes(step) ? ['approval'] : []),
        ...(hasNotice(world, child, 'all') && !uncertain.some((letter) => letter.child === name)
          ? []
          : ['notice']),
      ];
      expectCounted(world, child, step, standings.get(step) ?? null, known);
    }
  }
  await expectTasks(world, office);
}

/** Decided about once more, everything stays where it is. */
async function expectFresh(office: Office, name: string, id: string): Promise<ReadonlyMap<string, Standing>> {
  const procedure = await office.jobs.procedure();
  const student = { id: await office.studentId(id), schoolYear: procedure.schoolYear.id };
  const facts = await loadStudentFacts(office.db, student);
  if (facts === null) throw new Error(`${name} is missing`);
  const { evaluation } = assess(facts, procedure, { ...office.moment(), baseline: false });
  const rows = await office.db
    .selectFrom('ladder_step')
    .select(['step', 'state', 'superseded', 'blocks', 'skipped_for'])
    .where('student_id', '=', student.id)
    .where('school_year', '=', student.schoolYear)
    .execute();
  const stored = new Map(
    rows.map((row): [string, Standing] => [
      row.step,
      {
        state: row.state,
        superseded: row.superseded,
        blocks: row.blocks.map((block) => block.kind),
        skippedFor: row.skipped_for,
      },
    ]),
  );
  const fresh = new Map(
    evaluation.steps.flatMap((verdict): [string, Standing][] =>
      verdict.state === null
        ? []
        : [
            [
              verdict.step,
              {
                state: verdict.state,
                superseded: verdict.superseded,
                blocks: verdict.blocks.map((block) => block.kind),
                skippedFor: verdict.skippedFor,
              },
            ],
          ],
    ),
  );
  const plain = (standings: ReadonlyMap<string, Standing>) => Object.fromEntries([...standings].sort());
  expect({ name, actions: evaluation.actions, ...plain(fresh) }).toEqual({
    name,
    actions: [],
    ...plain(stored),
  });
  return stored;
}

/** What is not the count's to say. */
function standsAnyway(world: World, name: string, step: string): readonly string[] {
  const key = stepOf(name, step);
  const wasShown = world.everNotLive.has(name) || world.leftToSchool.has(key);
  const wasEnded = step === 'referral' && world.contracts.some((one) => one.child === name && one.isEnded);
  return [
    ...(wasShown || world.everOutside.has(key) ? ['pre-existing'] : []),
    ...(world.everOutside.has(key) || wasEnded ? ['taken'] : []),
  ];
}

/** The plain count says whether the step is reached, and every block is one that the test knows of. */
function expectCounted(
  world: World,
  child: Child,
  step: string,
  standing: Standing | null,
  known: readonly string[],
): void {
  const told = { on: world.today, child: child.name, step, standing };
  const is = standing?.superseded === true ? 'superseded' : (standing?.state ?? 'none');
  if (world.policies.size === 1) {
    // A step that was skipped says so for the rest of the year.
    const byCount = isReached(world, child, step)
      ? ['owed', 'taken', 'skipped']
      : ['none', 'withdrawn', 'superseded', 'skipped'];
    const hasLeft = [...world.handedOver, ...world.outside].some(
      (one) => one.child === child.name && one.step === step,
    );
    const allowed =
      world.leftToSchool.has(stepOf(child.name, step)) && !hasLeft
        ? ['pre-existing', 'skipped', ...standsAnyway(world, child.name, step)]
        : [...byCount, ...standsAnyway(world, child.name, step)];
    expect({ ...told, is, allowed: allowed.includes(is) }).toEqual({ ...told, is, allowed: true });
  }
  if (standing?.state !== 'owed') return;
  expect({ ...told, unexplained: standing.blocks.filter((block) => !known.includes(block)) }).toEqual({
    ...told,
    unexplained: [],
  });
}
