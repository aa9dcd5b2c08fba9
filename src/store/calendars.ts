import { sql } from 'kysely';
import type { CalendarFacts } from '../domain/calendar.ts';
import { type Db, PREPARED } from './database.ts';

/** The calendars of a whole district: its own, and those of the schools that it names. */
interface Calendars {
  readonly district: CalendarFacts;
  readonly schools: Readonly<Record<string, CalendarFacts>>;
}

/** Keeps calendars with the first decision that rests on them. */
export async function keepCalendars(tx: Db, version: string, calendars: Calendars, now: Date): Promise<void> {
  // They seldom change and are large: a second copy need not be sent to be refused.
  const { rows } = await sql`${PREPARED} select from calendar_version where version = ${version}`.execute(tx);
  if (rows.length > 0) return;
  await tx
    .insertInto('calendar_version')
    .values({ version, content: JSON.stringify(calendars), first_seen_at: now })
    .onConflict((conflict) => conflict.column('version').doNothing())
    .execute();
}

/** @returns null for a version on which no decision rests. */
export async function readCalendars(db: Db, version: string): Promise<Calendars | null> {
  const row = await db
    .selectFrom('calendar_version')
    .select('content')
    .where('version', '=', version)
    .executeTakeFirst();
  return row === undefined ? null : (row.content as Calendars);
}
