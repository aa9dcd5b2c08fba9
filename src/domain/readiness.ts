import type { SchoolCalendar } from './calendar.ts';
import { GAPS, type Gap, NOT_RELEASED } from './gaps.ts';
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
  /** A document of the file cannot be bound into the packet. */
  readonly hasUnboundDocument: boolean;
}

/** What a checklist may ask: each gap with the question that must be answered with yes. */
const QUESTIONS = {
  'no-contact-attempted': ({ contactAttempts }) => contactAttempts > 0,
  'no-letter-out-long-enough': ({ steps, lettersOut, noticeDays }, calendar, today) => {
    const superseded = new Set(steps.filter((step) => step.superseded).map((step) => step.step));
    return lettersOut.some(
      ({ step, handedOverOn }) =>
        !superseded.has(step) && calendar.schoolDaysAfter(handedOverOn, today) >= noticeDays,
    );
  },
  'contract-not-signed': ({ restsOnUnsignedContract }) => !restsOnUnsignedContract,
  'document-not-bound': ({ hasUnboundDocument }) => !hasUnboundDocument,
  'open-hold': ({ holds }, _calendar, today) => !holds.some((hold) => holdsOn(hold, today)),
  'counts-not-read-today': ({ countsReadOn }, _calendar, today) => countsReadOn === today,
} satisfies Record<Gap, (facts: ReadinessFacts, calendar: SchoolCalendar, today: SchoolDate) => boolean>;

/**
 * What the checklist still misses before a packet may leave; empty when it is ready.
 * @param checklist the questions that the district asks
 */
export function referralGaps(
  facts: ReadinessFacts,
  checklist: readonly Gap[],
  calendar: SchoolCalendar,
  today: SchoolDate,
): Gap[] {
  return GAPS.filter((gap) => checklist.includes(gap) && !QUESTIONS[gap](facts, calendar, today));
}

/** What keeps a packet here: gaps that no release covers, and where every packet needs one, that there is none. */
export function openGaps(
  gaps: readonly Gap[],
  release: {
    readonly wanted: boolean;
    /** null: nobody has released it. */
    readonly covers: readonly string[] | 'everything' | null;
  },
): (Gap | typeof NOT_RELEASED)[] {
  const { covers, wanted } = release;
  if (covers === 'everything') return [];
  const left = gaps.filter((gap) => covers === null || !covers.includes(gap));
  return wanted && covers === null ? [...left, NOT_RELEASED] : left;
}
