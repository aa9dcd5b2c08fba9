import { expect } from '@jest/globals';
import type { Office } from '../office.ts';
import { lettersOf } from './observe.ts';
import { childAsKnown, isViolated, nameOf, obstacles, stepOf, type World } from './world.ts';

/** A task by what it asks and what it is about: a letter, a print run, a referral, or a child and a step. */
type Asked = `${string} ${string}`;

interface CalledFor {
  /** Open, or a person has done it. */
  readonly always: Set<Asked>;
  /** May be open as well. */
  readonly maybe: Set<Asked>;
}

/** What waits for a person because something is in the way: about the child, whatever the step. */
const OF_BLOCKS: Readonly<Record<string, string>> = {
  'unmapped-code': 'unmapped-code',
  'contradictory-guardianship': 'data-problem',
  'no-recipient': 'no-recipient',
};
const OF_STEPS: Readonly<Record<string, string>> = {
  contact: 'contact-family',
  'first-letter': 'consider-meeting',
  'medical-letter': 'schedule-meeting',
};
const OF_CHILDREN = [...Object.values(OF_BLOCKS), 'contract-violated'];
const KINDS = [
  ...Object.values(OF_BLOCKS),
  ...Object.values(OF_STEPS),
  'count-corrected',
  'resolve-letter',
  'letter-held',
  'fix-address',
  'print-letters',
  'fix-referral-gaps',
  'approval',
  'contract-violated',
];

/** The open tasks are those that the state calls for, and nothing that needs a person waits without one. */
export async function expectTasks(world: World, office: Office): Promise<void> {
  const { always, maybe } = await calledFor(world, office);
  const latest = await latestTasks(world, office);
  const needless = [...latest].filter(
    ([asked, { state }]) => state === 'open' && !always.has(asked) && !maybe.has(asked),
  );
  const missing = [...always].filter((asked) => {
    const task = latest.get(asked);
    // Who comes back goes on where they were, and is not asked about anew.
    return task?.state !== 'open' && task?.state !== 'done' && task?.reason !== 'left';
  });
  const names = { needless: needless.map(([asked]) => asked), missing };
  expect({ on: world.today, ...names }).toEqual({ on: world.today, needless: [], missing: [] });
}

/** Where nothing or only tasks may leave, tasks are shadows, or those of the office's own letters. */
async function latestTasks(
  world: World,
  office: Office,
): Promise<ReadonlyMap<Asked, { readonly state: string; readonly reason: string | null }>> {
  const rows = await office.db
    .selectFrom('task')
    .leftJoin('student', 'student.id', 'task.student_id')
    .select((eb) => [
      'task.kind',
      'task.state',
      'task.reason',
      eb.fn
        .coalesce('task.letter_id', 'task.print_run_id', 'task.referral_id')
        .$castTo<string | null>()
        .as('about'),
      'task.step',
      'student.sourced_id as child',
    ])
    .where('task.kind', 'in', KINDS)
    // What is open comes last: there is one of it at most.
    .orderBy((eb) => eb.case().when('task.state', '=', 'open').then(1).else(0).end())
    .orderBy('task.changed_at')
    .execute();
  const ofLive = rows.filter(({ child }) => child === null || !world.everNotLive.has(nameOf(child)));
  return new Map(
    ofLive.map(({ kind, state, reason, about, step, child }) => {
      const name = nameOf(child ?? '');
      const place = OF_CHILDREN.includes(kind) ? name : `${name}/${step}`;
      return [`${kind} ${about ?? place}` as const, { state, reason }] as const;
    }),
  );
}

async function calledFor(world: World, office: Office): Promise<CalledFor> {
  const found: CalledFor = { always: new Set(), maybe: new Set() };
  await ofSteps(world, office, found);
  for (const letter of await lettersOf(office)) {
    if (world.everNotLive.has(letter.child)) continue;
    const isStopped = childAsKnown(world, letter.child).holds.some(({ scope }) => scope === 'absolute');
    // What waits although its step is taken asks for the same as what is owed; it is looked at again once a day.
    for (const obstacle of obstacles(childAsKnown(world, letter.child)))
      if (OF_BLOCKS[obstacle] !== undefined) found.maybe.add(`${OF_BLOCKS[obstacle]} ${letter.child}`);
    const isRefused = letter.channelReason === 'address-refused';
    if (letter.state === 'uncertain' && !isStopped) found.always.add(`resolve-letter ${letter.id}`);
    if (letter.isExhausted) (isStopped ? found.maybe : found.always).add(`letter-held ${letter.id}`);
    // Who has no letter any more has an address that is wrong all the same.
    if (isRefused && !isStopped)
      (letter.state === 'cancelled' ? found.maybe : found.always).add(`fix-address ${letter.id}`);
  }
  const runs = await office.db.selectFrom('print_run').select('id').where('posted_on', 'is', null).execute();
  for (const { id } of runs) found.always.add(`print-letters ${id}`);
  const referrals = await office.db
    .selectFrom('referral')
    .innerJoin('student', 'student.id', 'referral.student_id')
    .select(['referral.id', 'state', 'gaps', 'student.sourced_id'])
    .execute();
  for (const { id, state, gaps, sourced_id } of referrals) {
    if (world.everNotLive.has(nameOf(sourced_id))) continue;
    if (state === 'gathering' && gaps.length > 0) found.always.add(`fix-referral-gaps ${id}`);
  }
  for (const contract of world.contracts) {
    const child = childAsKnown(world, contract.child);
    if (!isViolated(world, child, contract) || world.everNotLive.has(contract.child)) continue;
    const isStopped = child.place === 'gone' || child.holds.some(({ scope }) => scope === 'absolute');
    (isStopped ? found.maybe : found.always).add(`contract-violated ${contract.child}`);
  }
  return found;
}

async function ofSteps(world: World, office: Office, { always, maybe }: CalledFor): Promise<void> {
  const rows = await office.db
    .selectFrom('ladder_step')
    .innerJoin('student', 'student.id', 'ladder_step.student_id')
    .select(['student.sourced_id', 'step', 'state', 'superseded', 'acted', 'blocks'])
    .execute();
  for (const { sourced_id: id, step, state, superseded, acted, blocks } of rows) {
    const name = nameOf(id);
    if (world.everNotLive.has(name)) continue;
    const child = childAsKnown(world, name);
    if (child.holds.some(({ scope }) => scope === 'absolute')) continue;
    const isActedOn = state === 'taken' || (state === 'owed' && acted);
    const kind = OF_STEPS[step];
    // What the school has done by itself may have come before anybody was asked, or after.
    const isOwn = world.everOutside.has(stepOf(name, step));
    if (isActedOn && kind !== undefined && child.place !== 'gone')
      (isOwn ? maybe : always).add(`${kind} ${name}/${step}`);
    if (superseded) always.add(`count-corrected ${name}/${step}`);
    if (state !== 'owed') continue;
    // It goes on being asked while something else has come into the way.
    if (world.setting.asks.includes(step)) maybe.add(`approval ${name}/${step}`);
    if (child.place === 'gone') continue;
    for (const block of blocks) {
      if (block.kind === 'approval') always.add(`approval ${name}/${step}`);
      const asked = OF_BLOCKS[block.kind];
      if (asked !== undefined) always.add(`${asked} ${name}`);
    }
  }
}
