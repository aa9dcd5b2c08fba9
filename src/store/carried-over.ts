import { type RawBuilder, sql } from 'kysely';
import type { Db } from './database.ts';
import type { UndoneByRestore } from './tables/keeping.ts';

/** What was destroyed since a backup, for being destroyed in it again. */
export interface LaterDestruction {
  readonly ref: string;
  readonly at: Date;
  readonly certificate: object;
}

/**
 * What the database that goes knows and a backup from before does not, aside for the rest of the transaction: only the
 * tables of this connection outlive what is replaced.
 * @returns false: there is nothing that could know it
 */
export async function setAside(tx: Db): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`
    select to_regclass('public.safe_mode') is not null as there`.execute(tx);
  if (rows[0]?.there !== true) return false;
  for (const [name, what] of Object.entries(ASIDE))
    await sql`create temp table ${sql.table(name)} on commit drop as ${sql.raw(what)}`.execute(tx);
  return true;
}

/** By columns that every version has had whose backups can be restored. */
const ASIDE = {
  before_lineage: `select (select epoch from public.send_epoch) as epoch,
    not exists (select from public.safe_mode s where s.settled_at is null
      and coalesce(to_jsonb(s) -> 'undone' ->> 'complete', 'false') <> 'true') as whole`,
  before_student: 'select id, file_ref from public.student',
  before_stop: 'select stopped_at, stopped_by, because, resumed_at from public.kill_switch',
  before_sending_stop: `select ref, kind, mails, opened_on, opened_at, ended_at from public.sending_stop`,
  before_hold: `select id, ref, student_id, kind, scope, begins, ends, owner, reason, source, source_key, created_at,
    created_by, ended_at from public.hold`,
  before_legal_hold: 'select ref, student_id, reason, placed_at, placed_by, ended_at from public.legal_hold',
  before_recalled: `select id, ref, student_id, recalled_by, recalled_because, state from public.letter
    where recalled_by is not null`,
  before_key: 'select id, destroyed_at from public.document_key where destroyed_at is not null',
  before_document: 'select id, destroyed_at from public.document where destroyed_at is not null',
  before_destruction: 'select ref, at, by_name, certificate, certificate_sha256, pdf from public.destruction',
} as const;

/**
 * Puts back what was set aside, where the restored database does not have it: what stops letters, what keeps records
 * from being destroyed, and what was destroyed. Nothing that was ended since is ended by it.
 * @returns null: the two databases are not of one line, and nothing was put back
 */
