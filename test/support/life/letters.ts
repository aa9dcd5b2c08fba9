import { sql } from 'kysely';
import type { Db } from '../../../src/store/database.ts';

/** A letter as it stands in the database. */
export interface SeenLetter {
  readonly id: string;
  readonly ref: string;
  readonly state: string;
  readonly step: string;
  readonly round: number;
  readonly channel: 'email' | 'paper';
  readonly owner: number | null;
  readonly reason: string | null;
  readonly attempts: number;
  readonly student: number;
  /** sourcedIds. */
  readonly guardians: readonly string[];
}

export async function seeLetters(db: Db): Promise<ReadonlyMap<string, SeenLetter>> {
  const { rows } = await sql<SeenLetter>`
    select l.id, l.ref, l.state, l.step, l.round, l.channel, l.owner, l.reason, l.attempts,
      l.student_id as student, array_agg(g.sourced_id order by g.sourced_id) as guardians
    from letter l
    join letter_addressee a on a.letter_id = l.id
    join guardian g on g.id = a.guardian_id
    group by l.id`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}
