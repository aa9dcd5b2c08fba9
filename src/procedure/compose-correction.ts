import { renderStaffMail } from '../documents/staff-mail.ts';
import { contractInWords } from '../domain/contract-words.ts';
import { formatDays } from '../domain/days.ts';
import type { Evaluation } from '../domain/ladder-facts.ts';
import type { Db } from '../store/database.ts';
import { planDisclosure } from '../store/disclosures.ts';
import { readEvaluation } from '../store/evaluations.ts';
import { listPackets } from '../store/packets.ts';
import { isCorrectionOwed, noteToldEvaluation } from '../store/referral-corrections.ts';
import { type Referral, readReferral } from '../store/referrals.ts';
import { hasStaffMail, newMailReference } from '../store/staff-mails.ts';
import { packetDisclosure } from './disclose.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment, Procedure } from './procedure.ts';
import { readSchoolFacts } from './school-facts.ts';
import { correctPacket } from './send-again.ts';
import { shortHash } from './short-hash.ts';
import { queueStaffMessage } from './staff-message.ts';

/**
 * Tells the officer, without being asked, that a delivered packet is wrong: the count behind it no longer stands, or a
 * document in it does not belong there. Each is told once as it stands; the packet that puts it right follows the words
 * as soon as it may.
 * @returns false when there is nothing to tell or to send, or it was done before
 */
export async function composeCorrection(
  letterbox: Letterbox,
  procedure: Procedure,
  referralId: string,
  moment: Moment,
): Promise<boolean> {
  const { db } = letterbox;
  const referral = await readReferral(db, { id: referralId });
  if (referral === null || referral.state !== 'delivered') return false;
  let told = false;
  const { news, evaluationId } = await newsOf(db, referral);
  for (const one of news) {
    if (await hasStaffMail(db, one.key)) continue;
    told = (await tell(letterbox, referral, one, moment)) || told;
  }
  if (evaluationId !== null) await noteToldEvaluation(db, referral.id, evaluationId);
  // The words go first: they do not wait for a packet that may be kept here.
  if (!(await isCorrectionOwed(db, referral.id))) return told;
  const sent = await correctPacket(letterbox, procedure, referral, moment);
  return told || sent.kind === 'on-its-way';
}

interface News {
  readonly key: string;
  readonly detail: string;
  readonly what: string;
}

async function newsOf(db: Db, referral: Referral): Promise<{ news: News[]; evaluationId: string | null }> {
  const packets = (await listPackets(db, referral.id)).filter(({ state }) => state === 'left');
  const uploads = new Set(packets.flatMap(({ withdrawnFor }) => withdrawnFor ?? []));
  const documents = [...uploads].map((upload) => ({
    key: `correction:${referral.id}:${upload}`,
    detail: `document ${upload} in it does not belong into this file. Please destroy every copy of the file that you have, and pass nothing of it on. A corrected file follows.`,
    what: 'notice that a document was sent by mistake',
  }));
  if (!referral.superseded) return { news: documents, evaluationId: null };
  const ladder = await db
    .selectFrom('ladder')
    .select('evaluation_id')
    .where('student_id', '=', referral.studentId)
    .where('school_year', '=', referral.schoolYear)
    .executeTakeFirst();
  const evaluation = ladder === undefined ? null : await readEvaluation(db, ladder.evaluation_id);
  const facts = JSON.stringify(countAsTold(evaluation, referral.step));
  const hash = shortHash(facts, 16);
  const count = {
    key: `correction:${referral.id}:${hash}`,
    detail: countInWords(evaluation, referral.step),
    what: 'correction of the count',
  };
  return { news: [...documents, count], evaluationId: ladder?.evaluation_id ?? null };
}

async function tell(
  letterbox: Letterbox,
  referral: Referral,
  { key, detail, what }: News,
  moment: Moment,
): Promise<boolean> {
  const { db, config } = letterbox;
  const school = await readSchoolFacts(db, config, referral.schoolId);
  const ref = newMailReference();
  const rendered = renderStaffMail(
    letterbox.templates,
    'correction',
    {
      case: referral.ref,
      'officer.name': config.truancyOfficer.name,
      'school.name': school.name,
      detail,
      'contact.name': school.contact.name,
      'contact.phone': school.contact.phone,
    },
    {},
    { district: config.district.name, reference: ref },
  );
  return db.transaction().execute(async (tx) => {
    const mailId = await queueStaffMessage(
      tx,
      letterbox,
      {
        kind: 'alert',
        ref,
        key,
        to: { name: config.truancyOfficer.name, email: config.truancyOfficer.email },
        rendered,
        studentIds: [referral.studentId],
      },
      moment,
    );
    if (mailId === null) return false;
    const disclosed = { referral, packetId: null, sha256: null, what, how: 'mailed' };
    await planDisclosure(tx, packetDisclosure(config, disclosed), mailId, moment.now);
    return true;
  });
}

/** What makes the words about the count other words: not the day on which they are said. */
function countAsTold(evaluation: Evaluation | null, step: string) {
  const verdict = evaluation?.steps.find((one) => one.step === step);
  if (verdict === undefined) return null;
  const { count, at, reachedBy } = verdict;
  return reachedBy === 'contract'
    ? { reachedBy, contracts: (evaluation?.contracts ?? []).map(({ ref }) => ref) }
    : { reachedBy, count, at };
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
