import { sql } from 'kysely';
import type { Db } from './database.ts';
import { MAX_ATTEMPTS } from './due-work.ts';

const AFTER_READ = sql`interval '4 hours'`;

export interface Night {
  readonly outcome: 'good' | 'bad';
  readonly pingedAt: Date | null;
}

/**
 * Whether a read that was due at `slot`, or since, is in force and everybody whom it concerned was decided about. Who was
 * given up in vain was not; nor was who failed in the hours after it, found due by the day and not by a record. Who was
 * given up in an earlier night no longer counts: that is a trouble of its own.
 */
export async function nightIsDone(db: Db, slot: Date): Promise<boolean> {
  const { rows } = await sql<{ done: boolean }>`
    select exists (
      select from sync_run run where run.state = 'applied' and coalesce(run.released_at, run.started_at) >= ${slot}
        and not exists (
          select from evaluation_due due
          where due.attempts < ${MAX_ATTEMPTS} and due.since <= run.finished_at
            or due.attempts > 0 and due.since >= ${slot} and due.since <= run.finished_at + ${AFTER_READ})) as done`.execute(
    db,
  );
  return rows[0]?.done ?? false;
}

/** Keeps how a night ended. One that turned out well after all is told once more. */
export async function keepNight(
  db: Db,
  night: { slot: Date; outcome: Night['outcome']; now: Date },
): Promise<Night> {
  const { rows } = await sql<Night>`
    insert into night (slot, outcome, judged_at) values (${night.slot}, ${night.outcome}, ${night.now})
    on conflict (slot) do update set
      outcome = case when night.outcome = 'good' then 'good' else excluded.outcome end,
      judged_at = case when night.outcome = 'bad' and excluded.outcome = 'good' then excluded.judged_at else night.judged_at end,
      pinged_at = case when night.outcome = 'bad' and excluded.outcome = 'good' then null else night.pinged_at end
    returning outcome, pinged_at as "pingedAt"`.execute(db);
  return rows[0] ?? { outcome: night.outcome, pingedAt: null };
}

export async function readNight(db: Db, slot: Date): Promise<Night | null> {
  const row = await db
    .selectFrom('night')
    .select(['outcome', 'pinged_at as pingedAt'])
    .where('slot', '=', slot)
    .executeTakeFirst();
  return row ?? null;
}

export async function markPinged(db: Db, slot: Date, now: Date): Promise<void> {
  await db.updateTable('night').set({ pinged_at: now }).where('slot', '=', slot).execute();
}
