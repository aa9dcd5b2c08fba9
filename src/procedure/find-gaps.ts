import type { Gap, NOT_RELEASED } from '../domain/gaps.ts';
import { referralRules } from '../domain/policy.ts';
import { openGaps, referralGaps } from '../domain/readiness.ts';
import { listContacts } from '../store/contact-log.ts';
import { contractsOf } from '../store/contracts.ts';
import type { Tx } from '../store/database.ts';
import type { Referral } from '../store/referrals.ts';
import { isSoonAfterRestore } from '../store/safe-mode.ts';
import { lastSyncRun } from '../store/sync/sync-runs.ts';
import { lettersOutIn } from './assess.ts';
import type { DecidedLocked } from './decide.ts';
import { packetDocuments } from './packet-documents.ts';
import { type Moment, type Procedure, schoolCalendar } from './procedure.ts';

/** What a referral still lacks today, by the checklist, and what no named person has released. */
export async function findGaps(
  tx: Tx,
  procedure: Procedure,
  referral: Referral,
  decided: DecidedLocked,
  moment: Moment,
): Promise<readonly (Gap | typeof NOT_RELEASED)[]> {
  const { release, checklist } = referralRules(procedure.policy);
  const student = { studentId: referral.studentId, schoolYear: referral.schoolYear };
  const step = procedure.policy.steps.find((candidate) => candidate.id === referral.step);
  const sync = await lastSyncRun(tx, 'applied');
  const documents = await packetDocuments(tx, student);
  const gaps = referralGaps(
    {
      contactAttempts: (await listContacts(tx, student)).length,
      lettersOut: lettersOutIn(decided.assessment.evaluation.mode, decided.facts),
      steps: decided.facts.steps,
      holds: decided.facts.holds,
      countsReadOn: sync?.asOf ?? null,
      noticeDays: step?.noticeDays ?? 0,
      restsOnUnsignedContract: await restsOnUnsignedContract(tx, referral, decided),
      hasUnboundDocument: documents.some(({ unbound }) => unbound !== null),
    },
    checklist,
    await schoolCalendar(tx, procedure, referral.schoolId),
    moment.today,
  );
  // A packet may have left that the database does not know.
  const restored = await isSoonAfterRestore(tx, referral.openedOn);
  const covers = referral.releasedBy === null ? null : (referral.releasedGaps ?? 'everything');
  return openGaps(gaps, { wanted: release === 'named-person' || restored, covers });
}

/** A count that is reached as well needs no contract. */
async function restsOnUnsignedContract(
  tx: Tx,
  referral: Referral,
  { assessment: { evaluation } }: DecidedLocked,
): Promise<boolean> {
  const verdict = evaluation.steps.find(({ step }) => step === referral.step);
  if (verdict?.reachedBy !== 'contract') return false;
  if (verdict.unit === 'days' && verdict.count >= verdict.at) return false;
  const violated = evaluation.contracts.filter(({ kind }) => kind === 'violated').map(({ ref }) => ref);
  const contracts = await contractsOf(tx, referral);
  return !contracts.some(({ ref, signedOn }) => violated.includes(ref) && signedOn !== null);
}
