import { setTimeout as wait } from 'node:timers/promises';
import { instantInZone, type SchoolDate } from '../../domain/school-date.ts';
import { slotIsDone } from '../../store/schedule-slots.ts';
import type { Mishap, Round } from './bad-day.ts';
import { type BadDay, openBadDay } from './befall.ts';
import type { Said } from './crew.ts';
import type { SoakServers } from './servers.ts';

interface Day {
  readonly today: SchoolDate;
  readonly timeZone: string;
  readonly planned: readonly Mishap[];
}

/**
 * When a minute goes by at which something is due: the night, the mails of the morning and the letters, and whatever these
 * have made due, such as a packet whose mail was composed just then.
 */
const ROUNDS: readonly { readonly at: string; readonly round: Round | null }[] = [
  { at: '03:31', round: 'night' },
  { at: '08:01', round: 'sending' },
  { at: '10:31', round: null },
];
/** As `schedule` of the demonstration's configuration has them. */
const SLOTS = [
  { name: 'sync', at: '03:30' },
  { name: 'digest', at: '07:00' },
] as const;

const POLL_MS = 30;
/** Waits between two attempts are over by then; what is put off further waits for the clock. */
const LATER_MS = 1_500;
/** A job whose process has died is taken over within seconds. */
const PATIENCE_MS = 90_000;
const READY_MS = 20_000;

/**
 * Plays a day from the night to the late morning, with what befalls it.
 * @returns what the process holds that is never ended; null: it has ended all the same
 * @throws Error when the work of the day comes to no end
 */
export async function playDay(
  { today, timeZone, planned }: Day,
  befallen: Parameters<typeof openBadDay>[1],
): Promise<Said<'memory'> | null> {
  const { crew, servers, told, wrong } = befallen;
  const clockAt = (at: string) => instantInZone(today, at, timeZone);
  const bad = openBadDay(planned, befallen);
  let now = clockAt('03:31');
  for (const { at, round } of ROUNDS) {
    await crew.ready();
    now = clockAt(at);
    crew.setClock(now);
    if (round !== null) bad.begin(round);
    await playRound(befallen, bad);
  }
  bad.end();
  for (const mishap of planned) {
    if (mishap.kind !== 'clock') continue;
    crew.setClock(new Date(now.getTime() + mishap.minutes * 60_000));
    await playRound(befallen, bad);
    told(mishap);
  }
  await crew.ready();
  for (const { name, at } of SLOTS)
    if (!(await slotIsDone(servers.db, name, clockAt(at)))) wrong(`${name} was not run`);
  return lookAtOldest(befallen);
}

async function playRound({ crew, servers }: Parameters<typeof openBadDay>[1], bad: BadDay): Promise<void> {
  await crew.tick();
  await quiet(servers);
  await bad.happened();
  await quiet(servers);
}

/** Waits until nothing is left to do now. */
async function quiet({ inQueue }: SoakServers): Promise<void> {
  const began = performance.now();
  // A job on its way from one state to another is in neither count once.
  for (let calm = 0; calm < 2; ) {
    const jobs = await inQueue();
    const waited = performance.now() - began;
    const isBusy = jobs === null || jobs.now > 0 || (jobs.later > 0 && waited < LATER_MS);
    calm = isBusy ? 0 : calm + 1;
    if (waited > PATIENCE_MS) throw new Error('the work of a day came to no end');
    if (calm < 2) await wait(POLL_MS);
  }
}

/** The service as those outside see it: its health, its figures and its pages. */
async function lookAtOldest({
  crew,
  wrong,
}: Parameters<typeof openBadDay>[1]): Promise<Said<'memory'> | null> {
  const oldest = await crew.oldest();
  if (oldest === null) {
    wrong('the process that is never ended has ended');
    return null;
  }
  const { pagesAt, healthAt } = oldest.at;
  for (const url of [`${healthAt}/ready`, `${healthAt}/metrics`, `${pagesAt}/sign-in`])
    if (!(await answers(url))) wrong(`${new URL(url).pathname} was not answered`);
  return oldest.memory;
}

async function answers(url: string): Promise<boolean> {
  const began = performance.now();
  while (performance.now() - began < READY_MS) {
    const isGood = await fetch(url).then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      () => false,
    );
    if (isGood) return true;
    await wait(READY_MS / 100);
  }
  return false;
}
