import type { Action } from '../domain/ladder-facts.ts';
import { ABSOLUTE } from '../store/absolute-hold.ts';
import { addToFile, openAttendanceFile } from '../store/attendance-files.ts';
import type { Tx } from '../store/database.ts';
import { markActed, type StudentYear } from '../store/evaluations.ts';
import { cancelLetters, markSuperseded } from '../store/letters.ts';
import { markReferralSuperseded, openReferral, withdrawReferral } from '../store/referrals.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import { keepBlockTasks } from './block-tasks.ts';
import { followPlaces, stepTaskKey } from './follow-places.ts';
import { askMedicalNotes } from './medical.ts';
import { type Decision, planLetters, requireSchool } from './plan-letters.ts';
import type { Moment, Procedure } from './procedure.ts';

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
  await keepBlockTasks(tx, procedure, decision, moment);
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
  switch (action.kind) {
    case 'take':
      // The evaluation's own verdict says `taken`; it was saved with it.
      return;
    case 'open-file':
      await openAttendanceFile(tx, { ...student, on: moment.today, step: action.step, now: moment.now });
      return;
    case 'open-task':
      await openTask(
        tx,
        {
          key: stepTaskKey(action.task, student, action.step),
          kind: action.task,
          role: action.role,
          openedOn: moment.today,
          dueOn: action.dueOn,
          schoolId: decision.assessment.primarySchoolId,
          ...atStep,
        },
        moment.now,
      );
      return;
    case 'plan-letters':
      made.letters.push(...(await planLetters(tx, procedure, decision, action, moment)));
      await markActed(tx, student, action.step, moment.now);
      return;
    case 'open-referral': {
      const referral = await openReferral(tx, {
        ...atStep,
        schoolId: requireSchool(decision),
        evaluationId: decision.evaluationId,
        policyVersion: procedure.policy.version,
        on: moment.today,
        now: moment.now,
      });
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
    case 'supersede':
    case 'reinstate':
      await markCorrected(tx, decision, atStep, action.kind === 'supersede', moment);
      return;
    default:
      throw new Error(`the evaluation asks for ${action.kind}, of which nothing makes rows`);
  }
}

/** What has left stays in the file and is marked; staff get one line when the count behind it has fallen. */
async function markCorrected(
  tx: Tx,
  decision: Decision,
  atStep: { studentId: number; schoolYear: string; step: string },
  superseded: boolean,
  moment: Moment,
): Promise<void> {
  await markSuperseded(tx, atStep, superseded);
  await markReferralSuperseded(tx, atStep, superseded);
  await addToFile(
    tx,
    { ...atStep, now: moment.now },
    {
      onDate: moment.today,
      kind: 'decision',
      title: superseded
        ? `${atStep.step} is superseded: a correction brought the count below`
        : `${atStep.step} stands again: the count has risen`,
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
      schoolId: decision.assessment.primarySchoolId,
      ...atStep,
    },
    moment.now,
  );
  if (!decision.facts.holds.some((hold) => hold.scope === 'absolute')) return;
  // As the hold has closed the others: should it have been a mistake, it opens again with them.
  await closeTasks(tx, { keys: [key] }, { reason: ABSOLUTE, on: moment.today, now: moment.now });
}
