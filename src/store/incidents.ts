import { sql } from 'kysely';
import type { Db } from './database.ts';

/** Something that is wrong with the service. */
export interface Incident {
  readonly id: string;
  readonly cause: string;
  readonly openedAt: Date;
  readonly toldAt: Date | null;
  readonly figures: Readonly<Record<string, number>>;
}

/** What is wrong now. One that was open before stays the same one. */
export async function noteIncident(
  db: Db,
  seen: { cause: string; figures: Readonly<Record<string, number>>; now: Date },
): Promise<Incident> {
  const { rows } = await sql<Incident>`
    insert into incident (cause, opened_at, seen_at, figures)
    values (${seen.cause}, ${seen.now}, ${seen.now}, ${JSON.stringify(seen.figures)})
    on conflict (cause) where closed_at is null
      do update set seen_at = excluded.seen_at, figures = excluded.figures
    returning id, cause, opened_at as "openedAt", told_at as "toldAt", figures`.execute(db);
  const [incident] = rows;
  if (incident === undefined) throw new Error('an incident was neither opened nor found');
  return incident;
}

export async function markIncidentTold(db: Db, id: string, now: Date): Promise<void> {
  await db
    .updateTable('incident')
    .set({ told_at: now })
    .where('id', '=', id)
    .where('told_at', 'is', null)
    .execute();
}

/** What was not seen since then is well again. @returns the causes */
export async function closeIncidents(db: Db, notSeenSince: Date, now: Date): Promise<string[]> {
  const rows = await db
    .updateTable('incident')
    .set({ closed_at: now })
    .where('closed_at', 'is', null)
    .where('seen_at', '<', notSeenSince)
    .returning('cause')
    .execute();
  return rows.map((row) => row.cause);
}

export async function openIncidents(db: Db): Promise<Incident[]> {
  return db
    .selectFrom('incident')
    .select(['id', 'cause', 'opened_at as openedAt', 'told_at as toldAt', 'figures'])
    .where('closed_at', 'is', null)
    .orderBy('opened_at')
    .execute();
}

export async function forgetOldIncidents(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('incident').where('closed_at', '<', before).execute();
}
