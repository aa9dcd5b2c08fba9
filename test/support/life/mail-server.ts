import type { OutgoingMail, SubmitOutcome } from '../../../src/mail/mail-transport.ts';
import { outcomeOfAnswer, outcomeOfFailure, type SmtpFailure } from '../../../src/mail/smtp-outcome.ts';
import { handAtWork } from './hand.ts';

/** What goes wrong with a mail, by how far it has come. `kept`: the server has it all the same. */
export type MailFault =
  | { readonly at: 'connect' }
  | { readonly at: 'mail'; readonly reply: string }
  | { readonly at: 'rcpt'; readonly reply: string }
  | { readonly at: 'message' }
  | { readonly at: 'dot'; readonly reply: string | null; readonly kept: boolean };

export const MAIL_FAULTS: readonly MailFault[] = [
  { at: 'connect' },
  { at: 'mail', reply: '550 5.7.1 not from you' },
  { at: 'rcpt', reply: '451 4.3.0 later' },
  { at: 'rcpt', reply: '550 5.1.1 no such mailbox' },
  { at: 'message' },
  { at: 'dot', reply: '452 4.3.1 no room', kept: false },
  { at: 'dot', reply: '554 5.6.0 not wanted', kept: false },
  { at: 'dot', reply: '503 5.5.1 what is it', kept: false },
  { at: 'dot', reply: null, kept: false },
  { at: 'dot', reply: null, kept: true },
  { at: 'dot', reply: null, kept: true },
];

/** What the server asks those around it. */
interface Asked {
  /** Of a letter to this address. */
  readonly fault: (to: string) => MailFault | null;
  /** The first byte of a letter may leave from here on. */
  readonly begins: (ref: string, to: string) => Promise<void>;
  /** The server keeps a letter. */
  readonly keeps: (ref: string, to: string) => void;
}

export interface MailServer {
  /** How often the server has each letter, by reference. */
  readonly kept: ReadonlyMap<string, number>;
  submit(mail: OutgoingMail, mark: () => Promise<void>): Promise<SubmitOutcome>;
}

/**
 * The other end of the line, without the line: what each phase of a hand-over can come to, and what the server really
 * has in the end. Its sender can stand still, or die, before the message, in the middle of it and before the answer.
 */
export function createMailServer(asked: Asked): MailServer {
  const kept = new Map<string, number>();

  async function submit(
    { raw, envelope: { to } }: OutgoingMail,
    mark: () => Promise<void>,
  ): Promise<SubmitOutcome> {
    const text = raw.subarray(0, HEADERS).toString('latin1');
    const ref = headerOf(text, 'X-Rollcall-Ref');
    const isLetter = headerOf(text, 'X-Rollcall-Kind') === 'letter';
    const fault = isLetter ? asked.fault(to) : null;
    await handAtWork()?.stand();
    if (fault?.at === 'connect')
      return outcomeOfFailure({ code: 'ESOCKET', originalCode: 'ECONNREFUSED' }, 'untouched');
    if (fault?.at === 'mail' || fault?.at === 'rcpt')
      return outcomeOfFailure(
        refusedAt(fault.at === 'mail' ? 'MAIL FROM' : 'RCPT TO', fault.reply),
        'untouched',
      );
    try {
      await mark();
    } catch {
      return outcomeOfFailure({ code: 'ESTREAM' }, 'mark-failed');
    }
    if (isLetter) await asked.begins(ref, to);
    await handAtWork()?.stand();
    if (fault?.at === 'message') return outcomeOfFailure({ code: 'ECONNECTION' }, 'given');
    if (isLetter && (fault === null || fault.kept)) {
      kept.set(ref, (kept.get(ref) ?? 0) + 1);
      asked.keeps(ref, to);
    }
    await handAtWork()?.stand();
    if (fault === null) {
      const answer = { response: '250 2.0.0 kept', accepted: [to], rejected: [] };
      return outcomeOfAnswer(answer, to, 'complete');
    }
    if (fault.reply === null) return outcomeOfFailure({ code: 'ECONNECTION' }, 'complete');
    return outcomeOfFailure({ code: 'EMESSAGE', command: 'DATA', response: fault.reply }, 'complete');
  }

  return { kept, submit };
}

/** So far into a mail its headers may reach. */
const HEADERS = 4_096;

function refusedAt(command: string, response: string): SmtpFailure {
  return { code: 'EENVELOPE', command, response };
}

function headerOf(text: string, name: string): string {
  return new RegExp(`^${name}: (.+?)\\r?$`, 'm').exec(text)?.[1] ?? '';
}
