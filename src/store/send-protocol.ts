import { type RawBuilder, sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import { ABSOLUTE, underAbsoluteHold } from './absolute-hold.ts';
import { mayPassBrakes } from './brakes.ts';
import { type Db, PREPARED } from './database.ts';
import { killSwitchOn } from './kill-switch.ts';
import { passesSafeMode, safeModeOn } from './safe-mode.ts';

/** Rows that go to the mail server: both tables carry the same columns for it. */
export type Sendable = 'letter' | 'staff_mail';

/** Whose a claimed row is. */
export interface Claim {
  readonly id: string;
  readonly owner: number;
  /** When it was claimed: whoever stood still for long may have lost it, and claimed it once more since. */
  readonly claimedAt?: Date | undefined;
}

/** What the mail server's answer makes of a row. */
export type HandOver =
  | { readonly kind: 'sent'; readonly reply: string; readonly on: SchoolDate; readonly at: Date }
  | {
      readonly kind: 'later';
      readonly reason: string;
      readonly reply: string | null;
      readonly dueAt: Date;
      /** False: nothing was wrong with this mail, so the attempt does not count against it. */
      readonly counts: boolean;
    }
  | { readonly kind: 'rejected'; readonly reason: string; readonly reply: string | null }
  | { readonly kind: 'uncertain'; readonly reason: string; readonly reply: string | null };

/**
 * `queued → claimed`.
 * @returns false when somebody else was quicker, the row is not due or has used up its attempts, sending is stopped or a
 *   brake keeps it back, it is a shadow row, or it is about a student of whom nothing may be said: the latter are taken
 *   out of the line.
 */
export async function claimRow(
  tx: Db,
  table: Sendable,
  claim: { id: string; owner: number; now: Date },
): Promise<boolean> {
  const result = await sql`
    ${PREPARED} update ${sql.table(table)}
    set state = 'claimed', owner = ${claim.owner}, claimed_at = ${claim.now}, transmitting_at = null,
      attempts = attempts + 1, reason = null
    where id = ${claim.id} and state in ('queued', 'held') and due_at <= ${claim.now} and attempts < ${MOST_ATTEMPTS}
      and ${mayLeave(table)}`.execute(tx);
  if (result.numAffectedRows === 1n) return true;
  await stopAbsolute(tx, table, claim.id);
  return false;
}

/** A row that waits its turn is looked at again then. */
export async function postponeRow(tx: Db, table: Sendable, id: string, dueAt: Date): Promise<void> {
  await sql`
    update ${sql.table(table)} set due_at = ${dueAt}
    where id = ${id} and state in ('queued', 'held') and due_at is not null`.execute(tx);
}

/**
 * `claimed → transmitting`, committed before the first byte of the message leaves. From here on only the mail
 * server's answer, or a person, can say what became of it.
 * @throws Error when the claim was lost; nothing may be sent then.
 */
export async function markTransmitting(
  db: Db,
  table: Sendable,
  claim: Claim & { readonly now: Date },
): Promise<void> {
  const result = await sql`
    ${PREPARED} update ${sql.table(table)} set state = 'transmitting', transmitting_at = ${claim.now}
    where ${isOurs(claim)} and state = 'claimed' and ${mayLeave(table)}`.execute(db);
  if (result.numAffectedRows !== 1n) throw new Error(`the claim on ${table} ${claim.id} was lost`);
}

function isOurs({ id, owner, claimedAt }: Claim): RawBuilder<boolean> {
  const at = claimedAt ?? null;
  return sql`id = ${id} and owner = ${owner} and (${at}::timestamptz is null or claimed_at = ${at}::timestamptz)`;
}

/**
 * A letter on paper is none for the mail server, also when a job from before it was refused comes late. What was decided
 * while a school was not live stays here, whatever the configuration says by now; nothing leaves about
 * a student who has died or is missing, whoever has decided what; and while sending is stopped, no letter, no packet and no invitation.
 */
function mayLeave(table: Sendable): RawBuilder<boolean> {
  return table === 'letter'
    ? sql`letter.channel = 'email' and not letter.shadow and ${mayPassBrakes} and not ${isAboutAbsolute(table)}
        and not ${killSwitchOn}`
    : sql`not exists (select from referral r where r.id = staff_mail.referral_id and r.shadow)
        and not ${isAboutAbsolute(table)} and (not ${safeModeOn} or ${passesSafeMode})
        and not (staff_mail.kind in ('packet', 'meeting') and ${killSwitchOn})`;
}

function isAboutAbsolute(table: Sendable): RawBuilder<boolean> {
  if (table === 'letter') return underAbsoluteHold(sql.ref('letter.student_id'));
  return sql`exists (
    select from (
      select unnest(staff_mail.student_ids) as id
      union select r.student_id from referral r where r.id = staff_mail.referral_id) named
    where ${underAbsoluteHold(sql.ref('named.id'))})`;
}

/** Otherwise a row that may never leave would be due for ever. */
async function stopAbsolute(tx: Db, table: Sendable, id: string): Promise<void> {
  // What a mail says of others is said again in the next one: its key is free again.
  const freed = table === 'letter' ? sql`` : sql`, key = key || ':stopped:' || ref`;
  await sql`
    update ${sql.table(table)} set state = 'cancelled', reason = ${ABSOLUTE}, due_at = null, owner = null ${freed}
    where id = ${id} and state in ('queued', 'held') and ${isAboutAbsolute(table)}`.execute(tx);
  if (table !== 'letter') return;
  await sql`
    update letter_addressee set live = false
    where live and letter_id in (
      select id from letter where id = ${id} and state = 'cancelled' and reason = ${ABSOLUTE})`.execute(tx);
}

/**
 * Writes `sent` for what the mail server has taken, and keeps the attempt. Nothing else does, but `recordLateHandOver`,
 * `recordFoundOut` for what a named person has found out, and `settleAsSent` for what the receiving side has told.
 * @returns false when the row was not ours any more.
 */
export async function recordHandOver(
  tx: Db,
  table: Sendable,
  claim: Claim,
  answer: HandOver,
): Promise<boolean> {
  return keepHandOver(tx, table, sql`${isOurs(claim)} and state in ('claimed', 'transmitting')`, answer);
}

/**
 * The mail server has taken what was held to be uncertain meanwhile, because the session that owned the claim was lost.
 * Since what is uncertain is never claimed again, the answer is about the only mail that there was.
 * @returns false when it is not uncertain: a person has decided otherwise, or it was never begun
 */
export async function recordLateHandOver(
  tx: Db,
  table: Sendable,
  id: string,
  answer: HandOver & { readonly kind: 'sent' },
): Promise<boolean> {
  return keepHandOver(tx, table, sql`id = ${id} and state = 'uncertain'`, answer);
}

async function keepHandOver(
  tx: Db,
  table: Sendable,
  which: RawBuilder<unknown>,
  answer: HandOver,
): Promise<boolean> {
  const result = await sql`
    ${PREPARED} with handed as (
      update ${sql.table(table)} set
        state = ${answer.kind === 'later' ? 'queued' : answer.kind},
        owner = null,
        reason = ${answer.kind === 'sent' ? null : answer.reason},
        reply = coalesce(${answer.reply}, reply),
        attempts = attempts - ${answer.kind === 'later' && !answer.counts ? 1 : 0},
        due_at = ${answer.kind === 'later' ? answer.dueAt : null},
        handed_over_at = ${answer.kind === 'sent' ? answer.at : null},
        handed_over_on = ${answer.kind === 'sent' ? answer.on : null}::date
      where ${which}
      returning id, claimed_at, transmitting_at, reason)
    insert into send_attempt (${attemptOf(table)}, claimed_at, transmitting_at, outcome, reason, reply)
    select id, claimed_at, transmitting_at, ${answer.kind}, reason, ${answer.reply}::text from handed`.execute(
    tx,
  );
  return result.numAffectedRows === 1n;
}

function attemptOf(table: Sendable): RawBuilder<unknown> {
  return sql.ref(`${table}_id`);
}

/**
 * A named person has found out what became of an uncertain letter. One that has arrived counts as sent on the day on
 * which it was handed over; one that has not is closed, and its guardians may be written to once more.
 * @returns false when the letter is not uncertain
 */
export async function recordFoundOut(
  tx: Db,
  letterId: string,
  found: { delivered: boolean; on: SchoolDate; by: string; because: string; now: Date },
): Promise<boolean> {
  const result = await sql`
    with resolved as (
      update letter set
        state = ${found.delivered ? 'sent' : 'cancelled'},
        reason = ${found.delivered ? 'found-delivered' : 'found-not-delivered'},
        handed_over_at = case when ${found.delivered} then transmitting_at end,
        handed_over_on = case when ${found.delivered} then ${found.on}::date end
      where id = ${letterId} and state = 'uncertain'
      returning id),
    freed as (
      update letter_addressee set live = false
      where not ${found.delivered} and letter_id in (select id from resolved))
    insert into letter_resolution (letter_id, delivered, resolved_at, resolved_by, because)
    select id, ${found.delivered}, ${found.now}, ${found.by}, ${found.because} from resolved`.execute(tx);
  return result.numAffectedRows === 1n;
}

/**
 * What may have left was delivered, as the receiving mail system says: on the day of its first byte, not of the notice.
 * @returns that day; null when nothing was uncertain
 */
export async function settleAsSent(
  tx: Db,
  table: Sendable,
  id: string,
  at: { timeZone: string; now: Date },
): Promise<SchoolDate | null> {
  const left = sql`coalesce(transmitting_at, ${at.now}::timestamptz)`;
  const { rows } = await sql<{ on: SchoolDate }>`
    update ${sql.table(table)}
    set state = 'sent', reason = null, owner = null, due_at = null, handed_over_at = ${left},
      handed_over_on = (${left} at time zone ${at.timeZone})::date
    where id = ${id} and state in ('uncertain', 'transmitting')
    returning handed_over_on as on`.execute(tx);
  return rows[0]?.on ?? null;
}

/** A mail to staff that may have left has not arrived. */
export async function settleAsRejected(tx: Db, staffMailId: string): Promise<void> {
  await tx
    .updateTable('staff_mail')
    .set({ state: 'rejected', reason: 'bounced', owner: null })
    .where('id', '=', staffMailId)
    .where('state', 'in', ['uncertain', 'transmitting'])
    .execute();
}

/**
 * Takes back what nobody will give an answer about: what was only claimed goes back into the queue, what may have left is
 * uncertain. Its owner is gone (nobody holds the session advisory lock of the process), or lives and has had it for
 * longer than any mail takes: then its answer was lost.
 * @returns the ids that became uncertain.
 */
export async function reapAbandoned(tx: Db, table: Sendable, now: Date): Promise<string[]> {
  const gone = sql`pg_try_advisory_xact_lock(hashtext('rollcall owner'), owner)`;
  const claimedBefore = new Date(now.getTime() - LONGEST_CLAIM_MS);
  const begunBefore = new Date(now.getTime() - LONGEST_TRANSMISSION_MS);
  await takeBack(tx, table, sql`owner is not null and (claimed_at < ${claimedBefore} or ${gone})`, 'claimed');
  return takeBack(
    tx,
    table,
    sql`owner is not null and (transmitting_at < ${begunBefore} or ${gone})`,
    'transmitting',
  );
}

/** A mail waits for others before its turn comes, and may not be claimed twice while it does. */
const LONGEST_CLAIM_MS = 4 * 3_600_000;

/** Well beyond what a mail may take on the line. */
const LONGEST_TRANSMISSION_MS = 45 * 60_000;

/** A worker gives back what it has: it could not begin, or could not keep the answer. */
export async function giveBack(
  db: Db,
  table: Sendable,
  claim: Claim & { readonly reply: string | null },
): Promise<'queued' | 'uncertain' | 'lost-claim'> {
  const ours = isOurs(claim);
  return db.transaction().execute(async (tx) => {
    if ((await takeBack(tx, table, ours, 'claimed', 'given-back', claim.reply)).length > 0) return 'queued';
    const uncertain = await takeBack(tx, table, ours, 'transmitting', 'answer-lost', claim.reply);
    return uncertain.length > 0 ? 'uncertain' : 'lost-claim';
  });
}

async function takeBack(
  tx: Db,
  table: Sendable,
  which: RawBuilder<unknown>,
  from: 'claimed' | 'transmitting',
  reason = 'process-gone',
  reply: string | null = null,
): Promise<string[]> {
  const back =
    from === 'claimed'
      ? sql`state = 'queued', owner = null`
      : sql`state = 'uncertain', owner = null, due_at = null, reason = ${reason}, reply = coalesce(${reply}, reply)`;
  const { rows } = await sql<{ id: string }>`
    with back as (
      update ${sql.table(table)} set ${back}
      where state = ${from} and ${which}
      returning id, claimed_at, transmitting_at)
    insert into send_attempt (${attemptOf(table)}, claimed_at, transmitting_at, outcome, reason, reply)
    select id, claimed_at, transmitting_at, ${from === 'claimed' ? 'abandoned' : 'uncertain'}, ${reason},
      ${reply}::text
    from back returning ${attemptOf(table)} as id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** After so many attempts that failed or crashed, a person has to look. */
export const MOST_ATTEMPTS = 12;

/** Rows that have used up their attempts leave the line. @returns their ids; each needs a task */
export async function setAsideExhausted(tx: Db, table: Sendable): Promise<string[]> {
  const state = table === 'letter' ? 'held' : 'cancelled';
  const rows = await sql<{ id: string }>`
    update ${sql.table(table)} set state = ${state}, reason = 'too-many-attempts', due_at = null, owner = null
    where (state in ('planned', 'queued') or state = 'held' and due_at is not null) and attempts >= ${MOST_ATTEMPTS}
    returning id`.execute(tx);
  return rows.rows.map((row) => row.id);
}
