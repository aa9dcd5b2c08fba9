import { renderStaffMail } from '../documents/staff-mail.ts';
import { contractInWords } from '../domain/contract-words.ts';
import { formatDays } from '../domain/days.ts';
import type { Evaluation } from '../domain/ladder-facts.ts';
import { planDisclosure } from '../store/disclosures.ts';
import { readEvaluation } from '../store/evaluations.ts';
import { readReferral } from '../store/referrals.ts';
import { newMailReference } from '../store/staff-mails.ts';
import { packetDisclosure } from './disclose.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment, Procedure } from './procedure.ts';
import { readSchoolFacts } from './school-facts.ts';
import { correctPacket } from './send-again.ts';
import { queueStaffMessage } from './staff-message.ts';

/**
 * Tells the officer, without being asked, that the count behind a delivered packet no longer stands. Once per case.
 * @returns false when there is nothing to tell, or it was told before
 */
export async function composeCorrection(
  letterbox: Letterbox,
  procedure: Procedure,
  referralId: string,
  moment: Moment,
): Promise<boolean> {
  const { db, config } = letterbox;
  const referral = await readReferral(db, { id: referralId });
  if (referral === null || referral.state !== 'delivered' || !referral.superseded) return false;
  const ladder = await db
    .selectFrom('ladder')
    .select('evaluation_id')
    .where('student_id', '=', referral.studentId)
    .where('school_year', '=', referral.schoolYear)
    .executeTakeFirst();
  const evaluation = ladder === undefined ? null : await readEvaluation(db, ladder.evaluation_id);
  const school = await readSchoolFacts(db, config, referral.schoolId);
  const ref = newMailReference();
  const rendered = renderStaffMail(
    letterbox.templates,
    'correction',
    {
      case: referral.ref,
      'officer.name': config.truancyOfficer.name,
      'school.name': school.name,
      detail: countInWords(evaluation, referral.step),
      'contact.name': school.contact.name,
      'contact.phone': school.contact.phone,
    },
    {},
    { district: config.district.name, reference: ref },
  );
  const queued = await db.transaction().execute(async (tx) => {
    const mailId = await queueStaffMessage(
      tx,
      letterbox,
      {
        kind: 'alert',
        ref,
        key: `correction:${referral.id}`,
        to: { name: config.truancyOfficer.name, email: config.truancyOfficer.email },
        rendered,
        studentIds: [referral.studentId],
      },
      moment,
    );
    if (mailId === null) return false;
    const what = 'correction of the count';
    const disclosed = { referral, packetId: null, sha256: null, what, how: 'mailed' };
    await planDisclosure(tx, packetDisclosure(config, disclosed), mailId, moment.now);
    return true;
  });
  // The words go first: they do not wait for a packet that may be kept here.
  if (queued) await correctPacket(letterbox, procedure, referral, moment);
  return queued;
}

function countInWords(evaluation: Evaluation | null, step: string): string {
  const verdict = evaluation?.steps.find((one) => one.step === step);
  if (verdict === undefined) return 'the count has fallen below the one that the referral rests on.';
  if (verdict.reachedBy === 'contract') {
    const contracts = (evaluation?.contracts ?? []).map((one) =>
      contractInWords(one, evaluation?.asOf ?? one.ends),
    );
    return ['the attendance contract is no longer violated.', ...contracts].join(' ');
  }
  return `${formatDays(verdict.count)} days count now, where the referral takes ${formatDays(verdict.at)}.`;
}
