import { endStop } from '../store/brakes.ts';
import { type Db, inTransaction } from '../store/database.ts';
import { completeTask } from '../store/tasks.ts';
import type { Moment } from './procedure.ts';

/** A named person says that sending may go on. @returns false when no open stop has the reference */
export async function releaseStop(
  db: Db,
  ref: string,
  { by, because }: { readonly by: string; readonly because: string },
  { now, today }: Moment,
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    if (!(await endStop(tx, { ref, by, because, on: today, now }))) return false;
    await completeTask(tx, { ref: ref.toUpperCase(), by, because, outcome: 'released', on: today, now });
    return true;
  });
}
