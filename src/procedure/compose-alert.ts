import { createHash } from 'node:crypto';
import { renderStaffMail } from '../documents/staff-mail.ts';
import { hasStaffMail, newMailReference } from '../store/staff-mails.ts';
import { lastSyncRun } from '../store/sync/sync-runs.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment } from './procedure.ts';
import { queueStaffMessage } from './staff-message.ts';
import { adviceAbout } from './sync-advice.ts';
import type { StoppedSync } from './sync-district.ts';

/**
 * Tells the IT contact that a sync was not applied: once per cause, not every night. The same cause is told again
 * only after a sync has worked in between.
 * @returns how many mails were composed now
 */
export async function composeSyncAlert(
  letterbox: Letterbox,
  outcome: StoppedSync,
  moment: Moment,
): Promise<number> {
  const { db, config } = letterbox;
  const since = (await lastSyncRun(db, 'applied'))?.id ?? 'never';
  const cause = createHash('sha256').update(outcome.reason.replace(/\d+/g, '#')).digest('hex').slice(0, 16);
  const advice = await adviceAbout(db, outcome);
  let composed = 0;
  for (const person of config.staffFor('it-contact', null)) {
    const key = `alert:sync:${since}:${cause}:${createHash('sha256').update(person.email).digest('hex').slice(0, 16)}`;
    if (await hasStaffMail(db, key)) continue;
    const ref = newMailReference();
    const rendered = renderStaffMail(
      letterbox.templates,
      'alert',
      { what: 'the attendance data could not be read', detail: outcome.reason, advice },
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
