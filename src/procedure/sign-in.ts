import { randomInt } from 'node:crypto';
import { heading, paragraph, plainSpan } from '../documents/content.ts';
import { mailOf } from '../documents/staff-mail.ts';
import { atCommandLine } from '../domain/audit.ts';
import { recordAudit } from '../store/audit-log.ts';
import type { Db, Tx } from '../store/database.ts';
import { readPageLink, revokePageLinks } from '../store/page-links.ts';
import {
  endPageSession,
  endPageSessionsOf,
  forgetDevicesOf,
  isRememberedDevice,
  rememberDevice,
  type SignedInBy,
  startPageSession,
} from '../store/page-sessions.ts';
import {
  countFailure,
  endPageSignInsOf,
  recentCodes,
  type StartedBy,
  startPageSignIn,
  takePageSignIn,
  usePageSignIn,
} from '../store/page-sign-ins.ts';
import { newMailReference } from '../store/staff-mails.ts';
import type { Letterbox } from './letterbox.ts';
import { hashOf, newToken } from './links.ts';
import { actorOf, type Person, personOf } from './people.ts';
import type { Moment } from './procedure.ts';
import { personNow, refreshStaff } from './staff-directory.ts';
import { queueStaffMessage } from './staff-message.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const CODE_MINUTES = 10;
const TRIES_PER_CODE = 5;
/** Codes for one person within a quarter of an hour: by links, and by address from each network address apart. */
const CODES_AT_ONCE = 5;
/** Codes for one person within an hour that were asked for by address, from wherever: nobody's mailbox is flooded. */
const CODES_PER_HOUR = 20;
/** Wrong codes for one person within a day, until no code is sent any more: 50 of a million. */
const FAILURES_PER_DAY = 50;

/** How a code is kept. */
export type CodeHash = (signInToken: string, code: string) => Buffer;

export type EnteredLink =
  | { readonly kind: 'live'; readonly person: Person; readonly path: string }
  /** It was one, and is not any more, or its person has left the configuration. */
  | { readonly kind: 'over' }
  | { readonly kind: 'unknown' };

/** What a link of a mail opens. Looking changes nothing. */
export async function lookAtLink(letterbox: Letterbox, token: string, moment: Moment): Promise<EnteredLink> {
  const link = await readPageLink(letterbox.db, hashOf(token), moment.now);
  if (link === null) return { kind: 'unknown' };
  const person = await personNow(letterbox.db, letterbox.config, link.email, moment);
  if (link.state !== 'live' || person === null) return { kind: 'over' };
  return { kind: 'live', person, path: link.path };
}

export type StartedSignIn =
  | {
      readonly kind: 'code';
      /** For the cookie of the browser in which the code is entered. */
      readonly token: string;
      /** The mail with the code; null: none was sent, because nobody here has the address, or too many were. */
      readonly mailId: string | null;
    }
  | { readonly kind: 'too-many' };

/**
 * Sends a six-digit code to the address of the person. Of an address that nobody has the answer is the same, and no code
 * will ever fit.
 */
export async function startSignIn(
  letterbox: Letterbox,
  asked: { email: string; path: string; by: StartedBy; from: string },
  codeHash: CodeHash,
  moment: Moment,
): Promise<StartedSignIn> {
  const { db, config } = letterbox;
  const { now } = moment;
  const person = await personNow(db, config, asked.email, moment);
  const token = newToken();
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  return db.transaction().execute(async (tx): Promise<StartedSignIn> => {
    const allowed = person !== null && (await mayHaveCode(tx, person, asked, now));
    if (person !== null && !allowed && asked.by === 'link') return { kind: 'too-many' };
    await startPageSignIn(tx, {
      tokenHash: hashOf(token),
      email: allowed ? person.email : null,
      path: asked.path,
      startedBy: asked.by,
      from: asked.from,
      codeHash: allowed ? codeHash(token, code) : null,
      madeAt: now,
      expiresAt: new Date(now.getTime() + CODE_MINUTES * MINUTE_MS),
    });
    const mailId = allowed ? await queueCode(tx, letterbox, person, code, moment) : null;
    return { kind: 'code', token, mailId };
  });
}

export type EnteredCode =
  | {
      readonly kind: 'signed-in';
      readonly sessionToken: string;
      /** null: the device is not to be remembered. */
      readonly deviceToken: string | null;
      readonly path: string;
      readonly person: Person;
    }
  | { readonly kind: 'wrong' }
  /** Expired, used, or tried too often: it begins anew. */
  | { readonly kind: 'over' };

/** Compares a code, and counts a wrong one, which stays counted. */
export async function enterCode(
  letterbox: Letterbox,
  entered: {
    token: string;
    code: string;
    from: string;
    remember: boolean;
    /** A session that the browser had before. */
    replaces: string | null;
  },
  codeHash: CodeHash,
  moment: Moment,
): Promise<EnteredCode> {
  const { db, config } = letterbox;
  const tokenHash = hashOf(entered.token);
  await refreshStaff(db, config, moment);
  return db.transaction().execute(async (tx): Promise<EnteredCode> => {
    const signIn = await takePageSignIn(tx, tokenHash, moment.now);
    if (signIn === null || signIn.failures >= TRIES_PER_CODE) return { kind: 'over' };
    const person = signIn.email === null ? null : personOf(config, signIn.email);
    const right = signIn.codeHash?.equals(codeHash(entered.token, entered.code)) === true;
    if (person === null || !right) {
      await countFailure(tx, tokenHash);
      if (person !== null)
        await recordAudit(tx, {
          at: moment.now,
          actor: actorOf(person),
          from: entered.from,
          action: 'code-refused',
          detail: { failures: signIn.failures + 1 },
        });
      return signIn.failures + 1 >= TRIES_PER_CODE ? { kind: 'over' } : { kind: 'wrong' };
    }
    await usePageSignIn(tx, tokenHash, moment.now);
    // A token of its own each time: what another person's browser was remembered by is nobody else's.
    const deviceToken = entered.remember ? newToken() : null;
    if (deviceToken !== null)
      await rememberDevice(tx, {
        tokenHash: hashOf(deviceToken),
        email: person.email,
        since: moment.now,
        expiresAt: after(moment, config.pages?.deviceDays ?? 0),
      });
    const sessionToken = await openSession(tx, letterbox, person, { ...entered, by: 'code' }, moment);
    return { kind: 'signed-in', sessionToken, deviceToken, path: signIn.path, person };
  });
}

