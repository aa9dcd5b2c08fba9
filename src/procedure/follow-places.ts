import { APPROVAL } from '../store/approvals.ts';
import type { Tx } from '../store/database.ts';
import { LEFT, markLeft, moveToSchools, resumeTasksOfReturned, type StudentPlace } from '../store/places.ts';
import type { StoredFacts } from '../store/student-facts.ts';
import { closeTasks } from '../store/tasks.ts';
import type { Assessment } from './assess.ts';
import { meetingTasks } from './meeting-tasks.ts';
import type { Moment, Procedure } from './procedure.ts';
import { ownWork, stepTaskKey } from './step-tasks.ts';

/**
 * Carries what waits to the school that students are at now, takes up again what had closed when they left, and ends
 * what makes no sense for those who have left.
 */
export async function followPlaces(
  tx: Tx,
  procedure: Procedure,
  assessed: readonly { readonly facts: StoredFacts; readonly assessment: Assessment }[],
  moment: Moment,
): Promise<void> {
  const places: StudentPlace[] = [];
  const leavers: number[] = [];
  for (const { facts, assessment } of assessed) {
    const { primarySchoolId: schoolId } = assessment;
    if (schoolId !== null && facts.active) places.push({ studentId: facts.studentId, schoolId });
    else leavers.push(facts.studentId);
  }
  await resumeTasksOfReturned(
    tx,
    places.map(({ studentId }) => studentId),
    { schoolYear: procedure.schoolYear.id, on: moment.today, now: moment.now },
  );
  await moveToSchools(tx, places, moment.now);
  // Between two school years enrolments end for everybody, and nobody has left by that.
  if (leavers.length === 0 || !procedure.calendarOf(null).inSession(moment.today)) return;
  await closeTasks(
    tx,
    { keys: leavers.flatMap((studentId) => stepTaskKeys(procedure, studentId)) },
    { reason: LEFT, on: moment.today, now: moment.now },
  );
  await markLeft(tx, leavers, moment.today);
}

/** Of all tasks that the steps of the policy open for a student. */
function stepTaskKeys({ policy, schoolYear }: Procedure, studentId: number): string[] {
  const student = { studentId, schoolYear: schoolYear.id };
  return policy.steps.flatMap(({ id, tasks, contract, approval }) => [
    ...tasks.map((task) => stepTaskKey(task.kind, student, id)),
    ...Object.values(ownWork).map(({ kind }) => stepTaskKey(kind, student, id)),
    ...meetingTasks.map((kind) => stepTaskKey(kind, student, id)),
    ...(contract === null ? [] : [stepTaskKey('agree-contract', student, id)]),
    ...(approval === null ? [] : [stepTaskKey(APPROVAL, student, id)]),
  ]);
}
