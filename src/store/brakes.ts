import { type RawBuilder, sql } from 'kysely';
import { type BrakeLimits, type StopKind, stopFor } from '../domain/brakes.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type Db, PREPARED, type Tx } from './database.ts';
import { newReference } from './references.ts';

/** Serialises whatever weighs runs or answers batches: what one sees of a set, no other changes meanwhile. */
export async function lockBatches(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('rollcall batches'))`.execute(tx);
}

/**
 * Whether no brake keeps a row of `letter` back: part of the statements that claim a letter and that mark it as on the
 * line, so that it costs no statement of its own and holds under the row's lock. What else may stop every letter is
 * added here, and nowhere else.
 */
export const mayPassBrakes: RawBuilder<boolean> = sql<boolean>`(letter.cleared_at is not null
  and not exists (select from sending_stop where sending_stop.ended_at is null))`;

export interface SendingStop {
  readonly ref: string;
  readonly kind: StopKind;
  /** How many letters in a row. */
  readonly mails: number;
  readonly openedOn: SchoolDate;
  readonly openedAt: Date;
}

/** Sending has stopped for these; it goes on when a person has ended each. */
export async function openStops(db: Db): Promise<SendingStop[]> {
  return db
    .selectFrom('sending_stop')
    .select(['ref', 'kind', 'mails', 'opened_on as openedOn', 'opened_at as openedAt'])
    .where('ended_at', 'is', null)
    .orderBy('opened_at')
    .execute();
}

/**
 * Counts what the mail server made of a letter. Only one that it accepts ends a row: a refusal between two letters of
 * unknown fate does not tell that the server is well.
 * @returns the stop that this letter has caused, or null
 */
export async function noteAnswer(
  tx: Tx,
  answer: 'sent' | 'rejected' | 'uncertain',
  limits: Pick<BrakeLimits, 'refusalsInARow' | 'uncertainInARow'>,
  at: { readonly on: SchoolDate; readonly now: Date },
): Promise<SendingStop | null> {
  if (answer === 'sent') {
    await sql`
      ${PREPARED} update sending_streak set refusals = 0, uncertain = 0 where refusals > 0 or uncertain > 0`.execute(
      tx,
    );
    return null;
  }
  const column = sql.ref(answer === 'rejected' ? 'refusals' : 'uncertain');
  const { rows } = await sql<{ refusals: number; uncertain: number }>`
    update sending_streak set ${column} = ${column} + 1 returning refusals, uncertain`.execute(tx);
  const streak = rows[0] ?? { refusals: 0, uncertain: 0 };
  const kind = stopFor(streak, limits);
  return kind === null ? null : openStop(tx, kind, streak[kind], at);
}

/**
 * Counts a letter that has come back, whatever for: many in a row tell of our reputation or of a broken list of
 * addresses rather than of families.
 * @returns the stop that it has caused, or null
 */
export async function noteBounce(
  tx: Tx,
  limits: Pick<BrakeLimits, 'bouncesInARow'>,
  at: { readonly on: SchoolDate; readonly now: Date },
): Promise<SendingStop | null> {
  const { rows } = await sql<{ bounces: number }>`
    update sending_streak set bounced_on = ${at.on}::date,
      bounces = case when bounced_on = ${at.on}::date then bounces + 1 else 1 end
    returning bounces`.execute(tx);
  const bounces = rows[0]?.bounces ?? 0;
  return bounces < limits.bouncesInARow ? null : openStop(tx, 'bounces', bounces, at);
}

/** A letter has arrived. */
export async function noteArrival(tx: Tx): Promise<void> {
  await tx.updateTable('sending_streak').set({ bounces: 0 }).where('bounces', '>', 0).execute();
}

/**
 * Whether a letter of this channel reason stays off the paper: while sending has stopped for the refusals, or the
 * bounces, that turned it into paper, the fault may be ours and not the address's.
 */
export function mayBeOurFault(channelReason: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from sending_stop s where s.ended_at is null
      and (s.kind = 'refusals' and ${channelReason} = 'address-refused'
        or s.kind = 'bounces' and ${channelReason} = 'address-bounced'))`;
}

/** @returns null when sending has stopped for this already */
async function openStop(
  tx: Tx,
  kind: StopKind,
  mails: number,
  { on, now }: { readonly on: SchoolDate; readonly now: Date },
): Promise<SendingStop | null> {
  const row = await tx
    .insertInto('sending_stop')
    .values({ ref: newReference('S'), kind, mails, opened_on: on, opened_at: now })
    .onConflict((conflict) => conflict.column('kind').where('ended_at', 'is', null).doNothing())
    .returning('ref')
    .executeTakeFirst();
  return row === undefined ? null : { ref: row.ref, kind, mails, openedOn: on, openedAt: now };
}

/** A person says that sending may go on; the counting begins anew. @returns false when no open stop has the reference */
export async function endStop(
  tx: Tx,
  ended: {
    readonly ref: string;
    readonly by: string;
    readonly because: string;
    readonly on: SchoolDate;
    readonly now: Date;
  },
): Promise<boolean> {
  const row = await tx
    .updateTable('sending_stop')
    .set({ ended_on: ended.on, ended_at: ended.now, ended_by: ended.by, ended_because: ended.because })
    .where('ref', '=', ended.ref.toUpperCase())
    .where('ended_at', 'is', null)
    .returning('kind')
    .executeTakeFirst();
  if (row === undefined) return false;
  await tx
    .updateTable('sending_streak')
    .set({ [row.kind]: 0 })
    .execute();
  return true;
}

/** Letters that a brake keeps back now: counts only. */
export interface BrakedLetters {
  /** Ready, and not yet looked at by the brakes. */
  readonly toWeigh: number;
  /** May leave once the time to call them back is over. */
  readonly inRecallWindow: number;
  /** In batches that wait for a yes. */
  readonly inBatches: number;
}

export async function countBraked(db: Db, now: Date): Promise<BrakedLetters> {
  const { rows } = await sql<BrakedLetters>`
    select count(*) filter (where cleared_at is null and batch_id is null and recalled_by is null
        and (state = 'planned' or template_version is not null))::int as "toWeigh",
      count(*) filter (where cleared_at is not null and state = 'queued' and due_at > ${now})::int as "inRecallWindow",
      count(*) filter (where cleared_at is null and batch_id is not null and recalled_by is null)::int as "inBatches"
    from letter where state in ('planned', 'held', 'queued') and not shadow`.execute(db);
  return rows[0] ?? { toWeigh: 0, inRecallWindow: 0, inBatches: 0 };
}
