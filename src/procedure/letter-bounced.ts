import { isNoMailbox } from '../domain/email-address.ts';
import type { DeliveryReport } from '../mail/inbound/delivery-status.ts';
import { addToFile } from '../store/attendance-files.ts';
import { keepOffAddress } from '../store/bounced-addresses.ts';
import { noteArrival, noteBounce } from '../store/brakes.ts';
import type { Tx } from '../store/database.ts';
import { markBounced, saveNotice } from '../store/delivery-notices.ts';
import { clearActed } from '../store/ladder-steps.ts';
import type { Letter } from '../store/letters.ts';
import { settleAsSent } from '../store/send-protocol.ts';
import { lockStudent } from '../store/student-locks.ts';
import { closeTasks } from '../store/tasks.ts';
import { openStopTask } from './batch-task.ts';
import { decideLocked } from './decide.ts';
import { recordLetterLeft } from './hand-over.ts';
import { openLetterTask } from './letter-task.ts';
import type { Moment, Procedure } from './procedure.ts';
import { hasLiveLetter } from './recheck-letter.ts';
import { replaceBounced } from './replace-bounced.ts';
import { tellOfLostProof } from './tell-of-lost-proof.ts';

/** What a mail system has told of a letter, and the mail in which it did. */
export interface Told {
  readonly report: DeliveryReport;
  readonly documentId: string;
  readonly messageId: string;
}

export type BounceOutcome = 'bounced' | 'nothing-to-change';

/**
 * A letter did not arrive. It is no notice any more; its guardians get one on paper where the step still stands, the
 * clerk is asked to correct the address, and the file says what came back. An address that does not exist is not
 * written to until it changes. Many in a row stop sending.
 */
export async function recordLetterBounced(
  tx: Tx,
  procedure: Procedure,
  letter: Letter,
  { report, documentId, messageId }: Told,
  moment: Moment,
): Promise<BounceOutcome> {
  await lockStudent(tx, letter.studentId);
  if (!(await markBounced(tx, letter.id))) return 'nothing-to-change';
  const { status, said } = report;
  await saveNotice(tx, {
    mail: { kind: 'letter', id: letter.id },
    kind: 'bounced',
    status,
    said,
    documentId,
    messageId,
    on: moment.today,
    now: moment.now,
  });
  const address = letter.envelopeTo ?? letter.email;
  if (address !== null && status !== null && isNoMailbox(status)) {
    await keepOffAddress(tx, { address, letterId: letter.id, status, now: moment.now });
  }
  const stop = await noteBounce(tx, procedure.brakes, { on: moment.today, now: moment.now });
  if (stop !== null) await openStopTask(tx, procedure, stop, moment);
  const code = status === null ? '' : ` (${status})`;
  await addToFile(
    tx,
    { studentId: letter.studentId, schoolYear: letter.schoolYear, now: moment.now },
    {
      onDate: moment.today,
      kind: 'letter',
      title: `Letter ${letter.ref} (${letter.step}) came back: it could not be delivered${code}`,
      detail: said,
      letterId: letter.id,
      documentId,
    },
  );
  await closeUncertainty(tx, letter, 'bounced', moment);
  await tellOfLostProof(tx, letter, moment);
  const next = await writeAgain(tx, procedure, letter, moment);
  const kind = next === 'nobody' ? 'letter-came-back' : 'fix-address';
  if (next !== 'not-theirs') await openLetterTask(tx, procedure, letter, kind, `came back${code}`, moment);
  return 'bounced';
}

/**
 * The receiving mail system says that it has the letter. That settles one that was uncertain; of any other it is
 * further proof.
 */
export async function recordLetterDelivered(
  tx: Tx,
  { timeZone }: Pick<Procedure, 'timeZone'>,
  letter: Letter,
  { report, documentId, messageId }: Told,
  moment: Moment,
): Promise<'delivered' | 'nothing-to-change'> {
  await lockStudent(tx, letter.studentId);
  const mail = { kind: 'letter', id: letter.id } as const;
  const leftOn = await settleAsSent(tx, 'letter', letter.id, { timeZone, now: moment.now });
  if (leftOn === null && letter.state !== 'sent') return 'nothing-to-change';
  const { status, said } = report;
  const notice = { mail, status, said, documentId, messageId, on: moment.today, now: moment.now };
  if (!(await saveNotice(tx, { ...notice, kind: 'delivered' }))) return 'nothing-to-change';
  await noteArrival(tx);
  if (leftOn !== null) {
    await recordLetterLeft(tx, letter, { now: moment.now, today: leftOn });
    await closeUncertainty(tx, letter, 'delivered', moment);
  }
  await addToFile(
    tx,
    { studentId: letter.studentId, schoolYear: letter.schoolYear, now: moment.now },
    {
      onDate: moment.today,
      kind: 'letter',
      title: `Letter ${letter.ref} (${letter.step}): the receiving mail system confirms that it has it`,
      letterId: letter.id,
      documentId,
    },
  );
  return 'delivered';
}

async function closeUncertainty(tx: Tx, letter: Letter, reason: string, moment: Moment): Promise<void> {
  const closed = { reason, on: moment.today, now: moment.now };
  await closeTasks(tx, { keys: [`resolve-letter:${letter.id}`] }, closed);
}

/**
 * On current records, as every letter is planned; what stands in the way of it is asked again before it is printed.
 * A step that is still owed is decided about anew where none of its letters is left.
 * @returns `not-theirs`: these people get none any more, and others have one or will; `nobody`: the step is taken, and
 *   nobody has a letter or gets one
 */
async function writeAgain(
  tx: Tx,
  procedure: Procedure,
  letter: Letter,
  moment: Moment,
): Promise<'on-its-way' | 'not-needed' | 'not-theirs' | 'nobody'> {
  if (letter.schoolYear !== procedure.schoolYear.id) return 'not-needed';
  const decided = await decideLocked(tx, procedure, letter.studentId, moment);
  const verdict = decided?.assessment.evaluation.steps.find((step) => step.step === letter.step);
  const stands =
    verdict !== undefined &&
    (verdict.state === 'owed' || verdict.state === 'taken') &&
    !verdict.superseded &&
    verdict.round === letter.round;
  if (decided === null || !stands) {
    await clearActed(tx, letter, letter.step, moment.now);
    return 'not-needed';
  }
  const fresh =
    decided.assessment.primarySchoolId === null
      ? []
      : await replaceBounced(tx, procedure, decided, letter, moment);
  if (fresh.length > 0) return 'on-its-way';
  if (!(await hasLiveLetter(tx, letter))) {
    await clearActed(tx, letter, letter.step, moment.now);
    if (verdict.state === 'taken') return 'nobody';
  }
  return 'not-theirs';
}
