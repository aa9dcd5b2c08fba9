import type { Action } from '../domain/ladder-facts.ts';
import { ABSOLUTE } from '../store/absolute-hold.ts';
import { addToFile, openAttendanceFile } from '../store/attendance-files.ts';
import { cancelLetters, endShadowLetters } from '../store/cancel-letters.ts';
import type { Tx } from '../store/database.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import { markActed, type StudentYear } from '../store/ladder-steps.ts';
import { markReferralSuperseded } from '../store/referral-corrections.ts';
import { markSuperseded } from '../store/superseded-letters.ts';
import { closeShadowTasks, closeTasks, openTask } from '../store/tasks.ts';
import { endShadowReferral, withdrawReferral } from '../store/withdraw-referral.ts';
import { askForApproval, keepApprovalsAsked } from './approvals.ts';
import { keepBlockTasks } from './block-tasks.ts';
import { followContracts } from './follow-contracts.ts';
import { followPlaces } from './follow-places.ts';
import { keepOwnWork } from './keep-own-work.ts';
import { askMedicalNotes } from './medical.ts';
import { isMeetingNotNeeded, meetingTasks } from './meeting-tasks.ts';
import { openReferralOf } from './open-referral.ts';
import { askForOwnWork, stopOwnWork } from './own-work.ts';
import { type Decision, planLetters } from './plan-letters.ts';
import type { Moment, Procedure } from './procedure.ts';
import { replaceMissing } from './replace-bounced.ts';
import { schoolOfTasks, stepTaskKey } from './step-tasks.ts';

/** Turns the actions of an evaluation into rows. The rows are the work; jobs only carry them. */
export async function applyActions(
  tx: Tx,
  procedure: Procedure,
  decision: Decision,
  moment: Moment,
): Promise<{ letters: string[]; referrals: string[] }> {
  const made = { letters: [] as string[], referrals: [] as string[] };
  for (const action of decision.assessment.evaluation.actions) {
    await applyAction(tx, procedure, decision, action, moment, made);
  }
  await followPlaces(tx, procedure, [decision], moment);
  await followContracts(tx, procedure, [decision], moment);
  const ownWork = await keepOwnWork(tx, procedure, [decision], moment);
  await keepBlockTasks(tx, procedure, decision, moment, ownWork.get(decision.facts.studentId));
  await keepApprovalsAsked(tx, procedure, decision, moment);
  return made;
}

async function applyAction(
  tx: Tx,
  procedure: Procedure,
  decision: Decision,
  action: Action,
  moment: Moment,
  made: { letters: string[]; referrals: string[] },
): Promise<void> {
  const { studentId } = decision.facts;
  const student: StudentYear = { studentId, schoolYear: procedure.schoolYear.id };
  const atStep = { ...student, step: action.step };
  const { evaluation } = decision.assessment;
  const schoolId = schoolOfTasks(decision.assessment);
  const { mode } = evaluation;
  const verdict = evaluation.steps.find(({ step }) => step === action.step);
  const isShadow = verdict?.shadow ?? false;
  const deadline = verdict?.deadline ?? null;
  switch (action.kind) {
    case 'take':
      // The evaluation's own verdict says `taken`; it was saved with it.
      return;
    case 'open-file':
      // The file is the school's, which does nothing yet.
      if (mode === 'shadow') return;
      await openAttendanceFile(tx, { ...student, on: moment.today, step: action.step, now: moment.now });
      return;
    case 'open-task':
      if (meetingTasks.includes(action.task) && (await isMeetingNotNeeded(tx, student, action.step))) return;
      await openTask(
        tx,
        {
          key: stepTaskKey(action.task, student, action.step),
          kind: action.task,
          role: action.role,
          openedOn: moment.today,
          dueOn: action.dueOn,
          schoolId,
          shadow: mode === 'shadow',
          ...atStep,
        },
        moment.now,
      );
      return;
    case 'plan-letters':
      if (isShadow && mode === 'tasks')
        await askForOwnWork(tx, procedure, { ...atStep, what: 'letter', schoolId, deadline }, moment);
      made.letters.push(...(await planLetters(tx, procedure, decision, action, moment)));
      await markActed(tx, student, action.step, moment.now);
      return;
    case 'open-referral': {
      const referral = await openReferralOf(tx, procedure, decision, action.step, moment);
      if (referral !== null) made.referrals.push(referral);
      await markActed(tx, student, action.step, moment.now);
      return;
    }
    case 'withdraw':
      await cancelLetters(tx, atStep, action.reason);
      await withdrawReferral(tx, atStep, moment.now);
      await closeTasks(tx, atStep, { reason: action.reason, on: moment.today, now: moment.now });
      return;
    case 'ask-medical-notes':
      await askMedicalNotes(tx, atStep, moment);
      return;
    case 'ask-approval':
      await askForApproval(tx, procedure, decision, action, moment);
      return;
    case 'end-shadow':
      await endShadowLetters(tx, atStep);
      await endShadowReferral(tx, atStep, moment.now);
      await closeShadowTasks(tx, atStep, { reason: 'shadow-ended', on: moment.today, now: moment.now });
      return;
    case 'supersede':
    case 'reinstate':
      if (isShadow) await markShadowCorrected(tx, procedure, decision, action, atStep, moment);
      else await markCorrected(tx, decision, atStep, action.kind === 'supersede', moment);
      if (!isShadow && action.kind === 'reinstate') {
        const which = { ...atStep, round: roundOf(decision, action.step) };
        made.letters.push(...(await replaceMissing(tx, procedure, decision, which, moment)));
      }
      return;
  }
}

