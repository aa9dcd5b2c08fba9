import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

/** Where everything stood at one moment; compared with a later one it says what a cycle changed. */
export interface Snapshot {
  readonly lastEvent: string;
  readonly letters: ReadonlyMap<string, string>;
  readonly tasks: ReadonlyMap<string, string>;
  readonly referrals: ReadonlyMap<string, string>;
}

/** Ids and code words only: this is what a machine may read. Students and guardians by sourcedId. */
export interface CycleChanges {
  readonly decisions: readonly {
    readonly student: string;
    readonly step: string;
    readonly from: string | null;
    readonly to: string;
    readonly reason: string;
    readonly asOf: SchoolDate;
    readonly policyVersion: string | null;
  }[];
  readonly letters: readonly {
    readonly ref: string;
    readonly student: string;
    readonly guardian: string;
    readonly step: string;
    readonly channel: 'email' | 'paper';
    readonly state: string;
    readonly reason?: string;
  }[];
  readonly tasks: readonly {
    readonly ref: string;
    readonly student: string | null;
    readonly step: string | null;
    readonly kind: string;
    readonly role: string;
    readonly state: string;
  }[];
  readonly referrals: readonly {
    readonly ref: string;
    readonly student: string;
    readonly state: string;
    readonly gaps: readonly string[];
  }[];
}

export async function takeSnapshot(db: Db): Promise<Snapshot> {
  const last = await sql<{ id: string | null }>`select max(id) as id from ladder_event`.execute(db);
  const letters = await db.selectFrom('letter').select(['id', 'state', 'channel', 'reason']).execute();
  const tasks = await db.selectFrom('task').select(['id', 'state']).where('shadow', '=', false).execute();
  const referrals = await db.selectFrom('referral').select(['id', 'state', 'gaps']).execute();
  return {
    lastEvent: last.rows[0]?.id ?? '0',
    letters: new Map(letters.map((row) => [row.id, `${row.channel} ${row.state} ${row.reason ?? ''}`])),
    tasks: new Map(tasks.map((row) => [row.id, row.state])),
    referrals: new Map(referrals.map((row) => [row.id, `${row.state} ${row.gaps.join(' ')}`])),
  };
}

/** What changed since the snapshot. */
export async function changesSince(db: Db, before: Snapshot): Promise<CycleChanges> {
  const after = await takeSnapshot(db);
  return {
    decisions: await decisionsSince(db, before.lastEvent),
    letters: await lettersById(db, changedKeys(before.letters, after.letters)),
    tasks: await tasksById(db, changedKeys(before.tasks, after.tasks)),
    referrals: await referralsById(db, changedKeys(before.referrals, after.referrals)),
  };
}

function changedKeys(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...after].flatMap(([id, state]) => (before.get(id) === state ? [] : [id]));
}

async function decisionsSince(db: Db, lastEvent: string): Promise<CycleChanges['decisions']> {
  const rows = await sql<CycleChanges['decisions'][number]>`
    select st.sourced_id as student, e.step, e.from_state as "from", e.to_state as "to", e.reason, e.as_of as "asOf",
      v.policy_version as "policyVersion"
    from ladder_event e
    join student st on st.id = e.student_id
    left join evaluation v on v.id = e.evaluation_id
    where e.id > ${lastEvent} order by e.id`.execute(db);
  return rows.rows;
}

async function lettersById(db: Db, ids: readonly string[]): Promise<CycleChanges['letters']> {
  const rows = await sql<Omit<CycleChanges['letters'][number], 'reason'> & { reason: string | null }>`
    select l.ref, st.sourced_id as student, g.sourced_id as guardian, l.step, l.channel, l.state,
      coalesce(l.reason, case when l.channel = 'paper' then l.channel_reason end) as reason
    from letter l
    join student st on st.id = l.student_id
    join letter_addressee a on a.letter_id = l.id
    left join guardian g on g.id = a.guardian_id
    where l.id = any(${ids}::uuid[])
    order by l.planned_at, l.ref, g.sourced_id`.execute(db);
  return rows.rows.map(({ reason, ...letter }) => (reason === null ? letter : { ...letter, reason }));
}

async function tasksById(db: Db, ids: readonly string[]): Promise<CycleChanges['tasks']> {
  const rows = await sql<CycleChanges['tasks'][number]>`
    select t.ref, st.sourced_id as student, t.step, t.kind, t.role, t.state
    from task t left join student st on st.id = t.student_id
    where t.id = any(${ids}::uuid[]) order by t.opened_on, t.ref`.execute(db);
  return rows.rows;
}

async function referralsById(db: Db, ids: readonly string[]): Promise<CycleChanges['referrals']> {
  const rows = await sql<CycleChanges['referrals'][number]>`
    select r.ref, st.sourced_id as student, r.state, r.gaps
    from referral r join student st on st.id = r.student_id
    where r.id = any(${ids}::uuid[]) order by r.opened_on, r.ref`.execute(db);
  return rows.rows;
}
