import { sql } from 'kysely';
import type { HoldScope } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import { newReference } from './references.ts';
import type { HoldSource } from './tables/files.ts';

export interface NewHold {
  readonly studentId: number;
  readonly kind: string;
  readonly scope: HoldScope;
  readonly begins: SchoolDate;
  readonly ends: SchoolDate | null;
  readonly owner: string;
  readonly reason: string;
  readonly source: HoldSource;
  /** What the hold is called at its source, which has it once; null where a person has placed it. */
  readonly sourceKey: string | null;
  readonly by: string;
}

export interface StoredHold {
  readonly id: string;
  readonly ref: string;
  readonly studentId: number;
  readonly kind: string;
  readonly scope: HoldScope;
  readonly begins: SchoolDate;
  readonly ends: SchoolDate | null;
  readonly owner: string;
  readonly reason: string | null;
  readonly source: HoldSource;
  readonly sourceKey: string | null;
}

/** Places holds in one statement. @returns their references, in the order of `holds` */
export async function insertHolds(tx: Db, holds: readonly NewHold[], now: Date): Promise<string[]> {
  if (holds.length === 0) return [];
  const named = holds.map((hold) => ({ ...hold, ref: newReference('H') }));
  await sql`
    insert into hold (ref, student_id, kind, scope, begins, ends, owner, reason, source, source_key, created_by,
      created_at)
    select n.ref, n."studentId", n.kind, n.scope, n.begins, n.ends, n.owner, n.reason, n.source, n."sourceKey", n.by,
      ${now}
    from jsonb_to_recordset(${JSON.stringify(named)}::jsonb) n (ref text, "studentId" int, kind text, scope text,
      begins date, ends date, owner text, reason text, source text, "sourceKey" text, by text)`.execute(tx);
  return named.map(({ ref }) => ref);
}

/**
 * Ends holds before their time, and closes the tasks that asked about them.
 * @returns those that were still standing
 */
export async function endHolds(
  tx: Db,
  ids: readonly string[],
  ended: { by: string; because: string; on: SchoolDate; now: Date },
): Promise<{ studentId: number; ref: string }[]> {
  const rows = await sql<{ student_id: number; ref: string }>`
    update hold set ended_at = ${ended.now}, ended_by = ${ended.by}, ended_because = ${ended.because}
    where id = any(${[...ids]}::uuid[]) and ended_at is null
    returning student_id, ref`.execute(tx);
  await closeHoldTasks(tx, ids, { reason: 'hold-ended', on: ended.on, now: ended.now });
  return rows.rows.map((row) => ({ studentId: row.student_id, ref: row.ref }));
}

/** The file that they come from says otherwise now. */
export async function changeHolds(
  tx: Db,
  holds: readonly {
    id: string;
    begins: SchoolDate;
    ends: SchoolDate | null;
    owner: string;
    reason: string;
  }[],
  at: { on: SchoolDate; now: Date },
): Promise<void> {
  if (holds.length === 0) return;
  const moved = await sql<{ id: string }>`
    update hold set begins = n.begins, ends = n.ends, owner = n.owner, reason = n.reason, reminded_on = null
    from jsonb_to_recordset(${JSON.stringify(holds)}::jsonb) n (id uuid, begins date, ends date, owner text, reason text)
    where hold.id = n.id
    returning hold.id`.execute(tx);
  const ids = moved.rows.map((row) => row.id);
  await closeHoldTasks(tx, ids, { reason: 'hold-changed', ...at });
}

export async function findHold(db: Db, ref: string): Promise<(StoredHold & { endedAt: Date | null }) | null> {
  const row = await db.selectFrom('hold').selectAll().where('ref', '=', ref.toUpperCase()).executeTakeFirst();
  return row === undefined ? null : { ...asHold(row), endedAt: row.ended_at };
}

/** Holds that nobody has ended, by source; also those whose last day is over. */
export async function standingHolds(db: Db, source: HoldSource): Promise<StoredHold[]> {
  const rows = await db
    .selectFrom('hold')
    .selectAll()
    .where('source', '=', source)
    .where('ended_at', 'is', null)
    .orderBy('ref')
    .execute();
  return rows.map(asHold);
}

/** A hold with what a person wants to see of its student. */
export interface ListedHold extends StoredHold {
  readonly student: string;
  readonly name: string;
  readonly school: string | null;
}

