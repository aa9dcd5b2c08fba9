import { type RawBuilder, sql } from 'kysely';
import { unreadHolds } from '../../domain/hold-kinds.ts';
import { addDays, type SchoolDate } from '../../domain/school-date.ts';
import { enforceAbsoluteHolds, unenforcedStudents } from '../absolute-hold.ts';
import { noteInOpenFiles } from '../attendance-files.ts';
import type { Db, Tx } from '../database.ts';
import { endHolds, type HoldTask, holdTaskKey, insertHolds } from '../holds.ts';
import { openTask } from '../tasks.ts';
import type { ApplyCounts, RunToApply } from './run-to-apply.ts';

/** More holds than this do not end at once because a field is served for nobody any more: that is a broken feed. */
const FLOOR = 10;

/**
 * Makes the holds follow what the SIS says of each student now, whether it was said in this read or before: a hold
 * begins with its flag and ends with it. An absolute one does not end by a flag that vanishes; a task asks then. While
 * the field of an absolute one cannot be read, everything waits, and its owner is asked.
 */
export async function applyHolds(tx: Tx, run: RunToApply): Promise<ApplyCounts> {
  const unread = unreadHolds(run.holds);
  const saysNothing = sql`(r."values" ? lower(st.flags ->> r.field)) is not true`;
  const rules = [
    ...run.holds.map((rule) => ({ ...rule, unread: false })),
    ...unread.map((rule) => ({ ...rule, unread: true })),
  ];
  await sql`
    create temp table hold_rule on commit drop as
    select * from jsonb_to_recordset(${JSON.stringify(rules)}::jsonb)
      r (key text, field text, "values" jsonb, kind text, scope text, "longestDays" int, owner text, unread bool)`.execute(
    tx,
  );
  await sql`analyze hold_rule`.execute(tx);
  await sql`
    create temp table wanted_hold on commit drop as
    select st.id as student_id, r.*
    from hold_rule r join student st on r."values" ? lower(st.flags ->> r.field)
    where not r.unread and st.merged_into is null
    union all
    select * from (
      select st.id, r.* from hold_rule r
      join stage_student s on s.run_id = ${run.id} and s.flags -> r.field = 'null'
      join student st on st.sourced_id = s.sourced_id
      where r.unread and st.merged_into is null and ${saysNothing}
      union
      -- The hold itself remembers it: the student keeps what the field said when it could be read last.
      select st.id, r.* from hold_rule r
      join hold h on h.source = 'sis' and h.ended_at is null and h.source_key = r.key
      join student st on st.id = h.student_id
      where r.unread and st.merged_into is null and ${saysNothing} and not exists (
        select from stage_student s
        where s.run_id = ${run.id} and s.sourced_id = st.sourced_id and s.flags ? r.field)
    ) unread`.execute(tx);
  await sql`analyze wanted_hold`.execute(tx);
  await sql`
    update hold h set owner = w.owner from wanted_hold w
    where ${isHoldOf(sql`w`)} and h.owner <> w.owner`.execute(tx);
  const placed = await placeFlagged(tx, run);
  const { ended, kept } = run.phase === 'between' ? { ended: 0, kept: 0 } : await endUnflagged(tx, run);
  await enforceAbsoluteHolds(tx, await unenforcedStudents(tx), { on: run.asOf, now: run.now });
  return { holdsPlaced: placed, holdsEnded: ended, holdsKept: kept };
}

/** Whether some student in force has never been asked for one of these fields. */
export async function flagsUnread(db: Db, fields: readonly string[]): Promise<boolean> {
  if (fields.length === 0) return false;
  const found = await sql<{ unread: boolean }>`
    select exists (
      select from student
      where active and missing_since is null and not flags ?& ${[...fields]}::text[]) as unread`.execute(db);
  return found.rows[0]?.unread ?? false;
}

function isHoldOf(wanted: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`h.source = 'sis' and h.ended_at is null and h.student_id = ${wanted}.student_id
    and h.source_key = ${wanted}.key`;
}

async function placeFlagged(tx: Tx, run: RunToApply): Promise<number> {
  const fresh = await sql<{ student_id: number; key: string }>`
    select w.student_id, w.key from wanted_hold w
    where not exists (select from hold h where ${isHoldOf(sql`w`)})
    order by w.student_id, w.key`.execute(tx);
  const unread = new Map(unreadHolds(run.holds).map((rule) => [rule.key, rule]));
  const rules = new Map([...run.holds.map((rule) => [rule.key, rule] as const), ...unread]);
  const holds = fresh.rows.flatMap(({ student_id, key }) => {
    const rule = rules.get(key);
    if (rule === undefined) return [];
    const { kind, scope, owner, longestDays, field } = rule;
    const ends: SchoolDate | null = longestDays === null ? null : addDays(run.asOf, longestDays - 1);
    const reason = `the field ${field} of the SIS${unread.has(key) ? ' cannot be read' : ''}`;
    const of = { studentId: student_id, source: 'sis', sourceKey: key, by: 'SIS' } as const;
    return [{ ...of, kind, scope, begins: run.asOf, ends, owner, reason }];
  });
  const refs = await insertHolds(tx, holds, run.now);
  await tell(
    tx,
    run,
    holds.map(({ studentId, sourceKey }, index) => ({
      studentId,
      title: `Hold ${refs[index]} placed: ${unread.has(sourceKey) ? 'a field of the SIS cannot be read' : 'the SIS says so'}`,
    })),
  );
  const unclear = await sql<AskedHold>`
    select id, ref, owner from hold
    where ref = any(${refs}::text[]) and source_key = any(${[...unread.keys()]}::text[]) order by ref`.execute(
    tx,
  );
  await ask(tx, run, 'hold-flag-unread', unclear.rows);
  return holds.length;
}

