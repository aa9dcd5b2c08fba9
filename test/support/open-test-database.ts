import { type Database, openDatabase } from '../../src/store/database.ts';
import { createTestDatabase } from './postgres.ts';

/** A migrated database of its own, open; `drop` closes and deletes it. */
export async function openTestDatabase(): Promise<Database & { drop(): Promise<void> }> {
  const { url, drop } = await createTestDatabase();
  const database = openDatabase({ url, maxConnections: 24 });
  return {
    ...database,
    async drop() {
      await database.close();
      await drop();
    },
  };
}
