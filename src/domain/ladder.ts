import { sumDays } from './days.ts';
import { type Ground, openGround } from './ground.ts';
import { isOwedOnceMore, judgeFrozen, judgeStep } from './judge-step.ts';
import { type Desk, type Judgement, judged, withdraw } from './judgement.ts';
import { findBlocks } from './ladder-blocks.ts';
import type {
  Block,
  Evaluation,
  LadderSetting,
  StepRecord,
  StepVerdict,
  StudentFacts,
} from './ladder-facts.ts';
import { nextLook } from './next-look.ts';
import { findOvertaken } from './overtaken.ts';
import type { SchoolDate } from './school-date.ts';
import { hasFallen, isPreExisting, isShadowIn, openCase, openCaseThen, type StepCase } from './step-case.ts';
import { crossedOn } from './step-time.ts';
import { describeVerdict, removedVerdict } from './verdict.ts';

/**
 * Decides where a student stands on the ladder and what has to be done, from state alone: owed and not yet taken.
 * Running it again after the actions were applied asks for nothing.
 */
export function evaluateLadder(facts: StudentFacts, setting: LadderSetting, today: SchoolDate): Evaluation {
  const ground = openGround(facts, setting, today);
  const { policy, book } = ground;
  const { counted } = book;
  const frozen = !setting.calendar.inSession(today);
  const desk = openDesk(ground);
  const cases = policy.steps.map((step) => openCase(step, ground));
  const removed = removedRecords(ground).map((record) => ({
    record,
    current: openCaseThen(record, ground),
  }));
  const overtaken = findOvertaken(cases, policy);
  const left = [...cases, ...removed.flatMap(({ current }) => current ?? [])];
  const superseded = supersededSteps(ground, left, overtaken);
  const judgements = cases.map((current, index) => {
    if (frozen) return judgeFrozen(current);
    const blocks = findBlocks(current.step, ground, superseded);
    return judgeStep(current, { overtakenFor: overtaken[index] ?? null, blocks }, desk);
  });
  const standing = cases.map((current, index) =>
    describeVerdict(current, judgements[index] as Judgement, ground, desk),
  );
  const gone = removed.map(({ record, current }) => judgeRemoved(record, current, ground, desk, frozen));
  const steps = [...standing, ...gone.flatMap(({ verdict }) => verdict ?? [])];
  return {
    asOf: today,
    policyVersion: policy.version,
    mode: setting.mode,
    primarySchoolId: ground.enrolment?.schoolId ?? null,
    total: sumDays(counted.days.map((day) => day.fraction)),
    days: counted.days,
    leftOut: counted.leftOut,
    buckets: { suspension: counted.suspension, tardies: counted.tardies.length },
    contracts: ground.contracts,
    steps,
    actions: [...judgements, ...gone].flatMap(({ actions }) => actions),
    nextLookOn: nextLook(ground, left, steps, frozen),
  };
}

/**
 * What stands in the way of the letters of a step today, whatever its state: some may still be waiting after the first
 * of them has left, and the step was taken with that one.
 */
export function findLetterBlocks(
  stepId: string,
  facts: StudentFacts,
  setting: LadderSetting,
  today: SchoolDate,
): readonly Block[] {
  const ground = openGround(facts, setting, today);
  const owing = facts.steps.find((record) => record.step === stepId)?.policyVersion ?? '';
  const step = [ground.policy, setting.policies.of(owing)]
    .flatMap((policy) => policy?.steps ?? [])
    .find(({ id }) => id === stepId);
  return step === undefined ? [] : findBlocks(step, ground, new Set());
}

function openDesk(ground: Ground): Desk {
  const { facts, setting, today, violatedOn } = ground;
  const { calendar } = setting;
  return {
    calendar,
    today,
    medicalAsked: facts.medical !== null,
    mode: setting.mode,
    isShadow: (step) => isShadowIn(setting.mode, step),
    deadlineOf(step, stoodOn) {
      if (step.legalDeadlineDays === null) return null;
      const crossed = crossedOn(step, ground.book, stoodOn) ?? violatedOn;
      return crossed === null
        ? null
        : (calendar.addSchoolDays(crossed, step.legalDeadlineDays) ?? calendar.lastDay);
    },
  };
}

/** Steps that have left and whose count is below now, whether this was recorded before or is found today. */
function supersededSteps(
  { facts }: Ground,
  cases: readonly StepCase[],
  overtaken: readonly (string | null)[],
): ReadonlySet<string> {
  const superseded = new Set(facts.steps.filter((record) => record.superseded).map((record) => record.step));
  for (const [index, current] of cases.entries()) {
    const { step, record, applies } = current;
    if (record?.state !== 'taken' || record.outside || !applies || isPreExisting(current)) continue;
    const again = isOwedOnceMore(current, { overtakenFor: overtaken[index] ?? null });
    if (hasFallen(current) && !again) superseded.add(step.id);
    else superseded.delete(step.id);
  }
  return superseded;
}

/** What stands of steps that the policy does not have any more. */
function removedRecords({ facts, policy }: Ground): readonly StepRecord[] {
  return facts.steps.filter(
    ({ step, state }) =>
      (state === 'owed' || state === 'taken') && !policy.steps.some((one) => one.id === step),
  );
}

/** What was waiting is withdrawn with its step; what has left is judged by the policy that owed it. */
function judgeRemoved(
  record: StepRecord,
  current: StepCase | null,
  ground: Ground,
  desk: Desk,
  frozen: boolean,
): { verdict: StepVerdict | null; actions: Judgement['actions'] } {
  if (record.state === 'owed') {
    if (frozen) return { verdict: null, actions: [] };
    const gone = judged('withdrawn', 'step-removed', {}, [withdraw({ id: record.step }, 'step-removed')]);
    return { verdict: removedVerdict(record, current, gone), actions: gone.actions };
  }
  if (current === null) return { verdict: null, actions: [] };
  const judgement = frozen
    ? judgeFrozen(current)
    : judgeStep(current, { overtakenFor: null, blocks: [] }, desk);
  return { verdict: describeVerdict(current, judgement, ground, desk), actions: judgement.actions };
}
