import type { Tx } from '../store/database.ts';
import type { Letter } from '../store/letters.ts';
import { openTask } from '../store/tasks.ts';
import type { Moment, Procedure } from './procedure.ts';

/** Asks the attendance clerk for something about one letter; the same is never asked twice at a time. */
export async function openLetterTask(
  tx: Tx,
  procedure: Procedure,
  letter: Letter,
  kind: string,
  detail: string,
  moment: Moment,
): Promise<void> {
  await openTask(
    tx,
    {
      key: `${kind}:${letter.id}`,
      kind,
      role: 'attendance-clerk',
      openedOn: moment.today,
      dueOn: procedure.calendarOf(null).addSchoolDays(moment.today, 2) ?? moment.today,
      studentId: letter.studentId,
      schoolId: letter.schoolId,
      schoolYear: letter.schoolYear,
      step: letter.step,
      letterId: letter.id,
      detail,
      shadow: letter.shadow,
    },
    moment.now,
  );
}
