import { addDays } from '../../../domain/school-date.ts';
import type { CodeTitle } from '../codes.ts';
import type { Membership } from '../membership.ts';
import type { Child } from '../people.ts';
import type { TermDays } from '../term-days.ts';
import type { FreeDays } from './episodes.ts';
import type { Fix, MissedDay } from './missed-day.ts';

/** What the stories and twists of the cast need beyond chance. */
export function scriptedDays(
  child: Child,
  membership: Membership,
  days: TermDays,
  free: FreeDays,
): MissedDay[] {
  return [...storyDays(child, membership, days, free), ...twistDays(child, membership, days, free)];
}

/** Roads are closed on these days; the offices use a code that the code table learns five school days later. */
const roadsClosed: readonly number[] = [36, 37];
export const lateCodeKnownOn = 41;

function storyDays(child: Child, membership: Membership, days: TermDays, free: FreeDays): MissedDay[] {
  const { random } = child;
  const plain = (index: number, code: CodeTitle, more: Partial<MissedDay> = {}) =>
    plainDay(index, code, membership, days, more);
  /** Whole days of illness, in runs of two. */
  const missBefore = (until: number, count: number) =>
    Array.from({ length: count / 2 }, () => free.takeRun(2, until, 2)).flatMap((first) =>
      first === null ? [] : [plain(first, 'ILL'), plain(first + 1, 'ILL')],
    );
  switch (child.part.story) {
    case 'entered-late': {
      const first = random.integer(26, 38);
      const length = random.integer(8, 10);
      const enteredAt = days.officeHour(first + length, random);
      const run = takeAll(free, first, length);
      return [
        ...missBefore(20, 2),
        ...run.map((index) => plain(index, 'MED', { enteredAt, comment: 'Hospital letter' })),
      ];
    }
    case 'falls-before-settling': {
      const [seventh] = takeAll(free, random.integer(44, 52), 1);
      if (seventh === undefined) return [];
      const fixes: Fix[] = [
        { at: days.officeHour(seventh + 2, random), change: { kind: 'recode', to: 'TDY' } },
      ];
      return [...missBefore(34, 6), plain(seventh, 'UNX', { fixes })];
    }
    case 'falls-while-waiting': {
      // Three school days before the last day before a break: settled on that day, when no letter leaves.
      const lastDay = random.pick(days.beforeAutumnBreaks);
      const [seventh] = takeAll(free, lastDay - 3, 1);
      if (seventh === undefined) return [];
      // The office tidies up on the first day of the break.
      const at = days.at(addDays(days.date(lastDay), 1), 10 * 60 + random.integer(0, 50));
      const fixes: Fix[] = [{ at, change: { kind: 'recode', to: 'FLD' } }];
      return [...missBefore(lastDay - 8, 6), plain(seventh, 'UNX', { fixes })];
    }
    case 'falls-after-letter': {
      const last = random.integer(36, 42);
      const [sixth, seventh] = takeAll(free, last - 1, 2);
      if (sixth === undefined || seventh === undefined) return [];
      const fifth = takeAll(free, last - 5, 1).map((index) => plain(index, 'UNX'));
      const at = days.officeHour(last + random.integer(10, 16), random);
      return [
        ...missBefore(30, 4),
        ...fifth,
        plain(sixth, 'UNX', { fixes: [{ at, change: { kind: 'recode', to: 'PRS' } }] }),
        plain(seventh, 'UNX', { fixes: [{ at: at + 60_000, change: { kind: 'tombstone' } }] }),
      ];
    }
    default:
      return [];
  }
}

function twistDays(child: Child, membership: Membership, days: TermDays, free: FreeDays): MissedDay[] {
  const { random } = child;
  const all = (indexes: readonly number[], code: CodeTitle) =>
    indexes.map((index) => plainDay(index, code, membership, days, {}));
  switch (child.part.twist) {
    case 'suspended':
      return all(takeAll(free, random.integer(15, 55), random.integer(1, 3)), 'SUS');
    case 'confidential':
      return all(takeAll(free, random.integer(15, 55), 2), 'CNF');
    case 'new-code':
      return all(
        roadsClosed.flatMap((index) => takeAll(free, index, 1)),
        'WTR',
      );
    default:
      return [];
  }
}

function takeAll(free: FreeDays, first: number, length: number): number[] {
  const indexes = Array.from({ length }, (_, offset) => first + offset).filter(free.isFree);
  for (const index of indexes) free.take(index);
  return indexes;
}

/** A whole day, entered the same morning under its final code. */
function plainDay(
  index: number,
  code: CodeTitle,
  membership: Membership,
  days: TermDays,
  more: Partial<MissedDay>,
): MissedDay {
  return {
    index,
    school: membership.schoolOn(index),
    share: 'day',
    measure: 'day-value',
    code,
    enteredAt: days.at(days.date(index), 9 * 60 + 15),
    comment: null,
    fixes: [],
    ...more,
  };
}
