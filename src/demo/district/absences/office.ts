import type { CodeTitle } from '../codes.ts';
import type { School } from '../model.ts';
import type { Random } from '../random.ts';
import type { TermDays } from '../term-days.ts';
import type { Fix, MissedDay } from './missed-day.ts';

export type Reason = 'illness' | 'appointment' | 'family' | 'no-call' | 'planned-trip';

const comments = [
  'Mother called: fever',
  'Doctor note on file',
  'Grandfather’s funeral',
  'Called twice, no answer',
  'Flu, see nurse',
];

/**
 * How the attendance office enters a missed day: what it writes at first, when it learns better, and the mistakes
 * that it finds later. Nine days in ten end as they began to count.
 */
export function enteredByOffice(
  missed: {
    readonly index: number;
    readonly share: MissedDay['share'];
    readonly reason: Reason;
    readonly school: School;
  },
  days: TermDays,
  random: Random,
): MissedDay {
  const { index, share, reason, school } = missed;
  const [first, final] = coding(reason, random);
  const enteredLate = reason !== 'planned-trip' && random.chance(0.04);
  const entryDay =
    reason === 'planned-trip'
      ? Math.max(0, index - random.integer(3, 10))
      : enteredLate
        ? index + random.integer(1, 20)
        : index;
  const enteredAt = enteredLate
    ? days.officeHour(entryDay, random)
    : days.at(days.date(entryDay), random.integer(8 * 60 + 20, 11 * 60 + 30));
  const measure = measureOf(reason, share, school, random);
  const later = (most: number) =>
    days.officeHour(Math.max(entryDay, index) + random.integer(1, most), random);
  const fixes: Fix[] = [];
  if (first !== final)
    fixes.push({ at: later(random.chance(0.7) ? 4 : 15), change: { kind: 'recode', to: final } });
  const mistake = random.weighted<Fix['change'] | null>([
    [null, 92.2],
    [{ kind: 'recode', to: 'TDY' }, 1.8],
    [{ kind: 'recode', to: 'PRS' }, 0.9],
    [{ kind: 'recode', to: 'FLD' }, 0.8],
    [{ kind: 'tombstone' }, 1.3],
    [{ kind: 'vanish' }, 0.7],
    [{ kind: 'share', to: share === 'day' ? 'half' : 'day' }, measure === 'periods' ? 0 : 2.3],
  ]);
  if (mistake !== null) fixes.push({ at: later(20), change: mistake });
  return {
    index,
    school,
    share,
    measure,
    code: first,
    enteredAt,
    comment: random.chance(0.15) ? random.pick(comments) : null,
    fixes: byTime(fixes),
  };
}

/** Once a row is gone from the SIS nobody edits it any more. */
function byTime(fixes: readonly Fix[]): Fix[] {
  const sorted = [...fixes].sort((a, b) => a.at - b.at);
  const end = sorted.findIndex((fix) => fix.change.kind === 'tombstone' || fix.change.kind === 'vanish');
  return end === -1 ? sorted : sorted.slice(0, end + 1);
}

/** The code that is entered first, and the one that it becomes when the family has called. */
function coding(reason: Reason, random: Random): [CodeTitle, CodeTitle] {
  switch (reason) {
    case 'illness':
      return [
        random.weighted<CodeTitle>([
          ['UNK', 50],
          ['ILL', 30],
          ['UNX', 20],
        ]),
        'ILL',
      ];
    case 'appointment':
      return [
        random.weighted<CodeTitle>([
          ['MED', 60],
          ['UNK', 40],
        ]),
        'MED',
      ];
    case 'family':
      return [
        random.weighted<CodeTitle>([
          ['FAM', 50],
          ['UNX', 50],
        ]),
        'FAM',
      ];
    case 'no-call':
      return [
        random.weighted<CodeTitle>([
          ['UNX', 75],
          ['UNK', 25],
        ]),
        'UNX',
      ];
    case 'planned-trip':
      return ['PRE', 'PRE'];
  }
}

/** In the high school nobody but the teachers reports a student whose family has not called. */
function measureOf(
  reason: Reason,
  share: MissedDay['share'],
  school: School,
  random: Random,
): MissedDay['measure'] {
  if (school.level === 'high' && reason === 'no-call') return 'periods';
  if (school.level === 'middle' && (share === 'half' || random.chance(0.15))) return 'minutes';
  return 'day-value';
}
