import { expect } from '@jest/globals';
import fc from 'fast-check';
import { addDays } from '../../../src/domain/school-date.ts';
import { addHold, endHold } from '../../../src/procedure/holds.ts';
import { answerTask } from '../../../src/procedure/staff-answers.ts';
import { listOpenTasks } from '../../../src/store/tasks.ts';
import type { Office } from '../office.ts';
import type { SmtpSink } from '../smtp-sink.ts';
import type { Crash } from './crash.ts';
import { observe, posted, postedLetters } from './observe.ts';
import { expectSettled } from './settled.ts';
import {
  childOf,
  type HoldScope,
  isSchoolDay,
  type MailServer,
  type Parent,
  policyCalled,
  SCHOOL_DAYS,
  tellSis,
  type World,
} from './world.ts';

/** The program, with the staff, the SIS and the mail server around it. */
export interface Real {
  readonly office: Office;
  readonly crash: Crash;
}

type Command = fc.AsyncCommand<World, Real>;

/** Where in a day the process dies, and whether somebody starts it again the same day. */
interface Accident {
  readonly during: 'sync' | 'work';
  readonly statements: number;
  readonly again: boolean;
}

/** One command: when it can come, what it does to the world and the program, and how a failure names it. */
function command(
  name: string,
  run: (world: World, real: Real) => Promise<void> | void,
  can: (world: World) => boolean = () => true,
): Command {
  return {
    check: can,
    async run(world, real) {
      await run(world, real);
    },
    toString: () => name,
  };
}

const children = fc.constantFrom('ada', 'ben');

/** Every command, with how often it comes. A new one is one more entry. */
export function commands(): fc.Arbitrary<Command>[] {
  const weighted: readonly (readonly [number, fc.Arbitrary<Command>])[] = [
    [
      6,
      fc.record({ dates: fc.integer({ min: 1, max: 5 }) }).map(({ dates }) => goOn(dates, 'morning', null)),
    ],
    [2, fc.constant(goOn(1, 'evening', null))],
    [2, fc.constant(goOn(1, 'letters-first', null))],
    [
      5,
      fc
        .record({ at: anAccident, time: fc.constantFrom('morning' as const, 'evening' as const) })
        .map(({ at, time }) => goOn(1, time, at)),
    ],
    [6, fc.tuple(children, fc.integer({ min: 1, max: 6 })).map(([child, days]) => miss(child, days))],
    [3, fc.tuple(children, fc.integer({ min: 1, max: 4 })).map(([child, days]) => correct(child, days))],
    [
      2,
      fc
        .tuple(
          children,
          fc.nat(1),
          fc.constantFrom('may' as const, 'barred' as const, 'contradictory' as const),
        )
        .map(([child, place, standing]) => become(child, place, standing)),
    ],
    [1, fc.tuple(children, fc.nat(1)).map(([child, place]) => moveHouse(child, place))],
    [
      2,
      fc
        .tuple(children, fc.constantFrom('letters' as const, 'everything' as const, 'absolute' as const))
        .map(([child, scope]) => hold(child, scope)),
    ],
    [2, children.map(endHolds)],
    [
      1,
      fc
        .tuple(children, fc.constantFrom('here' as const, 'there' as const, 'gone' as const))
        .map(([child, place]) => move(child, place)),
    ],
    [1, fc.tuple(children, fc.boolean()).map(([child, unmapped]) => code(child, unmapped))],
    [3, fc.option(fc.nat(30)).map(post)],
    [2, children.map(call)],
    [
      2,
      fc
        .constantFrom<MailServer>('works', 'works', 'away', 'later', 'refuses', 'breaks-off', 'is-not-heard')
        .map(mailServer),
    ],
    [1, fc.constantFrom('lower' as const, 'higher' as const).map(changePolicy)],
  ];
  return weighted.flatMap(([weight, arbitrary]) => Array.from({ length: weight }, () => arbitrary));
}

const anAccident: fc.Arbitrary<Accident> = fc.record({
  during: fc.constantFrom('sync' as const, 'work' as const, 'work' as const, 'work' as const),
  statements: fc.nat(160),
  again: fc.boolean(),
});

