import type { Db } from '../../store/database.ts';
import { type AskedFile, type FileView, readFile, readFiles } from '../../store/file-view.ts';
import { type Gathered, gather } from '../gather.ts';

/** One at a time: whoever comes meanwhile is in the next, and the larger a group, the less each costs. */
const LIMITS = { most: 40, groups: 1 };

/** Of each database its own. */
const readers = new WeakMap<Db, Gathered<AskedFile, FileView | null>>();

/** A file as it is now: those that are asked for at once are read together. @param asked.ref a uuid */
export function readFileNow(db: Db, asked: AskedFile): Promise<FileView | null> {
  let reader = readers.get(db);
  if (reader === undefined) {
    reader = gather((files) => readTogether(db, files), LIMITS);
    readers.set(db, reader);
  }
  return reader.ask(asked);
}

async function readTogether(db: Db, asked: readonly AskedFile[]): Promise<(FileView | null)[]> {
  const [{ schoolYear, today }] = asked as [AskedFile];
  // At midnight those who ask may mean different days.
  const together = asked.filter((one) => one.today === today && one.schoolYear === schoolYear);
  const others = asked.filter((one) => !together.includes(one));
  const refs = together.map(({ ref }) => ref);
  const files = await readFiles(db, refs, { schoolYear, today });
  const found = new Map(together.map((one, index) => [one, files[index] ?? null]));
  for (const one of others) found.set(one, await readFile(db, one));
  return asked.map((one) => found.get(one) ?? null);
}
