import type { Db } from './database.ts';

/** Open tasks of a student that a document may answer: those that ask a person to agree or get something. */
export async function tasksThatTakeDocuments(
  db: Db,
  studentId: number,
): Promise<readonly { readonly ref: string; readonly kind: string }[]> {
  return db
    .selectFrom('task')
    .select(['ref', 'kind'])
    .where('student_id', '=', studentId)
    .where('state', '=', 'open')
    .where('shadow', '=', false)
    .where('kind', 'in', TAKE_DOCUMENTS)
    .orderBy('due_on')
    .orderBy('ref')
    .execute();
}

/** Whatever else is asked is answered by a contact, a yes or a record of its own. */
const TAKE_DOCUMENTS = ['agree-contract', 'consider-meeting', 'schedule-meeting'];