type Time = 'morning' | 'evening' | 'letters-first';

/** Days of the program, one after the other; the process may die on the first of them. */
function goOn(dates: number, time: Time, accident: Accident | null): Command {
  const told =
    accident === null
      ? ''
      : `, dies during ${accident.during} after ${accident.statements} statements${accident.again ? '' : ' and stays down'}`;
  return command(`${dates} dates, ${time}${told}`, async (world, real) => {
    for (let passed = 0; passed < dates; passed += 1) {
      await nextDay(world, real, time, passed === 0 ? accident : null);
    }
  });
}

/** The next date: sync, then everything that is due. */
export async function nextDay(
  world: World,
  { office, crash }: Real,
  time: Time = 'morning',
  accident: Accident | null = null,
): Promise<void> {
  world.today = addDays(world.today, 1);
  office.at(world.today, time === 'evening' ? '17:00' : '08:30');
  if (world.down) {
    await office.restart();
    world.down = false;
  }
  const survives = (during: Accident['during'], work: () => Promise<void>) =>
    survive(world, { office, crash }, accident?.during === during ? accident : null, work);
  await survives('sync', () => office.sync());
  if (world.down) return;
  world.known = structuredClone(world.children);
  await survives('work', async () => {
    if (time === 'letters-first') {
      // Nothing is decided before they are claimed.
      for (const job of ['send-letter', 'print-letters', 'send-staff-mail']) await office.workOnce(job);
    }
    await office.work();
  });
  await observe(world, office);
  if (!world.down) await expectSettled(world, office);
}

async function survive(
  world: World,
  { office, crash }: Real,
  accident: Accident | null,
  work: () => Promise<void>,
): Promise<void> {
  if (accident === null) return work();
  crash.after(accident.statements);
  let died = false;
  try {
    await work();
  } catch (error) {
    if (!crash.happened) throw error;
  } finally {
    died = crash.happened;
    crash.over();
  }
  if (!died) return;
  if (!accident.again) {
    world.down = true;
    return;
  }
  await office.restart();
  await work();
}

/** The child was absent on the last school days, today included, on which it was not yet. */
function miss(name: string, days: number): Command {
  return command(`${name} misses ${days} more days`, (world, { office }) => {
    const { rows } = childOf(world.children, name);
    const free = SCHOOL_DAYS.filter((date) => date <= world.today && rows.get(date) !== true);
    for (const date of free.slice(-days)) rows.set(date, true);
    tellSis(office, world);
  });
}

/** The SIS removes rows of the child, the oldest first. */
function correct(name: string, days: number): Command {
  return command(`${days} rows of ${name} are removed`, (world, { office }) => {
    const { rows } = childOf(world.children, name);
    const there = [...rows].flatMap(([date, isThere]) => (isThere ? date : [])).sort();
    for (const date of there.slice(0, days)) rows.set(date, false);
    tellSis(office, world);
  });
}

function parentOf(world: World, name: string, place: number): Parent {
  const { parents } = childOf(world.children, name);
  return parents[place % parents.length] as Parent;
}

function become(name: string, place: number, standing: Parent['standing']): Command {
  return command(`parent ${place} of ${name}: ${standing}`, (world, { office }) => {
    parentOf(world, name, place).standing = standing;
    tellSis(office, world);
  });
}

function moveHouse(name: string, place: number): Command {
  return command(`parent ${place} of ${name} has another address`, (world, { office }) => {
    parentOf(world, name, place).address += 1;
    tellSis(office, world);
  });
}

const KIND_OF_HOLD: Readonly<Record<HoldScope, string>> = {
  letters: 'no-contact',
  everything: 'homelessness',
  absolute: 'deceased',
};

