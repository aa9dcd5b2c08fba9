import type { SchoolCalendar } from './calendar.ts';
import type { Counted } from './counting.ts';
import { ADULT_AGE } from './ladder-blocks.ts';
import type { StepVerdict, StudentFacts } from './ladder-facts.ts';
import type { Policy } from './policy.ts';
import { addDays, birthday, type SchoolDate } from './school-date.ts';
import type { StepCase } from './step-case.ts';

interface Question {
  readonly facts: StudentFacts;
  readonly policy: Policy;
  readonly counted: Counted;
  readonly cases: readonly StepCase[];
  readonly steps: readonly StepVerdict[];
  readonly calendar: SchoolCalendar;
  readonly today: SchoolDate;
  readonly frozen: boolean;
}

/**
 * The earliest later date of the school year on which the answer may change although no fact does; null when time
 * changes nothing.
 */
export function nextLook(question: Question): SchoolDate | null {
  const { facts, policy, counted, cases, steps, calendar, today, frozen } = question;
  if (frozen) return today < calendar.firstDay ? calendar.firstDay : null;
  const dates: (SchoolDate | null)[] = [
    ...cases.map((current) => settlingReaches(current, counted, calendar, today)),
    ...counted.leftOut.filter((row) => row.reason === 'ahead-of-today').map((row) => row.date),
    ...facts.holds.flatMap((hold) => [hold.begins, hold.ends === null ? null : addDays(hold.ends, 1)]),
    ...facts.enrolments.flatMap((enrolment) => [enrolment.begins, enrolment.ends]),
    ...(facts.birthDate !== null && policy.adultStudents === 'hold'
      ? [birthday(facts.birthDate, ADULT_AGE)]
      : []),
    ...(steps.some((step) => step.blocks.length > 0) ? [calendar.nextSchoolDay(today)] : []),
  ];
  return dates.filter((date) => date !== null && date > today && date <= calendar.lastDay).sort()[0] ?? null;
}

/** The day on which the days already known will have settled far enough to reach the step. */
function settlingReaches(
  { step, reached, applies }: StepCase,
  counted: Counted,
  calendar: SchoolCalendar,
  today: SchoolDate,
): SchoolDate | null {
  if (reached || !applies) return null;
  let count = 0;
  for (const day of counted.days) {
    count += day.fraction;
    if (count < step.at) continue;
    const settles = calendar.settlesOn(day.date, step.settleDays);
    // Today never counts for a letter or a referral, so a day without settling counts from the next one.
    return settles !== null && settles <= today ? addDays(today, 1) : settles;
  }
  return null;
}
