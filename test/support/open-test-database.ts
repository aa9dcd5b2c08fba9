import { type Database, openDatabase } from '../../src/store/database.ts';
import { unlockWith } from '../../src/store/document-keys.ts';
import { createTestDatabase } from './postgres.ts';

/** What documents in a test's database are encrypted with, where the test says nothing else. */
export const DOCUMENT_KEY = 'the document key of tests, which nobody else has';

/** A migrated database of its own, open; `drop` closes and deletes it. */
export async function openTestDatabase(): Promise<Database & { drop(): Promise<void> }> {
  const { url, drop } = await createTestDatabase();
  const database = openDatabase({ url, maxConnections: 24 });
  await unlockWith(database.db, DOCUMENT_KEY);
  return {
    ...database,
    async drop() {
      await database.close();
      await drop();
    },
  };
}