function roundOf({ assessment }: Decision, step: string): number {
  return assessment.evaluation.steps.find((verdict) => verdict.step === step)?.round ?? 1;
}

/** Nothing of ours has left. The office, where it was asked to send its own, is told whether that still stands. */
async function markShadowCorrected(
  tx: Tx,
  procedure: Procedure,
  decision: Decision,
  action: { readonly kind: 'supersede' | 'reinstate' },
  atStep: StudentYear & { readonly step: string },
  moment: Moment,
): Promise<void> {
  const { evaluation } = decision.assessment;
  const schoolId = schoolOfTasks(decision.assessment);
  await markSuperseded(tx, { ...atStep, round: roundOf(decision, atStep.step) }, action.kind === 'supersede');
  if (action.kind === 'supersede') return stopOwnWork(tx, atStep, 'count-fell', moment);
  if (evaluation.mode !== 'tasks') return;
  const isReferral = procedure.policy.steps.some((step) => step.id === atStep.step && step.referral);
  const what = isReferral ? 'referral' : 'letter';
  // It was taken as a shadow, and the law's day went with it.
  await askForOwnWork(tx, procedure, { ...atStep, what, schoolId, deadline: null }, moment);
}

/** What has left stays in the file and is marked; staff get one line when the count behind it has fallen. */
async function markCorrected(
  tx: Tx,
  decision: Decision,
  atStep: { studentId: number; schoolYear: string; step: string },
  superseded: boolean,
  moment: Moment,
): Promise<void> {
  const verdict = decision.assessment.evaluation.steps.find(({ step }) => step === atStep.step);
  const byContract = verdict?.reachedBy === 'contract';
  const marked = await markSuperseded(tx, { ...atStep, round: roundOf(decision, atStep.step) }, superseded);
  // A referral may rest on the letter again, which this evaluation could not know yet.
  if (!superseded) await markEvaluationDue(tx, [atStep.studentId], 'stands-again', moment.now);
  await markReferralSuperseded(tx, atStep, superseded);
  await addToFile(
    tx,
    { ...atStep, now: moment.now },
    {
      onDate: moment.today,
      kind: 'decision',
      title: byContract
        ? `${atStep.step} ${superseded ? 'is superseded: the contract is no longer violated' : 'stands again: the contract is violated'}`
        : `${atStep.step} ${superseded ? 'is superseded: a correction brought the count below' : 'stands again: the count has risen'}`,
    },
  );
  const key = `count-corrected:${atStep.studentId}:${atStep.schoolYear}:${atStep.step}`;
  if (!superseded) {
    await closeTasks(tx, { keys: [key] }, { reason: 'stands-again', on: moment.today, now: moment.now });
    return;
  }
  await openTask(
    tx,
    {
      key,
      kind: 'count-corrected',
      role: 'attendance-clerk',
      openedOn: moment.today,
      dueOn: moment.today,
      schoolId: schoolOfTasks(decision.assessment),
      detail: marked.length === 0 ? null : marked.join(', '),
      ...atStep,
    },
    moment.now,
  );
  if (!decision.facts.holds.some((hold) => hold.scope === 'absolute')) return;
  // As the hold has closed the others: should it have been a mistake, it opens again with them.
  await closeTasks(tx, { keys: [key] }, { reason: ABSOLUTE, on: moment.today, now: moment.now });
}
