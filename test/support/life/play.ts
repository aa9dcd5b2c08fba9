import { addDays, type SchoolDate } from '../../../src/domain/school-date.ts';
import { isSchoolDay } from '../decision-model/world.ts';
import { clockAt, type District, randomNow, todayOf } from './district.ts';
import { eachFamily } from './each-family.ts';
import { expectNothingLost } from './ending.ts';
import { HAPPENINGS, happen, readSis } from './events.ts';
import { BrokenError } from './family.ts';
import { stepOf } from './family-step.ts';
import { look } from './look.ts';
import { closeDistrict, endWorker, openDistrict } from './open-district.ts';
import { sortEnqueued } from './queue.ts';

/** Dates on which things happen; some quiet ones follow. */
const DATES = 4;
const MINUTE_MS = 60_000;

export interface Lived {
  readonly families: number;
  readonly steps: number;
  readonly delivered: number;
  /** Letters that were of unknown fate at some time. */
  readonly uncertain: number;
  readonly deaths: number;
}

/** Plays the lives of a district's families, step by step, and looks at all of them after each. */
export async function playDistrict(seed: number, families: number, only: number | null): Promise<Lived> {
  const district = await openDistrict(seed, families, only);
  try {
    await happen(district, 'nothing');
    const [first] = district.workers;
    if (first !== undefined) await readSis(district, first, null);
    const begun = todayOf(district);
    for (let date = begun, passed = 0; passed < DATES; passed += 1, date = addDays(begun, passed)) {
      await playDate(district, date);
    }
    await expectNothingLost(district);
    return {
      families: district.families.length,
      steps: district.step,
      delivered: district.mail.kept.size,
      uncertain: district.uncertain.size,
      deaths: district.deaths,
    };
  } catch (error) {
    throw error instanceof BrokenError
      ? error
      : new BrokenError(null, 'the simulation has failed', { error });
  } finally {
    await closeDistrict(district);
  }
}

async function playDate(district: District, date: SchoolDate): Promise<void> {
  // The clock may have run ahead: then it goes back.
  district.now = clockAt(date, '07:40');
  const steps = isSchoolDay(date) ? randomNow(district, 'day').integer(7, 11) : 2;
  for (let step = 0; step < steps; step += 1) {
    district.step += 1;
    const random = randomNow(district, 'what');
    const jump = random.weighted([
      [random.integer(1, 40), 14],
      [random.integer(60, 200), 2],
      [-random.integer(1, 120), 1.5],
      [30 * 60, 0.4],
      [-26 * 60, 0.2],
    ]);
    district.now = new Date(district.now.getTime() + jump * MINUTE_MS);
    await happen(district, step === 0 && random.chance(0.8) ? 'read' : random.weighted(HAPPENINGS));
    await eachFamily(district, (family) => stepOf(district, family));
    for (const worker of [...district.doomed]) await endWorker(district, worker);
    await look(district);
    await sortEnqueued(district);
  }
}
