import type { ContractStanding } from './contract.ts';
import { countDays, primaryEnrolment } from './counting.ts';
import { type DayBook, openDayBook } from './day-book.ts';
import { contractStanding } from './judge-contract.ts';
import type { Enrolment, LadderSetting, StudentFacts } from './ladder-facts.ts';
import type { CountingRules, Policy, PolicyBook, Step } from './policy.ts';
import { ageOn, type SchoolDate } from './school-date.ts';

/** Everything that the steps of one student are judged on today. */
export interface Ground {
  readonly facts: StudentFacts;
  readonly setting: LadderSetting;
  readonly today: SchoolDate;
  /** The policy in force today. */
  readonly policy: Policy;
  /**
   * The one before it, and from when on it no longer held; `policy` null: there was none. null when crossings of any day
   * are today's policy's.
   */
  readonly before: { readonly policy: Policy | null; readonly until: SchoolDate } | null;
  /** Under the policy in force. */
  readonly book: DayBook;
  /** Under another policy, whose counting rules may differ. */
  bookOf(policy: Policy): DayBook;
  /** Of the primary school; null for a student who is enrolled nowhere. */
  readonly enrolment: Enrolment | null;
  readonly contracts: readonly ContractStanding[];
  /** The day of the first violation of a contract that no person has ended; null when none is violated. */
  readonly violatedOn: SchoolDate | null;
}

export function openGround(facts: StudentFacts, setting: LadderSetting, today: SchoolDate): Ground {
  const { policy, before } = policyOn(setting.policies, today);
  const open = (rules: CountingRules) => {
    const counted = countDays(facts, rules, setting.calendarOf, today);
    return openDayBook(counted, facts.enrolments, rules, setting.calendar);
  };
  const book = open(policy.counting);
  const others = new Map<Policy, DayBook>();
  const contracts = facts.contracts
    .map((contract) => contractStanding(contract, book, today))
    .sort((a, b) => (a.ref < b.ref ? -1 : 1));
  const violations = contracts.flatMap(({ on, endedOn }) => (endedOn === null ? (on ?? []) : [])).sort();
  return {
    facts,
    setting,
    today,
    policy,
    before,
    book,
    bookOf(other) {
      if (other === policy || textOf(other.counting) === textOf(policy.counting)) return book;
      const known = others.get(other) ?? open(other.counting);
      others.set(other, known);
      return known;
    },
    enrolment: primaryEnrolment(facts.enrolments, today),
    contracts,
    violatedOn: violations[0] ?? null,
  };
}

/** A student who is enrolled nowhere is asked about no school: what is owed waits for a return. */
export function isFor(step: Step, { facts, enrolment, today }: Ground): boolean {
  if (step.grades.length > 0 && (facts.grade === null || !step.grades.includes(facts.grade))) return false;
  if (step.schools.length > 0 && enrolment !== null && !step.schools.includes(enrolment.schoolSourcedId)) {
    return false;
  }
  // Without a birth date the step applies, and a block makes what is formal wait for one.
  if (step.ages === null || facts.birthDate === null) return true;
  const age = ageOn(facts.birthDate, today);
  return (step.ages.from ?? age) <= age && age <= (step.ages.to ?? age);
}

/** A policy that begins later leaves the one before it in force until then. */
function policyOn(
  { current, previous, since }: PolicyBook,
  today: SchoolDate,
): Pick<Ground, 'policy' | 'before'> {
  if (since === null) return { policy: current, before: null };
  if (today < since) return { policy: previous ?? current, before: null };
  return { policy: current, before: { policy: previous, until: since } };
}

const texts = new WeakMap<CountingRules, string>();

/** Two policies often share their counting rules: then the days are counted once. */
function textOf(rules: CountingRules): string {
  let text = texts.get(rules);
  if (text === undefined) {
    text = JSON.stringify(rules);
    texts.set(rules, text);
  }
  return text;
}
