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

/** A policy with the days on which it holds. */
export interface PolicyTerm {
  readonly policy: Policy;
  /** null: from the beginning. */
  readonly from: SchoolDate | null;
  /** The first day on which the next one holds; null: there is none. */
  readonly until: SchoolDate | null;
}

/**
 * Which policy holds when: those that decisions rest on and the configured one, in the order in which they come to hold.
 * The first has held from the beginning, unless it names the day from which on it does. The configured one holds from
 * the day that it names, or from the day on which it was first seen; what came to hold later does not come back.
 */
export async function listPolicyTerms(db: Db, configured: Policy, today: SchoolDate): Promise<PolicyTerm[]> {
  return termsOf(await listPolicies(db), configured, today);
}

function termsOf(kept: readonly KeptPolicy[], configured: Policy, today: SchoolDate): PolicyTerm[] {
  const own = kept.find((one) => one.policy.version === configured.version);
  const since = configured.effectiveFrom ?? own?.effectiveFrom ?? today;
  const before = kept.filter(
    (one) => one.policy.version !== configured.version && one.effectiveFrom <= since,
  );
  const line = [...before, { policy: configured, effectiveFrom: since }];
  return line.map(({ policy, effectiveFrom }, index) => ({
    policy,
    from: index === 0 ? policy.effectiveFrom : effectiveFrom,
    until: line[index + 1]?.effectiveFrom ?? null,
  }));
}

/**
 * The policy in force on a day, with the one before it. Until the day from which the configured policy says that it
 * holds, the one before it does.
 * @returns null when none is in force yet: the first one holds from a later day on
 */
export async function readPolicyBook(
  db: Db,
  configured: Policy,
  today: SchoolDate,
): Promise<PolicyBook | null> {
  const kept = await listPolicies(db);
  const terms = termsOf(kept, configured, today);
  const index = terms.findLastIndex(({ from }) => from === null || from <= today);
  const term = terms[index];
  if (term === undefined) return null;
  const effectiveFrom = term.from ?? today;
  return bookOf({ policy: term.policy, effectiveFrom }, terms[index - 1]?.policy ?? null, kept);
}

/** The policy in force on a day; before the first one holds, the configured one, by which nothing is decided yet. */
export async function policyInForce(db: Db, configured: Policy, today: SchoolDate): Promise<Policy> {
  return (await readPolicyBook(db, configured, today))?.current ?? configured;
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
