import { sql } from 'kysely';
import type { Db } from './database.ts';
import { readSafeMode, safeModeOn } from './safe-mode.ts';

/** Who stopped all letters and packets, and why. */
export interface KillSwitch {
  readonly at: Date;
  readonly by: string;
  readonly because: string;
  /** False while an old database is to be settled: then nothing leaves at all, and resuming does not end it. */
  readonly endsByResuming: boolean;
}

/** Whether sending is stopped now: part of every statement that lets a letter or a packet go on its way. */
export const killSwitchOn = sql<boolean>`(exists (select from kill_switch where resumed_at is null) or ${safeModeOn})`;

/** Why sending is stopped while an old database waits for a person; resuming does not end it, settling does. */
const RESTORED_BECAUSE =
  'the database is an older one than what has left; `rollcall restore settle` says what to do';

/** @returns the stop that is in force; null: sending goes on */
export async function readKillSwitch(db: Db): Promise<KillSwitch | null> {
  const row = await db
    .selectFrom('kill_switch')
    .select(['stopped_at', 'stopped_by', 'because'])
    .where('resumed_at', 'is', null)
    .executeTakeFirst();
  if (row !== undefined) return stopOf(row);
  const safe = await readSafeMode(db);
  return safe === null
    ? null
    : { at: safe.since, by: safe.by, because: RESTORED_BECAUSE, endsByResuming: false };
}

function stopOf(row: { stopped_at: Date; stopped_by: string; because: string }): KillSwitch {
  return { at: row.stopped_at, by: row.stopped_by, because: row.because, endsByResuming: true };
}

/** From the commit on nothing new begins to leave. @returns false when sending was stopped before */
export async function stopSending(
  db: Db,
  stop: { by: string; because: string; now: Date },
): Promise<boolean> {
  const result = await sql`
    insert into kill_switch (stopped_at, stopped_by, because)
    values (${stop.now}, ${stop.by}, ${stop.because})
    on conflict ((true)) where resumed_at is null do nothing`.execute(db);
  return result.numAffectedRows === 1n;
}

/** @returns the stop that has ended now; null: there was none */
export async function resumeSending(
  db: Db,
  resumed: { by: string; because: string | null; now: Date },
): Promise<KillSwitch | null> {
  const row = await db
    .updateTable('kill_switch')
    .set({ resumed_at: resumed.now, resumed_by: resumed.by, resumed_because: resumed.because })
    .where('resumed_at', 'is', null)
    .returning(['stopped_at', 'stopped_by', 'because'])
    .executeTakeFirst();
  return row === undefined ? null : stopOf(row);
}

/** Letters and packets whose first byte had left before a stop: only the mail server knows what becomes of them. */
export async function countUnderWay(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select (select count(*) from letter where state = 'transmitting')::int
      + (select count(*) from staff_mail where state = 'transmitting' and kind = 'packet')::int as count`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}
