import type { Db } from '../store/database.ts';
import { findSyncRun } from '../store/sync/sync-runs.ts';
import type { StoppedSync } from './sync-district.ts';

/** What a person can do about a sync that was not applied. */
export async function adviceAbout(db: Db, { kind, runId }: StoppedSync): Promise<string> {
  if (kind === 'failed') {
    return 'Run “rollcall check”: it tries the SIS step by step and says what does not answer. The next sync comes by itself.';
  }
  const run = runId.slice(0, 8);
  const releasable = (await findSyncRun(db, runId))?.plan ?? null;
  return releasable === null
    ? `What came was broken or incomplete, so that there is nothing that could be released. Run “rollcall check” and have what it names put right in the SIS; “rollcall sync” reads again at once, and the next sync comes by itself. “rollcall runs show ${run}” has what was read. Until then what was known before stays in force.`
    : `“rollcall runs show ${run}” shows the evidence. If the SIS is wrong, have it corrected: the next sync will be right. If it is right, “rollcall runs release ${run} --by NAME --why …” lets the run into force. Until then what was known before stays in force.`;
}
