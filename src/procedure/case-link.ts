import type { Tx } from '../store/database.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment } from './procedure.ts';

/** Where the officer signs in to a case; null where no pages are served. */
export async function linkToCase(
  _tx: Tx,
  _letterbox: Letterbox,
  _ref: string,
  _moment: Moment,
): Promise<string | null> {
  return null;
}
