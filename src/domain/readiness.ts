import type { SchoolCalendar } from './calendar.ts';
import { holdsOn } from './ladder-blocks.ts';
import type { Hold, LetterOut, StepRecord } from './ladder-facts.ts';
import type { SchoolDate } from './school-date.ts';

export interface ReadinessFacts {
  readonly contactAttempts: number;
  readonly lettersOut: readonly LetterOut[];
  readonly steps: readonly StepRecord[];
  readonly holds: readonly Hold[];
  /** The day of the last applied sync. */
  readonly countsReadOn: SchoolDate | null;
  readonly noticeDays: number;
}

export type Gap =
  | 'no-contact-attempted'
  | 'no-letter-out-long-enough'
  | 'open-hold'
  | 'counts-not-read-today';

/** The checklist that must hold before a packet leaves. @returns what is missing; empty when it is ready. */
export function referralGaps(facts: ReadinessFacts, calendar: SchoolCalendar, today: SchoolDate): Gap[] {
  const superseded = new Set(facts.steps.filter((step) => step.superseded).map((step) => step.step));
  const noticed = facts.lettersOut.some(
    (letter) =>
      !superseded.has(letter.step) &&
      calendar.schoolDaysAfter(letter.handedOverOn, today) >= facts.noticeDays,
  );
  const gaps: Gap[] = [];
  if (facts.contactAttempts === 0) gaps.push('no-contact-attempted');
  if (!noticed) gaps.push('no-letter-out-long-enough');
  if (facts.holds.some((hold) => holdsOn(hold, today))) gaps.push('open-hold');
  if (facts.countsReadOn !== today) gaps.push('counts-not-read-today');
  return gaps;
}
