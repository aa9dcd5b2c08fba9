import { approvalDueOn } from '../domain/approval-urgency.ts';
import { primaryEnrolment } from '../domain/counting.ts';
import type { Action } from '../domain/ladder-facts.ts';
import {
  APPROVAL,
  type Approval,
  type ApprovalAnswer,
  askApproval,
  isAwaited,
  keepAsking,
  readApproval,
  recordApproval,
} from '../store/approvals.ts';
import { addToFile } from '../store/attendance-files.ts';
import { type Db, inTransaction, type Tx } from '../store/database.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import { lockStudent } from '../store/student-locks.ts';
import { closeTasks } from '../store/tasks.ts';
import type { Decision } from './plan-letters.ts';
import type { Moment, Procedure } from './procedure.ts';
import { stepTaskKey } from './step-tasks.ts';

/** A step became owed that a person has to approve: the role is asked, and what the step sends waits. */
export async function askForApproval(
  tx: Tx,
  procedure: Procedure,
  { facts, assessment }: Decision,
  action: Extract<Action, { kind: 'ask-approval' }>,
  { now, today }: Moment,
): Promise<void> {
  const verdict = assessment.evaluation.steps.find(({ step }) => step === action.step);
  const step = procedure.policy.steps.find(({ id }) => id === action.step);
  const school = primaryEnrolment(facts.enrolments, today)?.schoolSourcedId ?? null;
  const inTime = procedure.calendarOf(school).addSchoolDays(today, step?.approval?.days ?? 0);
  const student = { studentId: facts.studentId, schoolYear: procedure.schoolYear.id };
  await askApproval(tx, student, {
    key: stepTaskKey(APPROVAL, student, action.step),
    step: action.step,
    title: step?.title ?? action.step,
    role: action.role,
    schoolId: assessment.primarySchoolId,
    on: today,
    dueOn: approvalDueOn({ dueOn: action.dueOn, inTime, deadline: verdict?.deadline ?? null }, today),
    now,
  });
}

/**
 * What waits for an answer is asked of the role that the policy names now, whatever has closed its task: a student who
 * had left, for instance. What waits for no answer any more is asked no more.
 */
export async function keepApprovalsAsked(
  tx: Tx,
  procedure: Procedure,
  { facts, assessment }: Decision,
  { now, today }: Moment,
): Promise<void> {
  const student = { studentId: facts.studentId, schoolYear: procedure.schoolYear.id };
  const asked = facts.steps.filter(({ approval }) => approval === 'asked').map(({ step }) => step);
  const over: string[] = [];
  for (const { step, state, reason, blocks } of assessment.evaluation.steps) {
    const [block] = blocks;
    if (block?.kind === 'approval') await keepAsking(tx, student, { step, role: block.role, now });
    else if (asked.includes(step) && !(state === 'owed' && reason === 'blocked')) over.push(step);
  }
  if (over.length === 0) return;
  const keys = over.map((step) => stepTaskKey(APPROVAL, student, step));
  await closeTasks(tx, { keys }, { reason: 'no-longer-needed', on: today, now });
}

export type AnsweredApprovals =
  | { readonly kind: 'answered'; readonly approvals: readonly Approval[] }
  /** At least one cannot be answered: none was. */
  | { readonly kind: 'not-answered'; readonly problems: readonly ApprovalProblem[] };

/** Why an approval cannot be answered; `approval` null: nothing goes by this reference. */
export interface ApprovalProblem {
  readonly ref: string;
  readonly approval: Approval | null;
}

/**
 * A named person approves or refuses, all of what is named or nothing. What was approved goes on, and what was refused
 * is skipped, as soon as the students are decided about next: they are due at once.
 */
export async function answerApprovals(
  db: Db,
  refs: readonly string[],
  answer: { readonly answer: ApprovalAnswer; readonly by: string; readonly because: string | null },
  moment: Moment,
): Promise<AnsweredApprovals> {
  const wanted = [...new Set(refs.map((ref) => ref.toUpperCase()))];
  return inTransaction(db, async (tx): Promise<AnsweredApprovals> => {
    const named = await readAll(tx, wanted);
    const students = [...new Set(named.flatMap(({ approval }) => approval?.studentId ?? []))];
    for (const studentId of students.sort((a, b) => a - b)) await lockStudent(tx, studentId);
    // Under the lock: an evaluation that was under way may have withdrawn one since.
    const found = await readAll(tx, wanted);
    const problems: ApprovalProblem[] = [];
    for (const one of found) {
      if (one.approval?.state !== 'asked' || !(await isAwaited(tx, one.approval))) problems.push(one);
    }
    if (problems.length > 0) return { kind: 'not-answered', problems };
    const approvals = found.flatMap(({ approval }) => approval ?? []);
    for (const approval of approvals) await recordAnswer(tx, approval, answer, moment);
    await markEvaluationDue(tx, students, 'approval', moment.now);
    return { kind: 'answered', approvals };
  });
}

async function readAll(tx: Tx, refs: readonly string[]): Promise<ApprovalProblem[]> {
  const found: ApprovalProblem[] = [];
  for (const ref of refs) found.push({ ref, approval: await readApproval(tx, ref) });
  return found;
}

async function recordAnswer(
  tx: Tx,
  approval: Approval,
  answer: Parameters<typeof answerApprovals>[2],
  { now, today }: Moment,
): Promise<void> {
  const recorded = await recordApproval(tx, approval, { ...answer, on: today, now });
  if (!recorded) throw new Error(`the approval ${approval.ref} is open, and its step does not wait for it`);
  const { studentId, schoolYear, step, ref } = approval;
  await addToFile(
    tx,
    { studentId, schoolYear, now },
    {
      onDate: today,
      kind: 'decision',
      title: `Approval ${ref} of ${step} ${answer.answer} by ${answer.by}`,
      detail: answer.because,
    },
  );
}
