import { expect } from '@jest/globals';
import { beginNextYear } from '../new-year.ts';
import type { Office } from '../office.ts';
import { nextDay, type Real } from './day.ts';
import { lettersOf } from './observe.ts';
import { answerAsked, postAll } from './staff.ts';
import { tellModes } from './tell-sis.ts';
import {
  childAsKnown,
  childOf,
  idOf,
  isReached,
  LETTER_STEPS,
  obstacles,
  stepOf,
  type World,
} from './world.ts';

/** Long enough for everything to settle, and for each letter to be tried again. */
const QUIET_DATES = 14;

/**
 * Every school is live, the mail server works, nobody dies, whoever is asked says yes, and nothing new happens: after
 * enough such days all that is owed has been done, or something that the test knows of is in the way. Then the next
 * school year begins, in which none of it leaves any more.
 */
export async function expectNothingLost(world: World, real: Real): Promise<void> {
  const { office } = real;
  office.sink.fault = null;
  world.modes.here = 'live';
  world.modes.there = 'live';
  tellModes(office, world);
  for (let date = 0; date < QUIET_DATES; date += 1) {
    await nextDay(world, real);
    await postAll(world, real);
    for (const { name } of world.children) await answerAsked(world, real, name, 'given');
  }
  for (const { name } of world.children) await expectDone(world, office, name);
  await expectYearEnded(world, office);
}

async function expectDone(world: World, office: Office, name: string): Promise<void> {
  const child = childAsKnown(world, name);
  if (obstacles(child).length > 0) return;
  const steps = await office.steps(idOf(childOf(world.known, name)));
  const told = { on: world.today, child: name, steps };
  if (isReached(world, child, 'contact') && steps.contact !== 'pre-existing')
    expect({ ...told, contact: steps.contact }).toEqual({ ...told, contact: 'taken' });
  const letters = (await lettersOf(office)).filter((letter) => letter.child === name);
  for (const step of LETTER_STEPS) {
    if (!isReached(world, child, step)) continue;
    const waitsForPerson = letters.some(
      (letter) => letter.step === step && (letter.state === 'uncertain' || letter.isExhausted),
    );
    // What was taken is judged by the policy that owed it, whose line may be missed.
    const ofOthers = world.policies.size > 1 ? ['pre-existing', 'withdrawn', 'taken, superseded'] : [];
    const isSchools =
      world.everNotLive.has(name) ||
      [world.leftToSchool, world.everOutside].some((some) => some.has(stepOf(name, step)));
    const allowed = ['taken', 'skipped', ...ofOthers, ...(isSchools ? ['pre-existing'] : [])];
    const isDone = allowed.includes(steps[step] ?? 'none') || (steps[step] === 'owed' && waitsForPerson);
    expect({ ...told, step, isDone }).toEqual({ ...told, step, isDone: true });
    const unfinished = letters.filter(
      (letter) =>
        letter.step === step &&
        ['planned', 'queued', 'held', 'claimed'].includes(letter.state) &&
        !letter.isExhausted,
    );
    expect({ ...told, step, unfinished }).toEqual({ ...told, step, unfinished: [] });
  }
}

/** What the old year owed is owed no more, and not one letter or packet of it leaves in the new one. */
async function expectYearEnded(world: World, office: Office): Promise<void> {
  await beginNextYear(office, '2027-08-18');
  await office.work();
  const mails = office.sink.delivered
    .slice(world.mailsSeen)
    .map(({ raw }) => /^X-Rollcall-Kind: (.+?)\r?$/m.exec(String(raw))?.[1]);
  expect(mails.filter((kind) => kind === 'letter' || kind === 'packet')).toEqual([]);
  for (const { name } of world.children)
    expect(Object.values(await office.steps(idOf(childOf(world.known, name))))).not.toContain('owed');
  const states = (await lettersOf(office)).map(({ state }) => state);
  for (const state of ['planned', 'queued', 'held', 'claimed']) expect(states).not.toContain(state);
}
