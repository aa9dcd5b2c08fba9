import { type Block, heading, paragraph, plainSpan } from '../documents/content.ts';
import { mailOf } from '../documents/staff-mail.ts';
import type { Tx } from '../store/database.ts';
import type { Referral } from '../store/referrals.ts';
import { newMailReference } from '../store/staff-mails.ts';
import { linkToCase } from './case-link.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment } from './procedure.ts';
import { readSchoolFacts } from './school-facts.ts';
import { queueStaffMessage } from './staff-message.ts';

/**
 * Tells the officer that something waits on the page of a case. What it is stands there and not in the mail, which names
 * nobody.
 * @returns false where no pages are served, or it was told before
 */
export async function mailAboutCase(
  tx: Tx,
  letterbox: Letterbox,
  referral: Pick<Referral, 'ref' | 'schoolId' | 'studentId' | 'id'>,
  news: { readonly key: string; readonly subject: string; readonly says: string },
  moment: Moment,
): Promise<boolean> {
  const { config } = letterbox;
  const link = await linkToCase(tx, letterbox, referral.ref, moment);
  if (link === null) return false;
  const { truancyOfficer: officer } = config;
  const school = await readSchoolFacts(tx, config, referral.schoolId);
  const ref = newMailReference();
  const blocks: Block[] = [
    heading(1, news.subject),
    paragraph(`${officer.name},`),
    paragraph(`${school.name}: ${news.says}`),
    { kind: 'paragraph', spans: [plainSpan('The page of the case: '), { ...plainSpan(link), href: link }] },
    paragraph(
      `For questions call ${school.contact.name}, ${school.contact.phone}, and name the case number.`,
    ),
  ];
  const rendered = mailOf(news.subject, blocks, { district: config.district.name, reference: ref });
  const queued = await queueStaffMessage(
    tx,
    letterbox,
    {
      kind: 'alert',
      ref,
      key: news.key,
      to: { name: officer.name, email: officer.email },
      rendered,
      referralId: referral.id,
      contentOf: [referral.studentId],
    },
    moment,
  );
  return queued !== null;
}
