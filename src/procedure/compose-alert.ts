import { renderStaffMail } from '../documents/staff-mail.ts';
import { hasStaffMail, newMailReference } from '../store/staff-mails.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment } from './procedure.ts';
import { shortHash } from './short-hash.ts';
import { queueStaffMessage } from './staff-message.ts';
import type { SyncOutcome } from './sync-district.ts';
import { type Trouble, troublesOf } from './sync-troubles.ts';

export interface AlertOccasion {
  readonly isSchoolDay: boolean;
  /** Another attempt of the same night follows. */
  readonly triedAgain?: boolean;
}

/**
 * Tells the IT contact what went wrong with a sync: once per cause, not every night. The same cause is told again
 * only after it was mended in between.
 * @returns how many mails were composed now
 */
export async function composeSyncAlert(
  letterbox: Letterbox,
  outcome: SyncOutcome,
  moment: Moment,
  { isSchoolDay, triedAgain = false }: AlertOccasion,
): Promise<number> {
  const { db, config } = letterbox;
  const { freshHours } = config.sis;
  const rules = { freshHours, isSchoolDay, timeZone: config.district.timeZone, triedAgain };
  let composed = 0;
  for (const trouble of await troublesOf(db, outcome, moment, rules)) {
    for (const person of config.staffFor('it-contact', null)) {
      if (await tell(letterbox, trouble, person, moment)) composed += 1;
    }
  }
  return composed;
}

/** @returns false when the person knows of it already */
async function tell(
  letterbox: Letterbox,
  { what, detail, advice, cause, since }: Trouble,
  person: { readonly name: string; readonly email: string },
  moment: Moment,
): Promise<boolean> {
  const { db, config, templates } = letterbox;
  const key = `alert:sync:${since}:${shortHash(cause.replace(/\d+/g, '#'), 16)}:${shortHash(person.email, 16)}`;
  if (await hasStaffMail(db, key)) return false;
  const ref = newMailReference();
  const names = { district: config.district.name, reference: ref };
  const rendered = renderStaffMail(templates, 'alert', { what, detail, advice }, {}, names);
  const queued = await db
    .transaction()
    .execute((tx) =>
      queueStaffMessage(tx, letterbox, { kind: 'alert', ref, key, to: person, rendered }, moment),
    );
  return queued !== null;
}