async function endUnflagged(tx: Tx, run: RunToApply): Promise<{ ended: number; kept: number }> {
  const gone = await sql<{
    id: string;
    ref: string;
    key: string;
    scope: string;
    owner: string;
    kept: boolean;
  }>`
    select h.id, h.ref, h.source_key as key, h.scope, h.owner,
      -- The policy still asks for the field, nobody has any value of it, and many had.
      exists (
        select from hold_rule r where r.key = h.source_key and not exists (
          select from student s where s.missing_since is null and s.flags ->> r.field <> ''))
      and count(*) over (partition by h.source_key) > ${FLOOR} as kept
    from hold h
    where h.source = 'sis' and h.ended_at is null
      and not exists (select from wanted_hold w where ${isHoldOf(sql`w`)})
    order by h.ref`.execute(tx);
  const ending = gone.rows.filter((hold) => hold.scope !== 'absolute' && !hold.kept);
  const unread = new Set(unreadHolds(run.holds).map(({ key }) => key));
  const ended = [
    ...(await end(
      tx,
      run,
      ending.filter(({ key }) => !unread.has(key)),
      'the SIS does not say so any more',
    )),
    ...(await end(
      tx,
      run,
      ending.filter(({ key }) => unread.has(key)),
      'the field of the SIS can be read again',
    )),
  ];
  const absolute = gone.rows.filter((hold) => hold.scope === 'absolute');
  await askAboutGone(tx, run, absolute);
  return { ended: ended.length, kept: gone.rows.length - ended.length - absolute.length };
}

async function end(
  tx: Tx,
  run: RunToApply,
  holds: readonly { readonly id: string }[],
  because: string,
): Promise<readonly { readonly ref: string }[]> {
  const by = { by: 'SIS', because, on: run.asOf, now: run.now };
  const ids = holds.map(({ id }) => id);
  const ended = await endHolds(tx, ids, by);
  await tell(
    tx,
    run,
    ended.map(({ studentId, ref }) => ({ studentId, title: `Hold ${ref} ended: ${because}` })),
  );
  return ended;
}

interface AskedHold {
  readonly id: string;
  readonly ref: string;
  readonly owner: string;
}

/** A flag that is back asks nothing. */
async function askAboutGone(tx: Tx, run: RunToApply, holds: readonly AskedHold[]): Promise<void> {
  const keys = holds.map(({ id }) => holdTaskKey('hold-flag-gone', id));
  await sql`
    update task set state = 'closed', closed_on = ${run.asOf}, reason = 'flag-back', changed_at = ${run.now}
    where kind = 'hold-flag-gone' and state = 'open' and not key = any(${keys}::text[])`.execute(tx);
  await ask(tx, run, 'hold-flag-gone', holds);
}

/** Asks the owners once, by the reference of the hold only: what is absolute is in no mail by name. */
async function ask(tx: Tx, run: RunToApply, kind: HoldTask, holds: readonly AskedHold[]): Promise<void> {
  const keys = holds.map(({ id }) => holdTaskKey(kind, id));
  const answered = await sql<{ key: string }>`
    select key from task where state = 'done' and key = any(${keys}::text[])`.execute(tx);
  const done = new Set(answered.rows.map((row) => row.key));
  for (const { id, ref, owner } of holds) {
    const key = holdTaskKey(kind, id);
    if (done.has(key)) continue;
    const isPerson = owner.includes('@');
    await openTask(
      tx,
      {
        key,
        kind,
        role: isPerson ? 'administrator' : owner,
        person: isPerson ? owner : null,
        openedOn: run.asOf,
        dueOn: run.asOf,
        detail: ref,
      },
      run.now,
    );
  }
}

async function tell(
  tx: Tx,
  run: RunToApply,
  notes: readonly { readonly studentId: number; readonly title: string }[],
): Promise<void> {
  const ids = notes.map(({ studentId }) => studentId);
  await sql`
    insert into changed_student select distinct id, 'hold' from unnest(${ids}::int[]) id
    on conflict do nothing`.execute(tx);
  await noteInOpenFiles(tx, notes, { schoolYear: run.schoolYear.id, on: run.asOf, now: run.now });
}
