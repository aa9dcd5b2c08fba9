import type fc from 'fast-check';
import { addDays } from '../../../src/domain/school-date.ts';
import type { Office } from '../office.ts';
import type { Crash } from './crash.ts';
import { endDay } from './evening.ts';
import { observe } from './observe.ts';
import { expectSettled } from './settled.ts';
import { isReached, type World } from './world.ts';

/** The program, with the staff, the SIS and the mail server around it. */
export interface Real {
  readonly office: Office;
  readonly crash: Crash;
}

export type Command = fc.AsyncCommand<World, Real>;
/** Where in a day the process dies, and whether somebody starts it again the same day. */
export interface Accident {
  readonly during: 'sync' | 'work' | 'sending';
  readonly statements: number;
  readonly again: boolean;
}

/** One command: when it can come, what it does to the world and the program, and how a failure names it. */
export function command(
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

export type Time = 'morning' | 'evening' | 'letters-first';

/** The next date: sync, where that can change anything, then everything that is due. */
export async function nextDay(
  world: World,
  { office, crash }: Real,
  time: Time = 'morning',
  accident: Accident | null = null,
): Promise<void> {
  world.today = addDays(world.today, 1);
  if (world.coming !== null && world.today >= world.coming.from) {
    world.policy = world.coming.name;
    world.coming = null;
  }
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
    await office.takeBack();
    await office.work();
  });
  await observe(world, office);
  if (world.down) return;
  endDay(world);
  await expectSettled(world, office);
}

/** A packet leaves only on a day on which the SIS was read. */
function isToBeRead(world: World, accident: Accident | null): boolean {
  const mayRefer = world.known.some((child) => isReached(world, child, 'referral'));
  return world.unread || mayRefer || accident?.during === 'sync';
}

/** The work of a process that may die of it. */
export async function survive(
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
