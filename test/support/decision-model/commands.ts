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
  type Child,
  childOf,
  type HoldScope,
  isReached,
  isSchoolDay,
  type MailServer,
  type Parent,
  type PolicyName,
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
type OtherPolicy = Exclude<PolicyName, 'shipped'>;

/** Where in a day the process dies, and whether somebody starts it again the same day. */
interface Accident {
  readonly during: 'sync' | 'work' | 'sending';
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

type Time = 'morning' | 'evening' | 'letters-first';

const child = fc.constantFrom('ada', 'ben');
const parent = fc.nat(1);
const accident: fc.Arbitrary<Accident> = fc.record({
  during: fc.constantFrom<Accident['during'][]>('sync', 'work', 'work'),
  statements: fc.oneof(fc.nat(30), fc.nat(160)),
  again: fc.boolean(),
});
const time = fc.constantFrom<Time[]>('morning', 'evening', 'letters-first');
const standing = fc.constantFrom<Parent['standing'][]>('may', 'may', 'barred', 'contradictory');
const scope = fc.constantFrom<HoldScope[]>('letters', 'letters', 'everything', 'absolute');
const place = fc.constantFrom<Child['place'][]>('here', 'here', 'there', 'gone');
const server = fc.record<MailServer>({
  does: fc.constantFrom('works', 'works', 'away', 'later', 'refuses', 'breaks-off', 'is-not-heard'),
  toAll: fc.boolean(),
});
const otherPolicy = fc.constantFrom<OtherPolicy[]>('lower', 'higher');

/** Every command, the likelier the higher its weight. A new one is one more line. */
export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 5 }).map((dates) => goOn(dates, 'morning', null)) },
  { weight: 4, arbitrary: time.map((hour) => goOn(1, hour, null)) },
  { weight: 6, arbitrary: fc.tuple(time, accident).map(([hour, dies]) => goOn(1, hour, dies)) },
  { weight: 5, arbitrary: fc.tuple(fc.nat(1), fc.boolean()).map((how) => dieSending(...how)) },
  { weight: 8, arbitrary: fc.tuple(child, fc.integer({ min: 1, max: 5 })).map((of) => miss(...of)) },
  { weight: 4, arbitrary: fc.tuple(child, fc.integer({ min: 1, max: 4 })).map((of) => correct(...of)) },
  { weight: 2, arbitrary: fc.tuple(child, parent, standing).map((of) => change(...of)) },
  { weight: 1, arbitrary: fc.tuple(child, parent).map((of) => moveHouse(...of)) },
  { weight: 3, arbitrary: fc.tuple(child, scope).map((of) => hold(...of)) },
  { weight: 3, arbitrary: child.map(endHolds) },
  { weight: 2, arbitrary: fc.tuple(child, place).map((of) => move(...of)) },
  { weight: 1, arbitrary: fc.tuple(child, fc.boolean()).map((of) => code(...of)) },
  { weight: 4, arbitrary: fc.option(fc.nat(30)).map(post) },
  { weight: 2, arbitrary: child.map(call) },
  { weight: 4, arbitrary: server.map(mailServer) },
  { weight: 1, arbitrary: otherPolicy.map(changePolicy) },
);

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

/** Days of the program until it dies over a mail: before the first byte of it, or before anybody hears the answer. */
function dieSending(statements: number, again: boolean): Command {
  const when = statements === 0 ? 'before the first byte' : 'after the last byte';
  return command(`dies ${when} of the next mail${again ? '' : ' and stays down'}`, async (world, real) => {
    const { deaths } = world;
    for (let passed = 0; passed < 6 && world.deaths === deaths; passed += 1)
      await nextDay(world, real, 'morning', { during: 'sending', statements, again });
  });
}

/** The next date: sync, where that can change anything, then everything that is due. */
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
  const survives = (phase: 'sync' | 'work', work: () => Promise<void>) =>
    survive(
      world,
      { office, crash },
      (accident?.during === 'sync') === (phase === 'sync') ? accident : null,
      work,
    );
  if (isToBeRead(world, accident)) {
    await survives('sync', () => office.sync());
    if (world.down) return;
    world.known = structuredClone(world.children);
    world.unread = false;
  }
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

/** A packet leaves only on a day on which the SIS was read. */
function isToBeRead(world: World, accident: Accident | null): boolean {
  const mayRefer = world.known.some((child) => isReached(world, child, 'referral'));
  return world.unread || mayRefer || accident?.during === 'sync';
}

async function survive(
  world: World,
  { office, crash }: Real,
  accident: Accident | null,
  work: () => Promise<void>,
): Promise<void> {
  if (accident === null) return work();
  // Nothing of the mail is on its way yet, or nobody hears any more what became of it.
  if (accident.during === 'sending') crash.after(accident.statements, /set state = 'transmitting'/);
  else crash.after(accident.statements);
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
  world.deaths += 1;
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

function change(name: string, place: number, standing: Parent['standing']): Command {
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

function move(name: string, place: Child['place']): Command {
  return command(`${name} is ${place}`, (world, { office }) => {
    const child = childOf(world.children, name);
    child.place = place;
    child.leftOn = place === 'gone' ? (child.leftOn ?? world.today) : null;
    if (place !== 'gone' && child.schools.at(-1)?.at !== place) {
      if (child.schools.at(-1)?.since === world.today) child.schools.pop();
      if (child.schools.at(-1)?.at !== place) child.schools.push({ since: world.today, at: place });
    }
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

/** The clerk reports every print run as posted. */
export async function postAll(world: World, real: Real): Promise<void> {
  const before = await postedLetters(real.office);
  await answerAll(real, 'print-letters', 'posted');
  await posted(world, real.office, before);
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

/** What the server does to a mail while it behaves so. */
const FAULTS: Readonly<Record<MailServer['does'], ReturnType<NonNullable<SmtpSink['fault']>>>> = {
  works: null,
  away: { at: 'connect', does: 'drop' },
  later: { at: 'rcpt', does: 'reply', code: 451 },
  refuses: { at: 'rcpt', does: 'reply', code: 550 },
  'breaks-off': { at: 'message', does: 'drop' },
  'is-not-heard': { at: 'dot', does: 'keep-and-drop' },
};

function mailServer({ does, toAll }: MailServer): Command {
  return command(`the mail server ${does}${toAll ? '' : ', for mothers'}`, (_world, { office }) => {
    office.sink.fault = ({ to }) => (toAll || to?.startsWith('mum') ? FAULTS[does] : null);
  });
}

function changePolicy(name: OtherPolicy): Command {
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
