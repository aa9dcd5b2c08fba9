import { STOP_WORDS } from '../domain/brakes.ts';
import type { Batch } from '../store/batches.ts';
import type { SendingStop } from '../store/brakes.ts';
import type { Tx } from '../store/database.ts';
import { openTask } from '../store/tasks.ts';
import type { Moment, Procedure } from './procedure.ts';

/** The kinds of the tasks that brakes ask; they are answered with commands of their own. */
export const APPROVE_BATCH = 'approve-batch';
export const SENDING_STOPPED = 'sending-stopped';

export function batchTaskKey(batchId: string): string {
  return `${APPROVE_BATCH}:${batchId}`;
}

/** One task asks about a whole batch and goes by its reference. */
export async function openBatchTask(
  tx: Tx,
  procedure: Procedure,
  { id, ref, reasons, letters, planned, runOn, volumeLimit }: Batch,
  moment: Moment,
): Promise<void> {
  const why = reasons.includes('restored')
    ? `${letters} letters of ${runOn}; the database was restored, and some may have left before`
    : reasons.includes('volume')
      ? `${letters} letters of ${runOn}; that day planned ${planned}, and ${volumeLimit} need nobody’s yes`
      : `${letters} letters from a template that the office has not seen yet`;
  await openTask(
    tx,
    {
      key: batchTaskKey(id),
      ref,
      kind: APPROVE_BATCH,
      role: procedure.brakes.approver,
      openedOn: moment.today,
      dueOn: procedure.calendarOf(null).addSchoolDays(moment.today, 1) ?? moment.today,
      detail: why,
    },
    moment.now,
  );
}

/** Sending has stopped by itself: whoever keeps the mail server running finds out why. */
export async function openStopTask(
  tx: Tx,
  procedure: Procedure,
  { ref, kind, mails }: SendingStop,
  moment: Moment,
): Promise<void> {
  await openTask(
    tx,
    {
      key: `${SENDING_STOPPED}:${ref}`,
      ref,
      kind: SENDING_STOPPED,
      role: 'it-contact',
      openedOn: moment.today,
      dueOn: moment.today,
      detail: `${mails} ${STOP_WORDS[kind]}`,
      schoolYear: procedure.schoolYear.id,
    },
    moment.now,
  );
}
