import { sql } from 'kysely';
import { type Db, PREPARED } from './database.ts';

/** Somebody of the family whom a contact can have been with. */
export interface ContactPerson {
  readonly id: number;
  readonly name: string;
  readonly relationship: string | null;
}

/** Guardians and parents of a student who may be contacted today. */
export async function listContactPeople(db: Db, studentId: number): Promise<ContactPerson[]> {
  const { rows } = await sql<ContactPerson>`${PREPARED}
    select g.id, g.given_name || ' ' || g.family_name as name,
      coalesce(k.contact ->> 'relationship', k.relationship) as relationship
    from guardianship k join guardian g on g.id = k.guardian_id
    where k.student_id = ${studentId} and k.active and g.active and g.role in ('guardian', 'parent')
      and not g.no_contact and coalesce(k.contact ->> 'noContact', 'false') <> 'true'
      and coalesce((k.contact ->> 'guardian')::boolean, k.is_guardian) is not false
    order by g.id`.execute(db);
  return rows;
}
