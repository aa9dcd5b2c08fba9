import { type RawBuilder, sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import { type Db, inTransaction } from './database.ts';

/** An address under its hash: whether a letter to it came back can be asked, and what it was cannot be read. */
export function addressHash(address: RawBuilder<unknown>): RawBuilder<string> {
  return sql<string>`encode(sha256(convert_to(lower(btrim(${address})), 'UTF8')), 'hex')`;
}

/** From now on the address is not written to. One that is kept off already stays as it is. */
export async function keepOffAddress(
  tx: Db,
  bounce: { address: string; letterId: string; status: string | null; now: Date },
): Promise<void> {
  await sql`
    insert into bounced_address (address_hash, letter_id, since, status)
    values (${addressHash(sql`${bounce.address}::text`)}, ${bounce.letterId}, ${bounce.now}, ${bounce.status})
    on conflict (address_hash) where trusted_at is null do nothing`.execute(tx);
}

export interface BouncedAddress {
  readonly letterId: string;
  /** Of the letter that came back, by which people name the address. */
  readonly ref: string;
  readonly since: Date;
  readonly status: string | null;
  /** sourcedIds of active guardians who have the address now; none: it was corrected. */
  readonly guardians: readonly string[];
  /** sourcedIds of the schools of the letters. */
  readonly school: string;
  readonly on: SchoolDate | null;
}

/** Addresses that are not written to, newest first. */
export async function listBouncedAddresses(db: Db): Promise<BouncedAddress[]> {
  const { rows } = await sql<BouncedAddress>`
    select b.letter_id as "letterId", l.ref, b.since, b.status, s.sourced_id as school,
      l.handed_over_on as "on",
      coalesce((select json_agg(distinct g.sourced_id) from guardian g
        left join guardianship k on k.guardian_id = g.id
        where g.active and ${addressHash(sql`coalesce(k.contact ->> 'email', g.email, '')`)} = b.address_hash),
        '[]'::json) as guardians
    from bounced_address b join letter l on l.id = b.letter_id join school s on s.id = l.school_id
    where b.trusted_at is null
    order by b.since desc, l.ref`.execute(db);
  return rows;
}

/**
 * A person says that addresses work: they are written to again. Evaluations need no other look: whom a letter goes to is
 * asked when it is planned.
 * @param which `refs` of letters that came back, or all addresses that are kept off `since` a moment
 * @returns how many addresses; null when one of the letters keeps none off: nothing was changed then
 */
export async function trustAddresses(
  db: Db,
  which: { readonly refs: readonly string[] } | { readonly since: Date },
  trust: { readonly by: string; readonly because: string; readonly now: Date },
): Promise<number | null> {
  const isMeant =
    'since' in which
      ? sql<boolean>`b.since >= ${which.since}`
      : sql<boolean>`b.letter_id in (select id from letter where ref = any(${[...which.refs]}::text[]))`;
  return inTransaction(db, async (tx) => {
    if ('refs' in which) {
      const known = await sql`
        select distinct b.letter_id from bounced_address b where b.trusted_at is null and ${isMeant}`.execute(
        tx,
      );
      if (known.rows.length < new Set(which.refs).size) return null;
    }
    const { numAffectedRows } = await sql`
      update bounced_address b set trusted_at = ${trust.now}, trusted_by = ${trust.by},
        trusted_because = ${trust.because}
      where b.trusted_at is null and ${isMeant}`.execute(tx);
    return Number(numAffectedRows ?? 0n);
  });
}
