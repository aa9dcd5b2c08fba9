import { sql } from 'kysely';
import type { Db } from '../database.ts';
import { stageTables } from './stage.ts';

/** Takes the rows of one run out of the stage, or those in some of its tables. */
export async function clearStage(
  db: Db,
  runId: string,
  tables: readonly (typeof stageTables)[number][] = stageTables,
): Promise<void> {
  // A night reads hundreds of thousands of rows; where nobody else has rows there, emptying costs nothing.
  for (const table of tables) {
    await sql`delete from ${sql.table(table)} where run_id = ${runId}`.execute(db);
  }
}
