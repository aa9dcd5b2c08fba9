import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../ops/describe-error.ts';
import type { Log } from '../ops/log.ts';
import { type AuditAnchor, auditAnchor, sealAudit } from '../store/audit-chain.ts';
import type { Db } from '../store/database.ts';
import { forgetOldIncidents } from '../store/incidents.ts';
import { deleteOldPageLinks } from '../store/page-links.ts';
import { deleteOldSignIns } from '../store/page-sessions.ts';
import { forgetOldProcesses } from '../store/processes.ts';
import { forgetOldSlots } from '../store/schedule-slots.ts';
import type { Moment } from './procedure.ts';

const DAY_MS = 86_400_000;
/** How long it is known that a link has expired, and that a form was sent. */
const KEPT_DAYS = 60;

/**
 * Once a day: seals what is left, and writes the end of the chain where the database is not, into the log and into
 * `audit-anchors.txt` of the data folder: who cuts off the end of the audit log is seen by it. Forgets old sign-ins, and
 * what the service knew of itself long ago.
 */
export async function keepAudit(
  { db, log, dataDir }: { db: Db; log: Log; dataDir: string },
  { now }: Moment,
): Promise<AuditAnchor | null> {
  const before = new Date(now.getTime() - KEPT_DAYS * DAY_MS);
  await deleteOldPageLinks(db, before);
  await deleteOldSignIns(db, before);
  await forgetOldSlots(db, before);
  await forgetOldProcesses(db, before);
  await forgetOldIncidents(db, before);
  await sealAudit(db);
  const anchor = await auditAnchor(db);
  if (anchor === null) return null;
  log.info('audit-anchor', { total: anchor.seq, ref: anchor.hash });
  const line = `${now.toISOString()} ${anchorText(anchor)}\n`;
  await appendFile(anchorFile(dataDir), line, { mode: 0o600 });
  return anchor;
}

/** `1234:3f2a…`, as `rollcall audit verify --anchor` takes it. */
export function anchorText({ seq, hash }: AuditAnchor): string {
  return `${seq}:${hash}`;
}

/** @returns null: it is no anchor */
export function asAnchor(text: string): AuditAnchor | null {
  const parts = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text.trim());
  return parts === null ? null : { seq: Number(parts[1]), hash: parts[2] ?? '' };
}

/** Those of the data folder. A line that is none is left out: the last one may be cut off. */
export async function keptAnchors(dataDir: string): Promise<AuditAnchor[]> {
  try {
    const text = await readFile(anchorFile(dataDir), 'utf8');
    return text.split('\n').flatMap((line) => asAnchor(line.slice(line.indexOf(' ') + 1)) ?? []);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Written to once a day. */
export function anchorFile(dataDir: string): string {
  return join(dataDir, 'audit-anchors.txt');
}
