import { sql } from 'kysely';
import type { Addressee } from '../domain/same-person.ts';
import type { Db } from './database.ts';

/** A step of a student, each time that it is owed a round of its own. */
export interface Round {
  readonly studentId: number;
  readonly schoolYear: string;
  readonly step: string;
  readonly round: number;
}

/** Guardians to whom letters of the round were planned, each as the letter says and as the records say now. */
export async function roundAddressees(tx: Db, round: Round): Promise<Addressee[]> {
  const { rows } = await sql<Addressee>`
    with planned as (
      select l.id, l.evaluation_id, l.email, l.address, a.guardian_id, a.live
      from letter l join letter_addressee a on a.letter_id = l.id
      where l.student_id = ${round.studentId} and l.school_year = ${round.schoolYear} and l.step = ${round.step}
        and l.round = ${round.round} and a.guardian_id is not null
    )
    select p.guardian_id as "guardianId", p.live, g.given_name as "givenName", g.family_name as "familyName",
      way.email, way.address,
      array(
        select distinct other.guardian_id from planned own
        join planned other on other.evaluation_id = own.evaluation_id and other.id <> own.id
        where own.guardian_id = p.guardian_id) as beside
    from planned p
    join guardian g on g.id = p.guardian_id
    cross join lateral (values (p.email, p.address), (g.email, g.address)) way (email, address)`.execute(tx);
  return rows;
}
