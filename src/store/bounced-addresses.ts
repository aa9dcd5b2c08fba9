import { type RawBuilder, sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

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
 * A person says that the address works: it is written to again. Evaluations need no other look: whom a letter goes to
 * is asked when it is planned.
 * @param trust `ref` of the letter that came back
 * @returns false when no address is kept off because of that letter
 */
export async function trustAddress(
  db: Db,
  trust: { ref: string; by: string; because: string; now: Date },
): Promise<boolean> {
  const row = await db
    .updateTable('bounced_address')
    .set({ trusted_at: trust.now, trusted_by: trust.by, trusted_because: trust.because })
    .where('trusted_at', 'is', null)
    .where('letter_id', 'in', (eb) => eb.selectFrom('letter').select('id').where('ref', '=', trust.ref))
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
