import type { SchoolCalendar } from './calendar.ts';
import type { Counted } from './counting.ts';
import type { Block, Hold, StudentFacts } from './ladder-facts.ts';
import type { Policy, Step } from './policy.ts';
import { ageOn, type SchoolDate } from './school-date.ts';

/** From this age on the rights of a parent are the student's own (FERPA, 34 CFR 99.5). */
export const ADULT_AGE = 18;

/** What stands in the way of each kind of step today. */
export interface Blocks {
  contact(): readonly Block[];
  letter(): readonly Block[];
  referral(step: Step): readonly Block[];
}

interface Question {
  readonly facts: StudentFacts;
  readonly policy: Policy;
  readonly calendar: SchoolCalendar;
  readonly today: SchoolDate;
  readonly counted: Counted;
  readonly enrolled: boolean;
  /** Steps whose letters do not stand any more. */
  readonly superseded: ReadonlySet<string>;
}

export function findBlocks(question: Question): Blocks {
  const { facts, policy, today, counted, enrolled } = question;
  const formal = formalBlocks(facts, policy, today, counted);
  const always: readonly Block[] = [
    ...facts.holds
      .filter((hold) => hold.scope === 'absolute')
      .map((hold) => ({ kind: 'absolute', holdId: hold.id, holdKind: hold.kind }) as const),
    ...(enrolled ? [] : [{ kind: 'not-enrolled' } as const]),
    ...(facts.recordsStale ? [{ kind: 'stale-records' } as const] : []),
  ];
  return {
    contact: () => [...always, ...holdBlocks(facts.holds, today, ['everything'])],
    letter: () => [
      ...always,
      ...holdBlocks(facts.holds, today, ['letters', 'everything']),
      ...formal,
      ...(facts.hasRecipient ? [] : [{ kind: 'no-recipient' } as const]),
    ],
    referral: (step) => [
      ...always,
      ...holdBlocks(facts.holds, today, ['referral', 'everything']),
      ...formal,
      ...noticeBlock(step, question),
    ],
  };
}

export function holdsOn(hold: Hold, date: SchoolDate): boolean {
  return hold.begins <= date && (hold.ends === null || date <= hold.ends);
}

function holdBlocks(
  holds: readonly Hold[],
  today: SchoolDate,
  scopes: readonly Hold['scope'][],
): readonly Block[] {
  return holds
    .filter((hold) => scopes.includes(hold.scope) && holdsOn(hold, today))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((hold) => ({ kind: 'hold', holdId: hold.id, holdKind: hold.kind }));
}

/** What is unclear makes letters and referral wait; nobody guesses. */
function formalBlocks(
  facts: StudentFacts,
  policy: Policy,
  today: SchoolDate,
  counted: Counted,
): readonly Block[] {
  const blocks: Block[] = [];
  if (counted.unmappedCodes.length > 0) blocks.push({ kind: 'unmapped-code', codes: counted.unmappedCodes });
  if (facts.records.some((record) => record.contradictory)) blocks.push({ kind: 'contradictory-record' });
  if (facts.contradictoryGuardianship) blocks.push({ kind: 'contradictory-guardianship' });
  const adult = facts.birthDate !== null && ageOn(facts.birthDate, today) >= ADULT_AGE;
  if (adult && policy.adultStudents === 'hold') blocks.push({ kind: 'age-18' });
  return blocks;
}

/** No referral before a letter that still stands has been out for `noticeDays` school days. */
function noticeBlock(step: Step, { facts, policy, calendar, today, superseded }: Question): readonly Block[] {
  if (!policy.steps.some((other) => other.letter !== null)) return [];
  const since = facts.lettersOut
    .filter((letter) => !superseded.has(letter.step))
    .map((letter) => letter.handedOverOn)
    .sort()[0];
  if (since === undefined) return [{ kind: 'notice', since: null, until: null }];
  if (calendar.schoolDaysAfter(since, today) >= step.noticeDays) return [];
  return [{ kind: 'notice', since, until: calendar.addSchoolDays(since, step.noticeDays) }];
}
