import { type RawBuilder, sql } from 'kysely';
import type { BatchReason } from '../domain/brakes.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db, Tx } from './database.ts';
import { newReference } from './references.ts';
import type { BatchState } from './tables/sending.ts';

/** Letters that have not left, may still leave, and whom nobody has called back. */
export const waitsToLeave: RawBuilder<boolean> = sql<boolean>`(not letter.shadow and letter.recalled_by is null
  and letter.state in ('planned', 'held', 'queued', 'claimed'))`;

/** Of a group of letters. The order of ids makes it the same whoever asks. */
const setHash = sql<string>`encode(sha256(convert_to(coalesce(string_agg(letter.id::text, ',' order by letter.id), ''),
  'UTF8')), 'hex')`;

/** Reasons of letters that a batch holds: with its yes they are in line again. */
const HELD_BY_BATCH: readonly BatchReason[] = ['volume', 'canary', 'restored'];

export interface Batch {
  readonly id: string;
  readonly ref: string;
  readonly reasons: readonly BatchReason[];
  readonly state: BatchState;
  /** The day on which its letters were planned; of several, the first. */
  readonly runOn: SchoolDate;
  /** Letters of the whole run, and how many would have needed nobody's yes. */
  readonly planned: number;
  readonly volumeLimit: number;
  readonly letters: number;
  readonly setHash: string;
  readonly openedOn: SchoolDate;
  readonly closedOn: SchoolDate | null;
  readonly by: string | null;
  readonly because: string | null;
  /** Reference of the one that asks about the set as it is now. */
  readonly replacedBy: string | null;
}

function selectBatches(db: Db) {
  return db
    .selectFrom('batch')
    .leftJoin('batch as later', 'later.id', 'batch.replaced_by')
    .select([
      'batch.id',
      'batch.ref',
      'batch.reasons',
      'batch.state',
      'batch.run_on as runOn',
      'batch.planned',
    ])
    .select(['batch.volume_limit as volumeLimit', 'batch.letters', 'batch.set_hash as setHash'])
    .select(['batch.opened_on as openedOn', 'batch.closed_on as closedOn', 'batch.answered_by as by'])
    .select(['batch.answered_because as because', 'later.ref as replacedBy']);
}

export async function readBatch(db: Db, ref: string): Promise<Batch | null> {
  return (await selectBatches(db).where('batch.ref', '=', ref.toUpperCase()).executeTakeFirst()) ?? null;
}

/** What waits for a yes, the oldest first. */
export async function openBatches(db: Db): Promise<Batch[]> {
  return selectBatches(db)
    .where('batch.state', '=', 'open')
    .orderBy('batch.run_on')
    .orderBy('batch.opened_at')
    .orderBy('batch.ref')
    .execute();
}

/**
 * Puts letters into a new batch, and takes back that some of them might leave: one that a worker has claimed is not on
 * the line yet, and its claim is lost.
 * @param members true of a row of `letter` that belongs in it; whatever has left or is called back never does
 * @returns null when there is none
 */
