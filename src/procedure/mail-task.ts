import type { Tx } from '../store/database.ts';
import { openTask } from '../store/tasks.ts';
import type { Moment, Procedure } from './procedure.ts';

/** Asks the IT contact to find out about one mail to staff. */
export async function openMailTask(
  tx: Tx,
  procedure: Procedure,
  mailId: string,
  detail: string,
  moment: Moment,
): Promise<void> {
  await openTask(
    tx,
    {
      key: `resolve-mail:${mailId}`,
      kind: 'resolve-mail',
      role: 'it-contact',
      openedOn: moment.today,
      dueOn: procedure.calendarOf(null).addSchoolDays(moment.today, 1) ?? moment.today,
      detail,
    },
    moment.now,
  );
}
