import type { Tx } from '../store/database.ts';
import type { Letterbox } from './letterbox.ts';
import { linkFor } from './links.ts';
import type { Moment } from './procedure.ts';

/** Where the officer signs in to a case; null where no pages are served. */
export async function linkToCase(
  tx: Tx,
  { config }: Letterbox,
  ref: string,
  moment: Moment,
): Promise<string | null> {
  return linkFor(tx, config, config.truancyOfficer, { page: `/case/${ref}` }, moment);
}