export async function openBatch(
  tx: Tx,
  batch: {
    readonly reasons: readonly BatchReason[];
    readonly runOn: SchoolDate;
    readonly planned: number;
    readonly volumeLimit: number;
    readonly members: RawBuilder<boolean>;
    readonly on: SchoolDate;
    readonly now: Date;
  },
): Promise<Batch | null> {
  const ref = newReference('B');
  const { id } = await tx
    .insertInto('batch')
    .values({
      ref,
      reasons: [...batch.reasons],
      run_on: batch.runOn,
      planned: batch.planned,
      volume_limit: batch.volumeLimit,
      letters: 0,
      set_hash: '',
      opened_on: batch.on,
      opened_at: batch.now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await sql`
    update letter set batch_id = ${id}, cleared_at = null
    where ${waitsToLeave} and ${batch.members}`.execute(tx);
  await holdLettersOfOpenBatches(tx);
  const set = await setOf(tx, id);
  if (set.letters === 0) {
    await tx.deleteFrom('batch').where('id', '=', id).execute();
    return null;
  }
  await tx
    .updateTable('batch')
    .set({ letters: set.letters, set_hash: set.hash })
    .where('id', '=', id)
    .execute();
  return readBatch(tx, ref);
}

/** What of a batch still waits to leave. */
export async function setOf(db: Db, batchId: string): Promise<{ letters: number; hash: string }> {
  const { rows } = await sql<{ letters: number; hash: string }>`
    select count(*)::int as letters, ${setHash} as hash from letter
    where letter.batch_id = ${batchId} and ${waitsToLeave}`.execute(db);
  return rows[0] ?? { letters: 0, hash: '' };
}

/** Of an open batch, letters that were made ready after it was opened are held like the others. */
export async function holdLettersOfOpenBatches(tx: Tx): Promise<void> {
  await sql`
    update letter set state = 'held', reason = b.reasons[1], due_at = null, owner = null
    from batch b
    where letter.batch_id = b.id and b.state = 'open' and letter.cleared_at is null
      and letter.state in ('queued', 'claimed')`.execute(tx);
}

/** Nothing is asked about a batch any more. */
export async function closeBatch(
  tx: Tx,
  batchId: string,
  closed: {
    readonly state: Exclude<BatchState, 'open'>;
    readonly by?: string;
    readonly because?: string;
    readonly replacedBy?: string;
    readonly on: SchoolDate;
    readonly now: Date;
  },
): Promise<void> {
  await tx
    .updateTable('batch')
    .set({
      state: closed.state,
      closed_on: closed.on,
      closed_at: closed.now,
      answered_by: closed.by ?? null,
      answered_because: closed.because ?? null,
      replaced_by: closed.replacedBy ?? null,
    })
    .where('id', '=', batchId)
    .where('state', '=', 'open')
    .execute();
}

/** When letters of a school may leave that wait in its batch. */
export interface SchoolDue {
  readonly schoolId: number;
  readonly dueAt: Date;
}

/** Schools with letters in a batch. */
export async function schoolsOfBatch(tx: Tx, batchId: string): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select distinct letter.school_id as id from letter
    where letter.batch_id = ${batchId} and ${waitsToLeave} order by id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** What nobody can have seen of a batch yet. */
export interface Unready {
  /** Letters that are not rendered. */
  readonly planned: number;
  /** Copies for the office that were not sent, of templates that letters of it are made of. */
  readonly copies: number;
}

export async function unreadyOfBatch(tx: Tx, batchId: string): Promise<Unready> {
  const { rows } = await sql<Unready>`
    select
      (select count(*)::int from letter
        where letter.batch_id = ${batchId} and ${waitsToLeave} and letter.state = 'planned') as planned,
      (select count(*)::int from letter canary join batch b on b.id = canary.batch_id
        where canary.copy_as = 'canary' and canary.copied_at is null and b.state = 'open'
          and canary.state in ('held', 'queued') and canary.recalled_by is null
          and exists (select from letter where letter.batch_id = ${batchId} and ${waitsToLeave}
            and letter.template_version = canary.template_version)) as copies`.execute(tx);
  return rows[0] ?? { planned: 0, copies: 0 };
}

/**
 * The letters of a batch may leave, but for those that were called back.
 * @param sampleEvery of so many letters one is shown to the district once it has left; null: none
 * @returns how many were let go
 */
export async function clearBatch(
  tx: Tx,
  batchId: string,
  cleared: {
    readonly sampleEvery: number | null;
    readonly now: Date;
    readonly due: readonly SchoolDue[];
  },
): Promise<number> {
  return clearLetters(tx, sql<boolean>`letter.batch_id = ${batchId}`, cleared);
}

/**
 * No brake keeps these letters back any more. What waits for another reason goes on waiting for that one.
 * @param due when what a batch has held may leave; not set, and for schools that are not named: now
 * @returns how many were let go
 */
export async function clearLetters(
  tx: Tx,
  which: RawBuilder<boolean>,
  { sampleEvery, now, due = [] }: { sampleEvery: number | null; now: Date; due?: readonly SchoolDue[] },
): Promise<number> {
  const isHeld = sql`letter.state = 'held' and letter.reason = any(${HELD_BY_BATCH}::text[])`;
  const sample =
    sampleEvery === null
      ? sql`letter.copy_as`
      : sql`case when nextval('letter_sample') % ${sampleEvery}::int = 0 then coalesce(letter.copy_as, 'sample')
          else letter.copy_as end`;
  const dueAt = sql`coalesce((
      select d.due_at from unnest(${due.map(({ schoolId }) => schoolId)}::int[],
        ${due.map((one) => one.dueAt)}::timestamptz[]) as d (school_id, due_at)
      where d.school_id = letter.school_id), ${now}::timestamptz)`;
  const result = await sql`
    update letter set cleared_at = ${now}, copy_as = ${sample},
      state = case when ${isHeld} then 'queued' else letter.state end,
      due_at = case when ${isHeld} then ${dueAt} else letter.due_at end,
      reason = case when ${isHeld} then null else letter.reason end
    where ${waitsToLeave} and letter.cleared_at is null and ${which}`.execute(tx);
  return Number(result.numAffectedRows ?? 0n);
}

/** Letters of a batch by school and step, for the person who is asked. */
export interface BatchPart {
  readonly schoolSourcedId: string;
  readonly school: string;
  readonly step: string;
  readonly letters: number;
  readonly onPaper: number;
  /** References of the first and the last one, by school, step and name. */
  readonly first: string;
  readonly last: string;
}

export async function partsOfBatch(db: Db, batchId: string): Promise<BatchPart[]> {
  const { rows } = await sql<BatchPart>`
    select sc.sourced_id as "schoolSourcedId", sc.name as school, letter.step, count(*)::int as letters,
      (count(*) filter (where letter.channel = 'paper'))::int as "onPaper",
      (array_agg(letter.ref order by st.family_name, st.given_name, letter.ref))[1] as first,
      (array_agg(letter.ref order by st.family_name desc, st.given_name desc, letter.ref desc))[1] as last
    from letter join student st on st.id = letter.student_id join school sc on sc.id = letter.school_id
    where letter.batch_id = ${batchId} and ${waitsToLeave}
    group by sc.id, letter.step order by sc.name, letter.step`.execute(db);
  return rows;
}

/** One letter of a batch. */
export interface BatchLetter {
  readonly ref: string;
  /** Our own id. */
  readonly studentId: number;
  /** sourcedId. */
  readonly student: string;
  readonly name: string;
  readonly schoolSourcedId: string;
  readonly school: string;
  readonly step: string;
  readonly count: string;
  readonly channel: string;
  /** Shown to the office as a copy. */
  readonly canary: boolean;
}

export async function lettersOfBatch(db: Db, batchId: string): Promise<BatchLetter[]> {
  const { rows } = await sql<BatchLetter>`
    select letter.ref, st.id as "studentId", st.sourced_id as student, st.given_name || ' ' || st.family_name as name,
      sc.sourced_id as "schoolSourcedId", sc.name as school, letter.step, trim_scale(letter.count)::text as count,
      letter.channel, letter.copy_as is not distinct from 'canary' as canary
    from letter join student st on st.id = letter.student_id join school sc on sc.id = letter.school_id
    where letter.batch_id = ${batchId} and ${waitsToLeave}
    order by sc.name, letter.step, st.family_name, st.given_name, letter.ref`.execute(db);
  return rows;
}
