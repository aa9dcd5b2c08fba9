import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../ops/describe-error.ts';
import { writeWhole } from '../ops/durable-file.ts';
import type { Log } from '../ops/log.ts';
import { type AuditAnchor, auditAnchor, sealAudit } from '../store/audit-chain.ts';
import type { Db } from '../store/database.ts';
import { forgetOldIncidents } from '../store/incidents.ts';
import { deleteOldPageLinks } from '../store/page-links.ts';
import { deleteOldSignIns } from '../store/page-sessions.ts';
import { forgetOldProcesses } from '../store/processes.ts';
import { readSafeMode } from '../store/safe-mode.ts';
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

/**
 * A restored database ends before anchors that were kept until then: they go into a file of their own, so that what is
 * lost stays provable, and the log that is there does not look cut off. As often as it is called while the restore is
 * not settled: whoever was killed over it is finished by the next one.
 * @returns how many were put aside now
 */
export async function putAnchorsAside(db: Db, dataDir: string): Promise<number> {
  const mode = await readSafeMode(db);
  if (mode === null || mode.auditSeq === null) return 0;
  const text = await readFile(anchorFile(dataDir), 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  });
  const { auditSeq, since } = mode;
  const isOfBefore = (line: string) => {
    const [at = '', anchor = ''] = line.split(' ');
    return (asAnchor(anchor)?.seq ?? 0) > auditSeq && !(new Date(at) > since);
  };
  const lines = text.split('\n').filter((line) => line !== '');
  const before = lines.filter(isOfBefore);
  if (before.length === 0) return 0;
  const stamp = since.toISOString().slice(0, 19).replaceAll(':', '');
  await writeWhole(join(dataDir, `audit-anchors-before-restore-${stamp}.txt`), `${before.join('\n')}\n`);
  const kept = lines.filter((line) => !isOfBefore(line)).map((line) => `${line}\n`);
  await writeWhole(anchorFile(dataDir), kept.join(''));
  return before.length;
}

/** Written to once a day. */
export function anchorFile(dataDir: string): string {
  return join(dataDir, 'audit-anchors.txt');
}
