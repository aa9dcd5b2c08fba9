import { standsInFor } from '../domain/same-person.ts';
import type { Tx } from '../store/database.ts';
import { type Round, roundAddressees } from '../store/round-addressees.ts';
import type { StoredFacts } from '../store/student-facts.ts';
import type { Assessment } from './assess.ts';

/**
 * Whom a letter is for that is written anew: the guardians that it was to, and where the records have one of them under
 * another id by now, who gets letters there.
 * @returns ids of guardians
 */
export async function meantNow(
  tx: Tx,
  { facts, assessment }: { readonly facts: StoredFacts; readonly assessment: Assessment },
  round: Round,
  guardianIds: readonly number[],
): Promise<readonly number[]> {
  const recipients = new Set(assessment.recipients.letters.flatMap((letter) => letter.guardianIds));
  const gone = guardianIds.filter((id) => !recipients.has(id));
  if (gone.length === 0) return guardianIds;
  const addressees = await roundAddressees(tx, round);
  const others = facts.guardians.filter(
    (record) => recipients.has(record.id) && standsInFor(record, gone, addressees),
  );
  return [...guardianIds, ...others.map(({ id }) => id)];
}