function hold(name: string, scope: HoldScope): Command {
  return command(`a hold on ${scope} for ${name}`, async (world, { office }) => {
    const asked = {
      student: name,
      kind: KIND_OF_HOLD[scope],
      scope: null,
      from: null,
      until: null,
      owner: 'counselor',
      reason: 'as the test wants it',
      by: 'Counselor',
    };
    const added = await addHold(await deskOf(office), asked, office.moment());
    if (added.kind !== 'added') throw new Error(`the hold was ${added.kind}`);
    childOf(world.children, name).holds.push({ ref: added.ref, scope });
  });
}

function endHolds(name: string): Command {
  return command(
    `the holds of ${name} end`,
    async (world, { office }) => {
      const { holds } = childOf(world.children, name);
      for (const { ref } of holds.splice(0)) {
        const ended = await endHold(
          await deskOf(office),
          { ref, by: 'Counselor', because: 'over' },
          office.moment(),
        );
        expect(ended.kind).toBe('ended');
      }
    },
    (world) => childOf(world.children, name).holds.length > 0,
  );
}

async function deskOf(office: Office) {
  return { db: office.db, procedure: await office.jobs.procedure(), people: [] };
}

function move(name: string, place: 'here' | 'there' | 'gone'): Command {
  return command(`${name} is ${place}`, (world, { office }) => {
    const child = childOf(world.children, name);
    child.place = place;
    child.leftOn = place === 'gone' ? (child.leftOn ?? world.today) : null;
    tellSis(office, world);
  });
}

function code(name: string, unmapped: boolean): Command {
  return command(`${name} has ${unmapped ? 'a' : 'no'} code that nobody knows`, (world, { office }) => {
    childOf(world.children, name).unmapped = unmapped;
    tellSis(office, world);
  });
}

/** The clerk reports every print run as posted; the process may die while it takes that down. */
function post(statements: number | null): Command {
  const told = statements === null ? '' : `, dies after ${statements} statements`;
  return command(
    `the clerk posts${told}`,
    async (world, real) => {
      const { office } = real;
      const before = await postedLetters(office);
      const accident = statements === null ? null : { during: 'work' as const, statements, again: true };
      await survive(
        world,
        real,
        accident,
        async () => void (await answerAll(real, 'print-letters', 'posted')),
      );
      await posted(world, office, before);
    },
    (world) => !world.down && isSchoolDay(world.today),
  );
}

function call(name: string): Command {
  return command(
    `the clerk calls the family of ${name}`,
    async (world, real) => {
      const done = await answerAll(real, 'contact-family', 'left-message', await real.office.studentId(name));
      if (done > 0) childOf(world.children, name).called = true;
    },
    (world) => !world.down && isSchoolDay(world.today),
  );
}

async function answerAll(
  { office }: Real,
  kind: string,
  outcome: string,
  studentId: number | null = null,
): Promise<number> {
  const open = (await listOpenTasks(office.db)).filter(
    (task) => task.kind === kind && (studentId === null || task.studentId === studentId),
  );
  for (const { ref } of open) {
    await answerTask(office.jobs.db, { ref, by: 'Clerk', outcome, note: null }, office.moment());
  }
  return open.length;
}

/** What the server does to each of our mails while it behaves so. */
const FAULTS: Readonly<Record<MailServer, SmtpSink['fault']>> = {
  works: null,
  away: () => ({ at: 'connect', does: 'drop' }),
  later: () => ({ at: 'rcpt', does: 'reply', code: 451 }),
  refuses: () => ({ at: 'rcpt', does: 'reply', code: 550 }),
  'breaks-off': () => ({ at: 'message', does: 'drop' }),
  'is-not-heard': () => ({ at: 'dot', does: 'keep-and-drop' }),
};

export function mailServer(behaves: MailServer): Command {
  return command(`the mail server: ${behaves}`, (world, { office }) => {
    world.mail = behaves;
    office.sink.fault = FAULTS[behaves];
  });
}

function changePolicy(name: 'lower' | 'higher'): Command {
  return command(
    `the policy is ${name}`,
    (world, { office }) => {
      world.policy = name;
      world.policies.add(name);
      office.policy(policyCalled(name, office.config.policy));
    },
    (world) => world.policies.size === 1,
  );
}
