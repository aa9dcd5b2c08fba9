import { sendLetter } from '../../../jobs/send-letter.ts';
import type { Random } from '../../../src/demo/district/random.ts';
import { randomOf } from '../../../src/demo/district/random.ts';
import type { JobItem } from '../../../src/queue/define-job.ts';
import { RetryLaterError } from '../../../src/queue/errors.ts';
import { type District, tell } from './district.ts';
import { BrokenError, type Family, type InHand } from './family.ts';
import { changeFamily } from './family-changes.ts';
import { type Accident, type End, takeInHand } from './hand.ts';
import { askPerson } from './people.ts';

/** One small step of one family's life: of a job that some worker has in hand, of the SIS, or of a person. */
export async function stepOf(district: District, family: Family): Promise<void> {
  const random = randomOf(district.seed, 'family', family.number, district.step);
  family.random = random;
  const inHand = family.inHand.length;
  const waiting = district.workers.length === 0 ? 0 : family.queue.length;
  const what = random.weighted([
    ['rest', 20],
    ['change', 1],
    ['ask', 1],
    ['go on', inHand > 0 ? 90 : 0],
    ['go on at once', inHand > 1 ? 15 : 0],
    ['take', waiting > 0 ? 60 : 0],
  ]);
  if (what === 'change') changeFamily(district, family);
  if (what === 'ask') await askPerson(district, family);
  if (what === 'take') take(district, family);
  if (what === 'take') await goOn(district, family, family.inHand.at(-1) as InHand);
  if (what === 'go on') await goOn(district, family, random.pick(family.inHand));
  if (what === 'go on at once') await Promise.all(family.inHand.map((one) => goOn(district, family, one)));
}

/** A worker takes a job of the queue, which may bring the same one a second time, or in another order. */
function take(district: District, family: Family): void {
  const { random, queue } = family;
  const told = queue.map((item) => ({ item, told: wordsOf(district, item) }));
  // References are made by chance: no choice may hang on them.
  told.sort((a, b) => (a.told < b.told ? -1 : 1));
  const chosen = random.pick(told);
  const worker = random.pick(district.workers);
  const isBroughtAgain = !district.isCalm && random.chance(0.1);
  if (!isBroughtAgain) queue.splice(queue.indexOf(chosen.item), 1);
  const { job, payload } = chosen.item;
  const hand = takeInHand(() => job.run(payload as never, worker.deps as never, { last: true }));
  family.inHand.push({ worker, item: chosen.item, told: chosen.told, hand });
  tell(
    district,
    family,
    `${worker.name} takes ${chosen.told}${isBroughtAgain ? ', which will come again' : ''}`,
  );
}

function wordsOf({ letters }: District, { job, payload }: JobItem): string {
  const letter = letters.get((payload as { letterId?: string }).letterId ?? '');
  if (letter === undefined) return job.name;
  return `${job.name} ${letter.step} ${letter.round} to ${letter.guardians.join(' and ')} (${letter.state})`;
}

async function goOn(district: District, family: Family, one: InHand): Promise<void> {
  const { random } = family;
  const { worker, told, hand } = one;
  const passes = random.weighted([
    [1, 4],
    [2, 3],
    [MANY, one.item.job.name === sendLetter.name ? 2 : 12],
  ]);
  const accident = accidentOf(random, district.doomed.has(worker));
  await hand.goOn(passes, accident);
  if (hand.hadAccident && accident !== null)
    tell(
      district,
      family,
      `${told} of ${worker.name}: ${accident.how} at ${accident.at}${accident.dies ? ', dies' : ''}`,
    );
  settle(district, family, one);
}

/** More places at which it could stand still than any job has. */
const MANY = 1_000;

/** @param dies the process ends in this step, wherever the job is by then */
function accidentOf(random: Random, dies: boolean): Accident | null {
  const at = random.weighted<Accident['at']>([
    ['commit', 3],
    [random.integer(0, 4), 2],
    [random.integer(0, 30), 3],
  ]);
  const how = random.weighted<Accident['how']>([
    ['refused', 3],
    ['unsent', 1],
    ['unheard', 2],
  ]);
  return dies || random.chance(0.04) ? { at, how, dies } : null;
}

/** Every job of the family comes to its end: those in hand, and those that wait. */
export async function finish(district: District, family: Family): Promise<void> {
  family.random = randomOf(district.seed, 'family', family.number, district.step);
  for (;;) {
    if (family.inHand.length === 0 && family.queue.length === 0) return;
    if (family.inHand.length === 0) take(district, family);
    for (const one of [...family.inHand]) {
      await one.hand.goOn(MANY);
      settle(district, family, one);
    }
  }
}

/** What has ended leaves the worker's hands. */
function settle(district: District, family: Family, one: InHand): void {
  const { hand, told, item, worker } = one;
  const { end } = hand;
  if (end === null) return;
  family.inHand.splice(family.inHand.indexOf(one), 1);
  tell(district, family, `${told} of ${worker.name} ends: ${wordsOfEnd(end)}`);
  if (end.kind !== 'failed') return;
  const { error } = end;
  if (error instanceof BrokenError) throw error;
  if (!(error instanceof RetryLaterError) && !hand.everHadAccident)
    throw new BrokenError(family, 'a job has failed', { told, error: String(error) });
  // The queue brings it again, or has lost it as well.
  if (!district.isCalm && family.random.chance(0.5)) family.queue.push(item);
}

function wordsOfEnd(end: End): string {
  if (end.kind === 'failed') return String(end.error);
  return end.kind === 'dead' ? 'dead' : String(end.outcome);
}
