import fc from 'fast-check';
import { addDays } from '../../../src/domain/school-date.ts';
import type { SmtpSink } from '../smtp-sink.ts';
import { missDays, moveTo, removeRows } from './changes.ts';
import { type Accident, type Command, command, nextDay, type Time } from './day.ts';
import {
  agree,
  approve,
  call,
  endContracts,
  endHolds,
  hold,
  importLetter,
  ownLetters,
  post,
  release,
  removeImported,
} from './staff.ts';
import { policyCalled, tellModes, tellSis } from './tell-sis.ts';
import {
  type Child,
  childOf,
  type HoldScope,
  LETTER_STEPS,
  type MailServer,
  type Parent,
  type Place,
  type PolicyName,
  type Setting,
  type World,
} from './world.ts';

type OtherPolicy = Exclude<PolicyName, 'shipped'>;

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
const mode = fc.constantFrom('live' as const, 'live' as const, 'shadow' as const, 'tasks' as const);
const answer = fc.constantFrom('given' as const, 'given' as const, 'refused' as const);
const records = fc.constantFrom<Parent['records'][]>('one', 'both', 'both', 'second', 'second');
const letterStep = fc.constantFrom(...LETTER_STEPS);
const dies = fc.option(fc.nat(30), { freq: 2 });
const terms = fc.record({
  length: fc.integer({ min: 4, max: 30 }),
  allowed: fc.constantFrom(0, 0, 1, 3),
  grace: fc.nat(2),
});

/** What a life goes by; mostly as it is shipped. */
export const anySetting: fc.Arbitrary<Setting> = fc.record({
  asks: fc.constantFrom([], [], [...LETTER_STEPS, 'referral'], ['medical-letter']),
  baseline: fc.constantFrom(false, false, false, false, true),
  mode: fc.oneof({ weight: 2, arbitrary: fc.constant('live' as const) }, mode),
});

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
  { weight: 1, arbitrary: fc.tuple(otherPolicy, fc.option(fc.nat(12))).map((how) => changePolicy(...how)) },
  { weight: 4, arbitrary: fc.tuple(child, answer, dies).map((how) => approve(...how)) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom<Place[]>('here', 'there'), mode).map((to) => goLive(...to)),
  },
  { weight: 1, arbitrary: child.map(release) },
  { weight: 4, arbitrary: fc.tuple(child, terms, dies).map((what) => agree(...what)) },
  { weight: 2, arbitrary: fc.tuple(child, dies).map((of) => endContracts(...of)) },
  { weight: 2, arbitrary: fc.tuple(child, letterStep, fc.nat(10), dies).map((of) => importLetter(...of)) },
  { weight: 2, arbitrary: fc.tuple(child, dies).map((of) => removeImported(...of)) },
  { weight: 2, arbitrary: child.map(ownLetters) },
  { weight: 1, arbitrary: child.map(rename) },
  { weight: 1, arbitrary: fc.tuple(child, parent).map((of) => renameParent(...of)) },
  { weight: 2, arbitrary: fc.tuple(child, parent, records).map((of) => makeRecords(...of)) },
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

function miss(name: string, days: number): Command {
  return command(`${name} misses ${days} more days`, (world, { office }) => {
    missDays(childOf(world.children, name), days, world.today);
    tellSis(office, world);
  });
}

function correct(name: string, days: number): Command {
  return command(`${days} rows of ${name} are removed`, (world, { office }) => {
    removeRows(childOf(world.children, name), days);
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

function move(name: string, place: Child['place']): Command {
  return command(`${name} is ${place}`, (world, { office }) => {
    moveTo(childOf(world.children, name), place, world.today);
    tellSis(office, world);
  });
}

function code(name: string, unmapped: boolean): Command {
  return command(`${name} has ${unmapped ? 'a' : 'no'} code that nobody knows`, (world, { office }) => {
    childOf(world.children, name).unmapped = unmapped;
    tellSis(office, world);
  });
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

/** @param inDays null: it names no day, and holds at once */
function changePolicy(name: OtherPolicy, inDays: number | null): Command {
  return command(
    `the policy is ${name}${inDays === null ? '' : ` in ${inDays} days`}`,
    (world, { office }) => {
      const from = inDays === null ? null : addDays(world.today, inDays);
      world.policies.add(name);
      if (from === null || from <= world.today) world.policy = name;
      else world.coming = { name, from };
      office.policy(policyCalled(name, world, office.config.policy, from));
    },
    (world) => world.policies.size === 1,
  );
}

function goLive(place: Place, mode: World['modes'][Place]): Command {
  return command(`the school ${place} is in ${mode} mode`, (world, { office }) => {
    world.modes[place] = mode;
    tellModes(office, world);
  });
}

/** The SIS has given the child another id; its number is the same. */
function rename(name: string): Command {
  return command(`${name} has another id`, (world, { office }) => {
    childOf(world.children, name).renamed += 1;
    tellSis(office, world);
  });
}

function renameParent(name: string, place: number): Command {
  return command(`parent ${place} of ${name} has another id`, (world, { office }) => {
    parentOf(world, name, place).renamed += 1;
    tellSis(office, world);
  });
}

/** A parent with an e-mail address, which both records have: a letter to them is one. */
function makeRecords(name: string, place: number, records: Parent['records']): Command {
  const told = {
    one: 'known by the first record',
    both: 'known twice',
    second: 'known by the second record',
  };
  return command(
    `parent ${place} of ${name} is ${told[records]}`,
    (world, { office }) => {
      parentOf(world, name, place).records = records;
      tellSis(office, world);
    },
    (world) => parentOf(world, name, place).channel === 'email',
  );
}
