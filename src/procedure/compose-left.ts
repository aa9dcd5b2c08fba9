import { longDate } from '../documents/dates.ts';
import { renderStaffMail } from '../documents/staff-mail.ts';
import { planDisclosure } from '../store/disclosures.ts';
import { takeLeftToTell } from '../store/places.ts';
import { readReferral } from '../store/referrals.ts';
import { newMailReference } from '../store/staff-mails.ts';
import { packetDisclosure } from './disclose.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment } from './procedure.ts';
import { readSchoolFacts } from './school-facts.ts';
import { queueStaffMessage } from './staff-message.ts';

/**
 * Tells the officer with whom a referral lies that its student has left the district. Once per case.
 * @returns false when there is nothing to tell, or it was told before
 */
export async function composeLeft(
  letterbox: Letterbox,
  referralId: string,
  moment: Moment,
): Promise<boolean> {
  const { db, config } = letterbox;
  const referral = await readReferral(db, { id: referralId });
  if (referral === null) return false;
  const school = await readSchoolFacts(db, config, referral.schoolId);
  return db.transaction().execute(async (tx) => {
    const leftOn = await takeLeftToTell(tx, referralId, moment.today);
    if (leftOn === null) return false;
    const ref = newMailReference();
    const rendered = renderStaffMail(
      letterbox.templates,
      'student-left',
      {
        case: referral.ref,
        'officer.name': config.truancyOfficer.name,
        'school.name': school.name,
        date: longDate(leftOn, 'en'),
        'contact.name': school.contact.name,
        'contact.phone': school.contact.phone,
      },
      {},
      { district: config.district.name, reference: ref },
    );
    const message = {
      kind: 'alert' as const,
      ref,
      key: `left:${referral.id}`,
      to: { name: config.truancyOfficer.name, email: config.truancyOfficer.email },
      rendered,
      contentOf: [referral.studentId],
    };
    const mailId = await queueStaffMessage(tx, letterbox, message, moment);
    if (mailId === null) return false;
    const what = 'that the student has left the district';
    const disclosed = { referral, packetId: null, sha256: null, what, how: 'mailed' };
    await planDisclosure(tx, packetDisclosure(config, disclosed), mailId, moment.now);
    return true;
  });
}
