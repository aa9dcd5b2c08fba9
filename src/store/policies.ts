import type { Policy, PolicyBook } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

/** A policy that decisions rest on, and the first day on which it held. */
export interface KeptPolicy {
  readonly policy: Policy;
  readonly effectiveFrom: SchoolDate;
}

/** Keeps a policy with the first decision that rests on it. One that is kept already stays as it was first seen. */
export async function keepPolicy(
  tx: Db,
  policy: Policy,
  at: { readonly now: Date; readonly today: SchoolDate },
): Promise<void> {
  await tx
    .insertInto('policy_version')
    .values({
      version: policy.version,
      content_hash: policy.contentHash,
      content: JSON.stringify(policy),
      effective_from: policy.effectiveFrom ?? at.today,
      first_seen_at: at.now,
    })
    .onConflict((conflict) => conflict.column('version').doNothing())
    .execute();
}

/** Every policy that a decision rests on, in the order in which they came to hold. */
export async function listPolicies(db: Db): Promise<readonly KeptPolicy[]> {
  const rows = await db
    .selectFrom('policy_version')
    .select(['content', 'effective_from'])
    .orderBy('effective_from')
    .orderBy('first_seen_at')
    .execute();
  return rows.map((row) => ({ policy: row.content as Policy, effectiveFrom: row.effective_from }));
}

/**
 * The configured policy with those before it. Until the day from which it says that it holds, the one before it does;
 * one that names no day holds from the day on which it is first seen.
 */
export async function readPolicyBook(db: Db, configured: Policy, today: SchoolDate): Promise<PolicyBook> {
  const kept = await listPolicies(db);
  const own = kept.find((one) => one.policy.version === configured.version);
  const since = configured.effectiveFrom ?? own?.effectiveFrom ?? today;
  const others = kept.filter((one) => one.policy.version !== configured.version);
  const before = others.filter((one) => one.effectiveFrom <= since);
  const former = before.at(-1);
  if (former !== undefined && since > today) {
    const first = before.at(-2);
    return bookOf(former, first?.policy ?? null, kept);
  }
  return bookOf({ policy: configured, effectiveFrom: since }, former?.policy ?? null, kept);
}

/** @param previous null: the policy has held from the beginning. */
export function bookOf(
  { policy, effectiveFrom }: KeptPolicy,
  previous: Policy | null,
  kept: readonly KeptPolicy[],
): PolicyBook {
  const byVersion = new Map(kept.map((one) => [one.policy.version, one.policy]));
  byVersion.set(policy.version, policy);
  return {
    current: policy,
    since: previous === null ? null : effectiveFrom,
    previous,
    of: (version) => byVersion.get(version) ?? null,
  };
}
