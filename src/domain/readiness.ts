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
  /** The referral rests on the violation of contracts of which none has a signature on record. */
  readonly restsOnUnsignedContract: boolean;
}

/** The checklist, in the order in which gaps are named: each gap with the question that must be answered with yes. */
const CHECKLIST = {
  'no-contact-attempted': ({ contactAttempts }) => contactAttempts > 0,
  'no-letter-out-long-enough': ({ steps, lettersOut, noticeDays }, calendar, today) => {
    const superseded = new Set(steps.filter((step) => step.superseded).map((step) => step.step));
    return lettersOut.some(
      ({ step, handedOverOn }) =>
        !superseded.has(step) && calendar.schoolDaysAfter(handedOverOn, today) >= noticeDays,
    );
  },
  'contract-not-signed': ({ restsOnUnsignedContract }) => !restsOnUnsignedContract,
  'open-hold': ({ holds }, _calendar, today) => !holds.some((hold) => holdsOn(hold, today)),
  'counts-not-read-today': ({ countsReadOn }, _calendar, today) => countsReadOn === today,
} satisfies Record<string, (facts: ReadinessFacts, calendar: SchoolCalendar, today: SchoolDate) => boolean>;

export type Gap = keyof typeof CHECKLIST;

/** What the checklist still misses before a packet may leave; empty when it is ready. */
export function referralGaps(facts: ReadinessFacts, calendar: SchoolCalendar, today: SchoolDate): Gap[] {
  const gaps = Object.keys(CHECKLIST) as Gap[];
  return gaps.filter((gap) => !CHECKLIST[gap](facts, calendar, today));
}