/** Holds in force or to come, those that end first at the top. */
export async function listHolds(db: Db, today: SchoolDate): Promise<ListedHold[]> {
  const rows = await sql<
    Parameters<typeof asHold>[0] & { sourced_id: string; name: string; school: string | null }
  >`
    select h.id, h.ref, h.student_id, h.kind, h.scope, h.begins, h.ends, h.owner, h.reason, h.source, h.source_key,
      s.sourced_id, s.given_name || ' ' || s.family_name as name,
      (select min(sc.name) from enrolment e join school sc on sc.id = e.school_id
        where e.student_id = s.id and e.is_primary and (e.ends is null or e.ends > ${today})) as school
    from hold h join student s on s.id = h.student_id
    where h.ended_at is null and (h.ends is null or h.ends >= ${today})
    order by h.ends nulls last, h.ref`.execute(db);
  return rows.rows.map((row) => ({
    ...asHold(row),
    student: row.sourced_id,
    name: row.name,
    school: row.school,
  }));
}

/** Holds whose last day is between two days and whose owner was not reminded. */
export async function holdsToRemind(
  db: Db,
  between: { from: SchoolDate; to: SchoolDate },
): Promise<(StoredHold & { schoolId: number | null })[]> {
  const rows = await sql<Parameters<typeof asHold>[0] & { school_id: number | null }>`
    select h.id, h.ref, h.student_id, h.kind, h.scope, h.begins, h.ends, h.owner, h.reason, h.source, h.source_key,
      (select e.school_id from enrolment e
        where e.student_id = h.student_id and e.is_primary and (e.ends is null or e.ends > ${between.from})
        order by e.begins desc nulls last limit 1) as school_id
    from hold h
    where h.ended_at is null and h.reminded_on is null and h.begins <= ${between.from}
      and h.ends between ${between.from} and ${between.to}
    order by h.ends, h.ref`.execute(db);
  return rows.rows.map((row) => ({ ...asHold(row), schoolId: row.school_id }));
}

/** @returns false when it was done before, or the hold has ended since. */
export async function markReminded(tx: Db, id: string, on: SchoolDate): Promise<boolean> {
  const result = await tx
    .updateTable('hold')
    .set({ reminded_on: on })
    .where('id', '=', id)
    .where('reminded_on', 'is', null)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Nobody has to decide any more about a hold whose last day is over. */
export async function closeRemindersOfPast(
  tx: Db,
  { on, now }: { on: SchoolDate; now: Date },
): Promise<void> {
  await sql`
    update task set state = 'closed', closed_on = ${on}, reason = 'hold-over', changed_at = ${now}
    from hold
    where task.state = 'open' and task.kind = 'hold-ends' and task.key = 'hold-ends:' || hold.id
      and hold.ends < ${on}`.execute(tx);
}

const HOLD_TASKS = ['hold-ends', 'hold-flag-gone', 'hold-flag-unread'] as const;

export type HoldTask = (typeof HOLD_TASKS)[number];

export function holdTaskKey(kind: HoldTask, holdId: string): string {
  return `${kind}:${holdId}`;
}

async function closeHoldTasks(
  tx: Db,
  ids: readonly string[],
  { reason, on, now }: { reason: string; on: SchoolDate; now: Date },
): Promise<void> {
  const keys = ids.flatMap((id) => HOLD_TASKS.map((kind) => holdTaskKey(kind, id)));
  await sql`
    update task set state = 'closed', closed_on = ${on}, reason = ${reason}, changed_at = ${now}
    where state = 'open' and key = any(${keys}::text[])`.execute(tx);
}

function asHold(row: {
  id: string;
  ref: string;
  student_id: number;
  kind: string;
  scope: HoldScope;
  begins: SchoolDate;
  ends: SchoolDate | null;
  owner: string;
  reason: string | null;
  source: HoldSource;
  source_key: string | null;
}): StoredHold {
  return {
    id: row.id,
    ref: row.ref,
    studentId: row.student_id,
    kind: row.kind,
    scope: row.scope,
    begins: row.begins,
    ends: row.ends,
    owner: row.owner,
    reason: row.reason,
    source: row.source,
    sourceKey: row.source_key,
  };
}
