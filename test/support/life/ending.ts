import { addDays } from '../../../src/domain/school-date.ts';
import { isSendingDay } from '../decision-model/world.ts';
import { clockAt, type District, tellAll, todayOf } from './district.ts';
import { eachFamily } from './each-family.ts';
import { doOthers, lookForWork, postAll, readSis, stopOrResume } from './events.ts';
import { expectAllDone } from './expect-done.ts';
import { finish } from './family-step.ts';
import { look } from './look.ts';

/** Enough for a letter that has to wait for another day, and for its post. */
const QUIET_DAYS = 2;
/** The second is later than any mail waits for another attempt. */
const TIMES = ['08:30', '14:00'];

/**
 * Nothing goes wrong any more and nothing new happens: after some school days all that is owed has been done, or waits
 * where a person sees it.
 */
export async function expectNothingLost(district: District): Promise<void> {
  district.isCalm = true;
  tellAll(district, 'from here on nothing goes wrong');
  const [worker] = district.workers;
  if (worker === undefined) throw new Error('nobody works');
  if (district.isStopped) await stopOrResume(district, worker);
  await eachFamily(district, (family) => finish(district, family));
  let date = todayOf(district);
  for (let days = 0; days < QUIET_DAYS; ) {
    date = addDays(date, 1);
    if (!isSendingDay(date)) continue;
    days += 1;
    for (const time of TIMES) {
      district.step += 1;
      district.now = clockAt(date, time);
      if (time === TIMES[0]) await readSis(district, worker, null);
      await workUntilNothingIsDue(district);
      await postAll(district, worker);
      await look(district);
    }
  }
  await expectAllDone(district);
}

async function workUntilNothingIsDue(district: District): Promise<void> {
  const [worker] = district.workers;
  if (worker === undefined) return;
  for (let round = 0; round < ROUNDS; round += 1) {
    await lookForWork(district, worker, null);
    const waiting = district.families.some(({ queue }) => queue.length > 0);
    await doOthers(district, worker, () => true, Number.POSITIVE_INFINITY);
    if (!waiting) return;
    await eachFamily(district, (family) => finish(district, family));
  }
}

/** Prepared, weighed, sent; and once more for what came of it. */
const ROUNDS = 6;
