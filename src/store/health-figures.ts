import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import { MAX_ATTEMPTS } from './due-work.ts';
import { killSwitchOn } from './kill-switch.ts';

/** Counts and times only: what a watcher may know. */
export interface HealthFigures {
  /** The last read that is in force; null: none yet. */
  readonly sync: {
    readonly appliedAt: Date;
    readonly sourceAsOf: Date | null;
    readonly counts: Readonly<Record<string, number>>;
  } | null;
  /** How the last read ended; null: none yet. */
  readonly lastRun: { readonly state: string; readonly startedAt: Date } | null;
  readonly readsToRelease: number;
  readonly evaluationsDue: number;
  readonly evaluationsGivenUp: number;
  /** Changes of steps that were ever decided. */
  readonly decisions: number;
  readonly tasksOpen: number;
  readonly tasksOverdue: number;
  readonly approvalsAsked: number;
  readonly batchesOpen: number;
  readonly sendingStops: number;
  readonly killSwitch: boolean;
  /** Since when: the database is older than what has left. Then the kill switch counts as on, too. */
  readonly safeModeSince: Date | null;
  /** Since when: a person, or the stop file, has stopped all letters. */
  readonly killSwitchSince: Date | null;
  /** Since when: the oldest stop of the brakes. */
  readonly sendingStopSince: Date | null;
  readonly uncertainLetters: number;
  readonly heldLetters: number;
  /** Since when the oldest mail waits that was tried in vain more than once. */
  readonly mailFailingSince: Date | null;
  readonly mailsFailing: number;
  readonly mailboxFailingSince: Date | null;
}

/** By indexed statements, so that it may be asked every few seconds. */
export async function readHealthFigures(db: Db, today: SchoolDate): Promise<HealthFigures> {
  const { rows } = await sql<Omit<HealthFigures, 'decisions'> & { decisions: string }>`
    with failing as (
      select min(waits.since) as since, count(*)::int as mails from (
        select composed_at as since from staff_mail where state = 'queued' and attempts >= 2
        union all
        select (select min(claimed_at) from send_attempt where letter_id = letter.id) from letter where state = 'queued' and channel = 'email' and attempts >= 2) waits)
    select
      (select jsonb_build_object('appliedAt', finished_at, 'sourceAsOf', source_as_of, 'counts', counts)
        from sync_run where state = 'applied' order by ordinal desc limit 1) as sync,
      (select jsonb_build_object('state', state, 'startedAt', started_at)
        from sync_run order by ordinal desc limit 1) as "lastRun",
      (select count(*)::int from sync_run where state = 'quarantined' and plan is not null) as "readsToRelease",
      (select count(*)::int from evaluation_due where attempts < ${MAX_ATTEMPTS}) as "evaluationsDue",
      (select count(*)::int from evaluation_due where attempts >= ${MAX_ATTEMPTS}) as "evaluationsGivenUp",
      coalesce((select max(id) from ladder_event), 0) as decisions,
      (select count(*)::int from task where state = 'open' and not shadow) as "tasksOpen",
      (select count(*)::int from task where state = 'open' and not shadow and due_on < ${today}) as "tasksOverdue",
      (select count(*)::int from task where state = 'open' and not shadow and kind = 'approval') as "approvalsAsked",
      (select count(*)::int from batch where state = 'open') as "batchesOpen",
      (select count(*)::int from sending_stop where ended_at is null) as "sendingStops",
      ${killSwitchOn} as "killSwitch",
      (select max(since) from safe_mode where settled_at is null) as "safeModeSince",
      (select max(stopped_at) from kill_switch where resumed_at is null) as "killSwitchSince",
      (select min(opened_at) from sending_stop where ended_at is null) as "sendingStopSince",
      (select count(*)::int from letter where state = 'uncertain') as "uncertainLetters",
      (select count(*)::int from letter where state = 'held' and not shadow) as "heldLetters",
      failing.since as "mailFailingSince", failing.mails as "mailsFailing",
      (select min(failing_since) from mailbox_folder) as "mailboxFailingSince"
    from failing`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('the figures have no row');
  const { sync, lastRun } = row;
  return {
    ...row,
    decisions: Number(row.decisions),
    sync:
      sync === null
        ? null
        : { ...sync, appliedAt: new Date(sync.appliedAt), sourceAsOf: asDate(sync.sourceAsOf) },
    lastRun: lastRun === null ? null : { ...lastRun, startedAt: new Date(lastRun.startedAt) },
  };
}

function asDate(value: Date | null): Date | null {
  return value === null ? null : new Date(value);
}

export interface MailsByState {
  readonly channel: string;
  readonly state: string;
  readonly mails: number;
}

/** All letters that were ever planned for live schools, and all mails to staff. Reads both tables whole. */
export async function countMailsByState(db: Db): Promise<MailsByState[]> {
  const { rows } = await sql<MailsByState>`
    select channel, state, count(*)::int as mails from letter where not shadow group by 1, 2
    union all
    select 'staff', state, count(*)::int from staff_mail group by 2
    order by 1, 2`.execute(db);
  return rows;
}
