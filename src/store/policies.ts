import { sql } from 'kysely';
import type { Policy, PolicyBook } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type Db, PREPARED } from './database.ts';

/**
 * Keeps the configured policy once something is decided while it is the configured one, and notes from when on it
 * holds. One that is kept already stays as it was first seen. One that was replaced before its day leaves no period.
 */
export async function keepPolicy(
  tx: Db,
  configured: Policy,
  at: { readonly now: Date; readonly today: SchoolDate },
): Promise<void> {
  if (isNoted(await listPeriods(tx), configured, at.today)) return;
  await sql`select pg_advisory_xact_lock(hashtext('rollcall policy periods'))`.execute(tx);
  await tx
    .insertInto('policy_version')
    .values({
      version: configured.version,
      content_hash: configured.contentHash,
      content: JSON.stringify(configured),
      effective_from: configured.effectiveFrom ?? at.today,
      first_seen_at: at.now,
    })
    .onConflict((conflict) => conflict.column('version').doNothing())
    .execute();
  const periods = await listPeriods(tx);
  if (isNoted(periods, configured, at.today)) return;
  await tx
    .deleteFrom('policy_period')
    .where('begins', '>', at.today)
    .where('seen_on', '<=', at.today)
    .execute();
  const before = periods.filter(({ begins }) => begins <= at.today);
  if (before.at(-1)?.version === configured.version) return;
  await tx
    .insertInto('policy_period')
    .values({
      version: configured.version,
      begins: beginOf(configured, before, at.today),
      seen_on: at.today,
    })
    .execute();
}

/** It is the last one already, or held on a day that lies before what was noted later. */
function isNoted(periods: readonly Period[], { version }: Policy, today: SchoolDate): boolean {
  const last = periods.at(-1);
  if (last === undefined || last.version === version) return last !== undefined;
  return today < last.seenOn && periods.some((period) => period.version === version);
}

/**
 * The first policy of a district holds from the day that it names. Any other one holds from that day on as well, but
 * never from a day before it was seen: until then everybody went by the one before it.
 */
function beginOf({ effectiveFrom }: Policy, before: readonly Period[], today: SchoolDate): SchoolDate {
  if (effectiveFrom === null) return today;
  return before.length > 0 && effectiveFrom < today ? today : effectiveFrom;
}

/** Every policy that was the configured one when something was decided, in the order in which they were first seen. */
export async function listPolicies(db: Db): Promise<readonly Policy[]> {
  const rows = await db
    .selectFrom('policy_version')
    .select('content')
    .orderBy('first_seen_at')
    .orderBy('version')
    .execute();
  return rows.map((row) => row.content as Policy);
}

interface Period {
  readonly version: string;
  readonly begins: SchoolDate;
  readonly seenOn: SchoolDate;
}

/** In the order in which they came to hold. */
async function listPeriods(db: Db): Promise<Period[]> {
  return db
    .selectFrom('policy_period')
    .modifyFront(PREPARED)
    .select(['version', 'begins', 'seen_on as seenOn'])
    .orderBy('begins')
    .orderBy('id')
    .execute();
}

/** A policy with the days on which it holds. */
export interface PolicyTerm {
  readonly policy: Policy;
  /** null: from the beginning. */
  readonly from: SchoolDate | null;
  /** The first day on which the next one holds; null: there is none. */
  readonly until: SchoolDate | null;
  /** The day on which it was first seen as the configured one. */
  readonly seenOn: SchoolDate;
}

/**
 * Which policy holds when: those that decisions rest on and the configured one, in the order in which they come to hold.
 * The first has held from the beginning, unless it names the day from which on it does. The configured one holds from
 * the day that it names, or from the day on which it was first seen if that is later. One that comes to hold again has
 * a term for each time.
 */
export async function listPolicyTerms(db: Db, configured: Policy, today: SchoolDate): Promise<PolicyTerm[]> {
  return termsOf(await listPolicies(db), await listPeriods(db), configured, today);
}

function termsOf(
  kept: readonly Policy[],
  periods: readonly Period[],
  configured: Policy,
  today: SchoolDate,
): PolicyTerm[] {
  const byVersion = new Map(kept.map((policy) => [policy.version, policy]));
  const line = withConfigured(periods, configured, today).flatMap(({ version, begins, seenOn }) => {
    const policy = version === configured.version ? configured : byVersion.get(version);
    return policy === undefined ? [] : [{ policy, begins, seenOn }];
  });
  // What another one replaced on its first day has not held on any, and between the same policy nothing changed.
  const held = line
    .filter(({ begins }, index) => line[index + 1]?.begins !== begins)
    .filter(({ policy }, index, all) => all[index - 1]?.policy.version !== policy.version);
  return held.map(({ policy, begins, seenOn }, index) => ({
    policy,
    from: index === 0 ? policy.effectiveFrom : begins,
    until: held[index + 1]?.begins ?? null,
    seenOn,
  }));
}

/** As they will be noted with the next decision. */
function withConfigured(periods: readonly Period[], configured: Policy, today: SchoolDate): Period[] {
  if (isNoted(periods, configured, today)) return [...periods];
  const before = periods.filter(({ begins }) => begins <= today);
  if (before.at(-1)?.version === configured.version) return before;
  const begins = beginOf(configured, before, today);
  return [...before, { version: configured.version, begins, seenOn: today }];
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
  const terms = termsOf(kept, await listPeriods(db), configured, today);
  const index = terms.findLastIndex(({ from }) => from === null || from <= today);
  const term = terms[index];
  if (term === undefined) return null;
  return bookOf({ ...term, previous: terms[index - 1]?.policy ?? null }, kept);
}

/** The policy in force on a day; before the first one holds, the configured one, by which nothing is decided yet. */
export async function policyInForce(db: Db, configured: Policy, today: SchoolDate): Promise<Policy> {
  return (await readPolicyBook(db, configured, today))?.current ?? configured;
}

/**
 * @param term `from` null: from the beginning; `previous` null: none held before, and what was reached then is nobody's
 * @param kept those that old decisions rest on
 */
export function bookOf(
  term: { readonly policy: Policy; readonly from: SchoolDate | null; readonly previous: Policy | null },
  kept: readonly Policy[],
): PolicyBook {
  const { policy, from, previous } = term;
  const byVersion = new Map(kept.map((one) => [one.version, one]));
  byVersion.set(policy.version, policy);
  return {
    current: policy,
    since: from,
    previous,
    of: (version) => byVersion.get(version) ?? null,
  };
}
