import type { SchoolCalendar } from './calendar.ts';
import { type Counted, countDays, primaryEnrolment } from './counting.ts';
import { sumDays } from './days.ts';
import { judgeContact, judgeFrozen, judgeLetter, judgeReferral } from './judge-step.ts';
import { findBlocks } from './ladder-blocks.ts';
import type { Enrolment, Evaluation, LadderSetting, StepVerdict, StudentFacts } from './ladder-facts.ts';
import { nextLook } from './next-look.ts';
import type { Policy, Step } from './policy.ts';
import { addDays, type SchoolDate } from './school-date.ts';
import type { StepCase } from './step-case.ts';

/**
 * Decides where a student stands on the ladder and what has to be done, from state alone: owed and not yet taken.
 * Running it again after the actions were applied asks for nothing.
 */
export function evaluateLadder(facts: StudentFacts, setting: LadderSetting, today: SchoolDate): Evaluation {
  const { calendar } = setting;
  const policy = setting.policies.current;
  const counted = countDays(facts, policy.counting, setting.calendarOf, today);
  const enrolment = primaryEnrolment(facts.enrolments, today);
  const cases = policy.steps.map((step) => stepCase(step, facts, counted, enrolment, calendar, today));
  const frozen = !calendar.inSession(today);
  const blocks = findBlocks({
    facts,
    policy,
    calendar,
    today,
    counted,
    enrolled: enrolment !== null && facts.active,
    superseded: supersededSteps(facts, cases),
  });
  const judgements = cases.map((current) => {
    if (frozen) return judgeFrozen(current);
    if (current.step.referral) return judgeReferral(current, blocks.referral(current.step), calendar, today);
    if (current.step.letter === null) return judgeContact(current, blocks.contact(), calendar, today);
    return judgeLetter(current, overtakenBy(current, cases, policy), blocks.letter(), calendar, today);
  });
  const steps = judgements.map(({ verdict }, index): StepVerdict => {
    const { step, record, count, settledThrough } = cases[index] as StepCase;
    return {
      step: step.id,
      count,
      at: step.at,
      settledThrough,
      round: record?.round ?? 1,
      shadow: record?.shadow ?? false,
      unit: step.unit,
      basis: step.basis,
      windowFrom: null,
      tardyDays: 0,
      enrolledDays: null,
      latched: false,
      reachedBy: 'count',
      deadline: null,
      policyVersion: policy.version,
      ...verdict,
    };
  });
  return {
    asOf: today,
    policyVersion: policy.version,
    mode: setting.mode,
    primarySchoolId: enrolment?.schoolId ?? null,
    total: sumDays(counted.days.map((day) => day.fraction)),
    days: counted.days,
    leftOut: counted.leftOut,
    buckets: { suspension: counted.suspension, tardies: counted.tardies.length },
    contracts: [],
    steps,
    actions: judgements.flatMap((judgement) => judgement.actions),
    nextLookOn: nextLook({ facts, policy, counted, cases, steps, calendar, today, frozen }),
  };
}

function stepCase(
  step: Step,
  facts: StudentFacts,
  counted: Counted,
  enrolment: Enrolment | null,
  calendar: SchoolCalendar,
  today: SchoolDate,
): StepCase {
  const settledThrough = settledFor(step, calendar, today);
  const settled = counted.days.filter((day) => settledThrough !== null && day.date <= settledThrough);
  const count = sumDays(settled.map((day) => day.fraction));
  // A student who is enrolled nowhere is asked about no school: what is owed waits for a return.
  const applies =
    (step.grades.length === 0 || (facts.grade !== null && step.grades.includes(facts.grade))) &&
    (step.schools.length === 0 || enrolment === null || step.schools.includes(enrolment.schoolSourcedId));
  return {
    step,
    record: facts.steps.find((record) => record.step === step.id) ?? null,
    count,
    settledThrough,
    applies,
    reached: applies && count >= step.at,
  };
}

/** Today is never settled for anything formal, whatever the policy says. */
function settledFor(step: Step, calendar: SchoolCalendar, today: SchoolDate): SchoolDate | null {
  const settled = calendar.settledThrough(today, step.settleDays);
  const formal = step.letter !== null || step.referral;
  return formal && settled === today ? addDays(today, -1) : settled;
}

/** With `highest-letter`, a letter gives way to the highest one that is owed or has been taken. */
function overtakenBy(current: StepCase, cases: readonly StepCase[], policy: Policy): string | null {
  if (policy.whenSeveral === 'each') return null;
  let highest = current;
  for (const other of cases) {
    const stands = other.reached || other.record?.state === 'taken' || other.record?.state === 'pre-existing';
    if (stands && other.step.letter !== null && other.step.at > highest.step.at) highest = other;
  }
  return highest === current ? null : highest.step.id;
}

/** Steps that have left and whose count is below now, whether this was recorded before or is found today. */
function supersededSteps(facts: StudentFacts, cases: readonly StepCase[]): ReadonlySet<string> {
  const superseded = new Set(facts.steps.filter((record) => record.superseded).map((record) => record.step));
  for (const { step, record, applies, reached } of cases) {
    if (record?.state !== 'taken' || !applies) continue;
    if (reached) superseded.delete(step.id);
    else superseded.add(step.id);
  }
  return superseded;
}
