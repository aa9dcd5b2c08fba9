import { sql } from 'kysely';
import type { Db } from './database.ts';

/** How many mails may be handed over; null: as many as there are. */
export interface SendingLimits {
  readonly perMinute: number | null;
  readonly perDay: number | null;
}

const MINUTE_MS = 60_000;
const LATER_MS = 15 * MINUTE_MS;

/**
 * Of the mails of a day, letters leave every tenth to the staff: a referral, or what warns of a mistake, must not wait
 * behind a day of many letters.
 */
export function forLetters({ perMinute, perDay }: SendingLimits): SendingLimits {
  return { perMinute, perDay: perDay === null ? null : perDay - Math.floor(perDay / 10) };
}

/** @returns when to ask again; null: one more mail may go now. Takes nothing. */
export async function nextPermit(db: Db, limits: SendingLimits, now: Date): Promise<Date | null> {
  if (limits.perMinute === null && limits.perDay === null) return null;
  const { rows } = await sql<{ current: number; before: number; day: number }>`
    select coalesce(sum(mails) filter (where minute = date_trunc('minute', ${now}::timestamptz)), 0)::int as current,
      coalesce(sum(mails) filter (
        where minute = date_trunc('minute', ${now}::timestamptz) - interval '1 minute'), 0)::int as before,
      coalesce(sum(mails), 0)::int as day
    from sending_minute where minute > ${now}::timestamptz - interval '24 hours'`.execute(db);
  const { current, before, day } = rows[0] ?? { current: 0, before: 0, day: 0 };
  if (limits.perDay !== null && day >= limits.perDay) return new Date(now.getTime() + LATER_MS);
  const passed = (now.getTime() % MINUTE_MS) / MINUTE_MS;
  // The minute before counts by what of it lies within the last 60 seconds: no two half minutes make one and a half.
  if (limits.perMinute !== null && current + before * (1 - passed) >= limits.perMinute)
    return new Date(now.getTime() + MINUTE_MS - (now.getTime() % MINUTE_MS));
  return null;
}

/**
 * Takes the right to hand over one mail now, for all processes together. Held by the transaction until its end, so it
 * comes last in it.
 * @returns when to ask again; null: it was taken
 */
export async function takePermit(tx: Db, limits: SendingLimits, now: Date): Promise<Date | null> {
  if (limits.perMinute === null && limits.perDay === null) return null;
  await sql`select pg_advisory_xact_lock(hashtext('rollcall sending pace'))`.execute(tx);
  const wait = await nextPermit(tx, limits, now);
  if (wait !== null) return wait;
  await sql`
    with old as (delete from sending_minute where minute < ${now}::timestamptz - interval '2 days')
    insert into sending_minute (minute, mails) values (date_trunc('minute', ${now}::timestamptz), 1)
    on conflict (minute) do update set mails = sending_minute.mails + 1`.execute(tx);
  return null;
}

/** What was taken in this transaction is not used: the mail does not leave. */
export async function returnPermit(tx: Db, limits: SendingLimits, now: Date): Promise<void> {
  if (limits.perMinute === null && limits.perDay === null) return;
  await sql`
    update sending_minute set mails = mails - 1
    where minute = date_trunc('minute', ${now}::timestamptz) and mails > 0`.execute(tx);
}
