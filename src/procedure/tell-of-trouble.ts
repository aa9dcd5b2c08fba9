import { renderStaffMail } from '../documents/staff-mail.ts';
import { type HealthTrouble, isToBeTold, WELL_AFTER_MS } from '../domain/health.ts';
import type { OutgoingMail } from '../mail/mail-transport.ts';
import { closeIncidents, type Incident, markIncidentTold, noteIncident } from '../store/incidents.ts';
import { newMailReference } from '../store/staff-mails.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment } from './procedure.ts';
import { returnPathOf } from './return-path-of.ts';
import { shortHash } from './short-hash.ts';
import { buildStaffMessage, queueStaffMessage, type StaffMessage } from './staff-message.ts';
import { troubleWords } from './trouble-words.ts';

export interface Told {
  /** Mails that lie in line now. */
  readonly mailIds: readonly string[];
  readonly opened: readonly string[];
  readonly closed: readonly string[];
}

/**
 * Keeps what is wrong with the service, and tells the IT contact of it: once per cause, and again only when it comes
 * back after it was well.
 */
export async function tellOfTrouble(
  letterbox: Letterbox,
  troubles: readonly HealthTrouble[],
  moment: Moment,
): Promise<Told> {
  const { db } = letterbox;
  const { now } = moment;
  const mailIds: string[] = [];
  const opened: string[] = [];
  for (const trouble of troubles) {
    const incident = await noteIncident(db, { ...trouble, now });
    if (incident.openedAt.getTime() === now.getTime()) opened.push(incident.cause);
    if (incident.toldAt === null && isToBeTold(trouble.cause, incident.openedAt, now))
      mailIds.push(...(await tell(letterbox, trouble, incident, moment)));
  }
  const closed = await closeIncidents(db, new Date(now.getTime() - WELL_AFTER_MS), now);
  return { mailIds, opened, closed };
}

async function tell(
  letterbox: Letterbox,
  trouble: HealthTrouble,
  incident: Incident,
  moment: Moment,
): Promise<string[]> {
  const { db, config } = letterbox;
  return db.transaction().execute(async (tx) => {
    const mailIds: string[] = [];
    for (const person of config.staffFor('it-contact', null)) {
      const id = await queueStaffMessage(
        tx,
        letterbox,
        messageAbout(letterbox, trouble, person, incident.id),
        moment,
      );
      if (id !== null) mailIds.push(id);
    }
    await markIncidentTold(tx, incident.id, moment.now);
    return mailIds;
  });
}

/**
 * The same mail where nothing can be kept: it is given to the mail server by whoever asks for it, and nobody but them
 * remembers it.
 */
export async function buildTroubleMail(
  letterbox: Letterbox,
  trouble: HealthTrouble,
  person: { readonly name: string; readonly email: string },
  moment: Moment,
): Promise<OutgoingMail> {
  const message = messageAbout(letterbox, trouble, person, `${trouble.cause}:${moment.now.toISOString()}`);
  const { raw } = await buildStaffMessage(letterbox, message, moment);
  return { raw, envelope: { from: returnPathOf(letterbox, message.ref), to: person.email } };
}

/** @param occasion the same is never told twice of one */
function messageAbout(
  { config, templates }: Letterbox,
  trouble: HealthTrouble,
  person: { readonly name: string; readonly email: string },
  occasion: string,
): StaffMessage {
  const { what, detail, advice } = troubleWords(trouble);
  const ref = newMailReference();
  const names = { district: config.district.name, reference: ref };
  const rendered = renderStaffMail(templates, 'trouble', { what, detail, advice }, {}, names);
  const reader = shortHash(person.email, 16);
  return { kind: 'alert', ref, key: `alert:trouble:${occasion}:${reader}`, to: person, rendered };
}
