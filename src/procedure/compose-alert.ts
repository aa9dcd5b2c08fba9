import { createHash } from 'node:crypto';
import { renderStaffMail } from '../documents/staff-mail.ts';
import { hasStaffMail, newMailReference } from '../store/staff-mails.ts';
import { lastSyncRun } from '../store/sync/sync-runs.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment } from './procedure.ts';
import { queueStaffMessage } from './staff-message.ts';
import type { SyncOutcome } from './sync-district.ts';

/**
 * Tells the IT contact that a sync was not applied: once per cause, not every night. The same cause is told again
 * only after a sync has worked in between.
 * @returns how many mails were composed now
 */
export async function composeSyncAlert(
  letterbox: Letterbox,
  outcome: Exclude<SyncOutcome, { kind: 'applied' }>,
  moment: Moment,
): Promise<number> {
  const { db, config } = letterbox;
  const since = (await lastSyncRun(db, 'applied'))?.id ?? 'never';
  const cause = createHash('sha256').update(outcome.reason.replace(/\d+/g, '#')).digest('hex').slice(0, 16);
  let composed = 0;
  for (const person of config.staffFor('it-contact', null)) {
    const key = `alert:sync:${since}:${cause}:${createHash('sha256').update(person.email).digest('hex').slice(0, 16)}`;
    if (await hasStaffMail(db, key)) continue;
    const ref = newMailReference();
    const rendered = renderStaffMail(
      letterbox.templates,
      'alert',
      {
        what: 'the attendance data could not be read',
        detail: outcome.reason,
        advice: adviceOf(outcome.kind),
      },
      {},
      { district: config.district.name, reference: ref },
    );
    const queued = await db
      .transaction()
      .execute((tx) =>
        queueStaffMessage(tx, letterbox, { kind: 'alert', ref, key, to: person, rendered }, moment),
      );
    if (queued !== null) composed += 1;
  }
  return composed;
}

function adviceOf(kind: 'quarantined' | 'failed'): string {
  return kind === 'failed'
    ? 'Run “rollcall check”: it tries the SIS step by step and says what does not answer. The next sync comes by itself.'
    : 'Look at the SIS: if what it shows is right, the next sync will be too. “rollcall status” shows the last runs.';
}
