import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../ops/durable-file.ts';
import { envelopeFault } from './envelope.ts';
import type { MailTransport, OutgoingMail, SubmitOutcome } from './mail-transport.ts';

/**
 * Writes each mail as `<date>-<kind>-<ref>.eml` into a folder, instead of sending it. A file is there completely or not
 * at all, and the same mail written twice is one file.
 * @param dir made when it is missing, for the owner only
 */
export function openOutboxTransport(dir: string): MailTransport {
  const underWay = new Set<Promise<SubmitOutcome>>();
  return {
    description: `outbox folder ${dir} (nothing is sent)`,
    submit(mail, onFirstRead) {
      const submission = write(dir, mail, onFirstRead).finally(() => underWay.delete(submission));
      underWay.add(submission);
      return submission;
    },
    async verify() {
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        await access(dir, constants.W_OK | constants.X_OK);
        return { ok: true };
      } catch (error) {
        return { ok: false, finding: `the outbox folder ${dir} cannot be written (${codeOf(error)})` };
      }
    },
    async close() {
      await Promise.all(underWay);
    },
  };
}

async function write(
  dir: string,
  mail: OutgoingMail,
  onFirstRead: () => Promise<void>,
): Promise<SubmitOutcome> {
  const fault = envelopeFault(mail.envelope);
  if (fault === 'bad-recipient') return { kind: 'rejected', reason: fault, reply: null };
  if (fault !== null) return { kind: 'not-started', reason: fault, reply: null };
  try {
    await onFirstRead();
  } catch {
    return { kind: 'not-started', reason: 'mark-failed', reply: null };
  }
  const name = fileName(mail.raw);
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await writeWhole(join(dir, name), mail.raw);
  } catch (error) {
    // There is no mail then, so the outcome is known.
    return { kind: 'try-later', reason: `outbox-${codeOf(error).toLowerCase()}`, reply: null };
  }
  return { kind: 'sent', reply: `250 written to the outbox as ${name}`, serverId: name };
}

/** From the mail's own headers, which carry references and no names. */
function fileName(raw: Buffer): string {
  const end = raw.indexOf('\r\n\r\n');
  const head = raw.subarray(0, end < 0 ? raw.length : end).toString('latin1');
  const header = (name: string) => new RegExp(`^${name}: *([^\\r\\n]*)`, 'im').exec(head)?.[1] ?? '';
  const date = new Date(header('Date'));
  const day = Number.isNaN(date.getTime()) ? 'undated' : date.toISOString().slice(0, 10);
  const ref = plain(header('X-Rollcall-Ref')) || createHash('sha256').update(raw).digest('hex').slice(0, 16);
  return `${day}-${plain(header('X-Rollcall-Kind')) || 'mail'}-${ref}.eml`;
}

function plain(text: string): string {
  return /^[A-Za-z0-9-]{1,64}$/.test(text) ? text : '';
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : 'UNKNOWN';
}