export async function carryOver(
  tx: Db,
  now: Date,
): Promise<{ readonly undone: UndoneByRestore; readonly destructions: readonly LaterDestruction[] } | null> {
  const [line] = await all<{ same: boolean; complete: boolean }>(
    tx,
    sql`select not exists (select from student s join before_student b on b.id = s.id and b.file_ref <> s.file_ref) as same,
      (select whole and epoch >= (select epoch from send_epoch) from before_lineage) as complete`,
  );
  if (line?.same !== true) return null;
  const refs = async (query: RawBuilder<unknown>) =>
    (await all<{ ref: string }>(tx, query)).map(({ ref }) => ref);
  const stopped = await refs(sql`
    with placed as (
      insert into kill_switch (stopped_at, stopped_by, because)
      select stopped_at, stopped_by, because from before_stop
      where resumed_at is null and not exists (select from kill_switch where resumed_at is null) returning 1)
    select ${KILL_SWITCH} as ref from placed`);
  const stops = await refs(sql`
    insert into sending_stop (ref, kind, mails, opened_on, opened_at)
    select ref, kind, mails, opened_on, opened_at from before_sending_stop where ended_at is null
    on conflict do nothing returning ref`);
  const legalHolds = await refs(sql`
    insert into legal_hold (ref, student_id, reason, placed_at, placed_by)
    select b.ref, b.student_id, b.reason, b.placed_at, b.placed_by from before_legal_hold b
    where b.ended_at is null and ${isKnown} on conflict (ref) do nothing returning ref`);
  await destroyKeysAgain(tx);
  const destructions = await all<LaterDestruction>(
    tx,
    sql`insert into destruction (ref, at, by_name, certificate, certificate_sha256, pdf)
      select ref, at, by_name, certificate, certificate_sha256, pdf from before_destruction order by at
      on conflict (ref) do nothing returning ref, at, certificate`,
  );
  return {
    undone: {
      complete: line.complete,
      stops: { putBack: [...stopped, ...stops], open: [] },
      holds: {
        putBack: await putHoldsBack(tx, now),
        open: await refs(
          sql`select ref from before_hold b where ended_at is null and not ${isKnown} order by ref`,
        ),
      },
      legalHolds: {
        putBack: legalHolds,
        open: await refs(
          sql`select ref from before_legal_hold b where ended_at is null and not ${isKnown} order by ref`,
        ),
      },
      recalledLetters: {
        putBack: await refs(sql`
          update letter l set recalled_by = b.recalled_by, recalled_because = b.recalled_because, cleared_at = null
          from before_recalled b where b.id = l.id and l.recalled_by is null and l.state in ('planned', 'held', 'queued')
          returning l.ref`),
        open: await refs(sql`
          select ref from before_recalled b where not exists (select from letter l where l.id = b.id) order by ref`),
      },
      destructions: { putBack: destructions.map(({ ref }) => ref), open: [] },
      standAgain: await refs(sql`
        select h.ref from hold h join before_hold b on b.id = h.id where h.ended_at is null and b.ended_at is not null
        union all
        select h.ref from legal_hold h join before_legal_hold b on b.ref = h.ref
        where h.ended_at is null and b.ended_at is not null
        union all
        select s.ref from sending_stop s join before_sending_stop b on b.ref = s.ref
        where s.ended_at is null and b.ended_at is not null
        union all
        select ${KILL_SWITCH} from kill_switch where resumed_at is null
          and not exists (select from before_stop where resumed_at is null)`),
    },
    destructions,
  };
}

/** It has no reference: there is one at most. */
const KILL_SWITCH = 'kill-switch';

const isKnown = sql<boolean>`exists (select from student s where s.id = b.student_id)`;

/** Those that were placed since, and those that were changed. Their students are looked at again. */
async function putHoldsBack(tx: Db, now: Date): Promise<string[]> {
  const placed = await all<{ ref: string; student_id: number }>(
    tx,
    sql`
      with changed as (
        update hold h set kind = b.kind, scope = b.scope, begins = b.begins, ends = b.ends, owner = b.owner,
          reason = b.reason
        from before_hold b
        where b.id = h.id and b.ended_at is null and h.ended_at is null
          and (h.kind, h.scope, h.begins, h.ends) is distinct from (b.kind, b.scope, b.begins, b.ends)
        returning h.ref, h.student_id),
      placed as (
        insert into hold (id, ref, student_id, kind, scope, begins, ends, owner, reason, source, source_key, created_at,
          created_by)
        select b.id, b.ref, b.student_id, b.kind, b.scope, b.begins, b.ends, b.owner, b.reason, b.source, b.source_key,
          b.created_at, b.created_by
        from before_hold b where b.ended_at is null and ${isKnown}
        on conflict do nothing returning ref, student_id)
      select * from changed union all select * from placed order by 1`,
  );
  await sql`
    insert into evaluation_due (student_id, reason, since)
    select distinct unnest(${placed.map(({ student_id }) => student_id)}::int[]), 'hold', ${now}::timestamptz
    on conflict (student_id) do nothing`.execute(tx);
  return placed.map(({ ref }) => ref);
}

/** What nobody could read any more does not become readable. */
async function destroyKeysAgain(tx: Db): Promise<void> {
  await sql`
    update document_key k set wrapped = null, destroyed_at = b.destroyed_at from before_key b
    where b.id = k.id and k.destroyed_at is null`.execute(tx);
  await sql`
    update document d set own_key = null, destroyed_at = b.destroyed_at from before_document b
    where b.id = d.id and d.destroyed_at is null`.execute(tx);
}

async function all<T>(tx: Db, query: RawBuilder<unknown>): Promise<T[]> {
  return (await (query as RawBuilder<T>).execute(tx)).rows;
}
