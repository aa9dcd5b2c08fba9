import { addToFile } from '../store/attendance-files.ts';
import type { Tx } from '../store/database.ts';
import { readReferral } from '../store/referrals.ts';
import type { StaffMail } from '../store/staff-mails.ts';
import { openTask } from '../store/tasks.ts';
import type { Moment } from './procedure.ts';

/**
 * A mail to the officer about a case did not get there, in whatever state the case is: the file says so, and the
 * administrator hands the packet over in another way.
 * @param bounce the mail in which that was told, and its code; null: the mail server did not take ours
 */
export async function tellOfficerNotReached(
  tx: Tx,
  mail: StaffMail,
  bounce: { readonly documentId: string; readonly code: string } | null,
  moment: Moment,
): Promise<void> {
  const referral = mail.referralId === null ? null : await readReferral(tx, { id: mail.referralId });
  if (referral === null) return;
  const student = { studentId: referral.studentId, schoolYear: referral.schoolYear };
  const what = `The mail to the truancy officer about case ${referral.ref}`;
  await addToFile(
    tx,
    { ...student, now: moment.now },
    {
      onDate: moment.today,
      kind: 'referral',
      title: bounce === null ? `${what} was refused` : `${what} came back${bounce.code}`,
      detail: mail.kind === 'packet' ? 'The officer does not have the attendance file.' : null,
      documentId: bounce?.documentId ?? null,
    },
  );
  await openTask(
    tx,
    {
      key: `officer-not-reached:${mail.id}`,
      kind: 'officer-not-reached',
      role: 'administrator',
      openedOn: moment.today,
      dueOn: moment.today,
      ...student,
      schoolId: referral.schoolId,
      referralId: referral.id,
      detail: `case ${referral.ref}`,
    },
    moment.now,
  );
}