/** On a device that is remembered a link is enough. @returns the session’s token; null: a code is needed */
export async function enterByDevice(
  letterbox: Letterbox,
  person: Person,
  entered: { device: string | null; from: string; replaces: string | null },
  moment: Moment,
): Promise<string | null> {
  const { device } = entered;
  if (device === null) return null;
  return letterbox.db.transaction().execute(async (tx) => {
    const tokenHash = hashOf(device);
    if (!(await isRememberedDevice(tx, { tokenHash, email: person.email }, moment.now))) return null;
    return openSession(tx, letterbox, person, { ...entered, by: 'device' }, moment);
  });
}

/** A session always gets a token of its own: none that was known before signing in goes on. @returns it */
export async function openSession(
  tx: Tx,
  { config }: Pick<Letterbox, 'config'>,
  person: Person,
  entered: { by: SignedInBy; from: string; replaces: string | null },
  moment: Moment,
): Promise<string> {
  const { from, replaces, by } = entered;
  if (replaces !== null) await endPageSession(tx, replaces, moment.now);
  const token = newToken();
  await startPageSession(tx, {
    tokenHash: hashOf(token),
    email: person.email,
    by,
    from,
    startedAt: moment.now,
    expiresAt: after(moment, config.pages?.sessionDays ?? 0),
  });
  await recordAudit(tx, {
    at: moment.now,
    actor: actorOf(person),
    from,
    action: 'signed-in',
    detail: { by },
  });
  return token;
}

export async function signOut(
  db: Db,
  session: { id: string; person: Person; from: string },
  moment: Moment,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await endPageSession(tx, session.id, moment.now);
    await recordAudit(tx, {
      at: moment.now,
      actor: actorOf(session.person),
      from: session.from,
      action: 'signed-out',
    });
  });
}

/** A lost phone, or somebody who leaves: nothing that was given out lets anybody in any more. */
export async function revokeSignIns(
  db: Db,
  { email, by }: { email: string; by: string },
  now: Date,
): Promise<EndedSignIns> {
  const address = email.toLowerCase();
  return db.transaction().execute(async (tx) => {
    const ended = await endSignIns(tx, address, now);
    await recordAudit(tx, {
      at: now,
      actor: atCommandLine(by),
      from: null,
      action: 'sessions-revoked',
      detail: { ...ended },
    });
    return ended;
  });
}

/** @param email in lower case */
export async function endSignIns(tx: Tx, email: string, now: Date): Promise<EndedSignIns> {
  const sessions = await endPageSessionsOf(tx, email, now);
  const devices = await forgetDevicesOf(tx, email, now);
  const links = await revokePageLinks(tx, email, now);
  await endPageSignInsOf(tx, email, now);
  return { sessions, devices, links };
}

export interface EndedSignIns {
  readonly sessions: number;
  readonly devices: number;
  readonly links: number;
}

/**
 * A link proves that the mailbox is the person's. An address can be typed by anybody: five from one place delay that place
 * alone, and the owner goes on from another one.
 */
async function mayHaveCode(
  tx: Tx,
  { email }: Person,
  { by, from }: { readonly by: StartedBy; readonly from: string },
  now: Date,
): Promise<boolean> {
  const recent = (ms: number, ofHere = false) =>
    recentCodes(tx, email, {
      startedBy: by,
      since: new Date(now.getTime() - ms),
      ...(ofHere && { from }),
    });
  if ((await recent(DAY_MS)).failures >= FAILURES_PER_DAY) return false;
  if ((await recent(15 * MINUTE_MS, by === 'address')).sent >= CODES_AT_ONCE) return false;
  return by === 'link' || (await recent(60 * MINUTE_MS)).sent < CODES_PER_HOUR;
}

/** The subject carries no code: it stands on locked screens. */
async function queueCode(
  tx: Tx,
  letterbox: Letterbox,
  person: Person,
  code: string,
  moment: Moment,
): Promise<string | null> {
  const ref = newMailReference();
  const rendered = mailOf(
    'Your sign-in code',
    [
      heading(1, 'Your sign-in code'),
      paragraph(`Hello ${person.name},`),
      paragraph('with this code you sign in to the attendance pages:'),
      { kind: 'paragraph', spans: [{ ...plainSpan(`${code.slice(0, 3)} ${code.slice(3)}`), bold: true }] },
      paragraph(
        `Enter it within ${CODE_MINUTES} minutes, in the window in which you asked for it. Nobody will ever ask you for it by phone or mail.`,
      ),
      paragraph(
        'You did not want to sign in? Then you need not do anything: without the code nobody gets in.',
      ),
    ],
    { district: letterbox.config.district.name, reference: ref },
  );
  return queueStaffMessage(
    tx,
    letterbox,
    {
      kind: 'code',
      ref,
      key: `code:${ref}`,
      to: { name: person.name, email: person.email },
      rendered,
    },
    moment,
  );
}

function after({ now }: Moment, days: number): Date {
  return new Date(now.getTime() + days * DAY_MS);
}
