import { basename } from 'node:path';
import { type AuditAnchor, sealAudit } from '../../store/audit-chain.ts';
import { verifyAudit } from '../../store/audit-verify.ts';
import { BackupFileError } from '../../store/backup/sealed-stream.ts';
import { type Db, openDatabase } from '../../store/database.ts';
import { unlockWith } from '../../store/document-keys.ts';
import { verifyDocument } from '../../store/documents.ts';
import { brokenInvariants, type Invariant } from '../../store/invariants.ts';
import { migrate } from '../../store/migrate.ts';
import { type DrillDatabase, openDrillDatabase } from './drill-database.ts';
import { restoreBackup } from './restore-backup.ts';

/** Documents are read side by side: each waits for the server more than it works. */
const CONNECTIONS = 4;

export interface DrillOptions {
  readonly file: string;
  readonly keys: readonly string[];
  readonly documentKey: string | null;
  readonly district: string;
  /** Of the server on which a scratch database is made, where it may be. */
  readonly url: string;
  readonly dataDir: string;
  readonly anchors: readonly AuditAnchor[];
  /** Throws where a copy would not fit. */
  readonly hasRoom?: () => Promise<void>;
  readonly progress?: (stage: string, count: number) => void;
}

export interface DrillReport {
  readonly file: string;
  readonly good: boolean;
  readonly madeAt: string | null;
  /** Where it was restored. */
  readonly where: DrillDatabase['where'];
  readonly rows: number;
  readonly documents: { readonly whole: number; readonly destroyed: number; readonly broken: number };
  readonly audit: 'intact' | 'broken' | 'not-checked';
  readonly auditEvents: number;
  readonly broken: readonly { readonly invariant: Invariant; readonly rows: number }[];
  /** Why it ended early; null: it did not. */
  readonly failure: string | null;
  readonly milliseconds: number;
}

/**
 * Proves a backup: restores it into a database of its own, looks whether every row, document and place of the audit log
 * is there and right, and takes that database away again.
 */
export async function drill(options: DrillOptions): Promise<DrillReport> {
  const began = performance.now();
  const scratch = await openDrillDatabase(options, options.hasRoom);
  const report = {
    file: basename(options.file),
    good: false,
    madeAt: null as string | null,
    where: scratch.where,
    rows: 0,
    documents: { whole: 0, destroyed: 0, broken: 0 },
    audit: 'not-checked' as DrillReport['audit'],
    auditEvents: 0,
    broken: [] as DrillReport['broken'],
    failure: null as string | null,
  };
  const ended = () => ({ ...report, milliseconds: Math.round(performance.now() - began) });
  try {
    const restored = await restoreBackup({
      url: scratch.url,
      file: options.file,
      keys: options.keys,
      district: options.district,
      replace: false,
      progress: ({ table, rows }) => options.progress?.(table, rows),
    });
    report.madeAt = restored.head.madeAt;
    report.rows = Object.values(restored.rows).reduce((sum, count) => sum + count, 0);
    const database = openDatabase({
      url: scratch.url,
      applicationName: 'rollcall drill',
      maxConnections: CONNECTIONS,
    });
    try {
      await migrate(database.db);
      report.documents = await checkDocuments(database.db, options);
      await sealAudit(database.db);
      const verdict = await verifyAudit(database.db, await anchorsOf(database.db, options.anchors));
      report.audit = verdict.kind;
      report.auditEvents = verdict.kind === 'intact' ? (verdict.head?.seq ?? 0) : 0;
      report.broken = await brokenInvariants(database.db);
    } finally {
      await database.close();
    }
    report.good = report.documents.broken === 0 && report.audit === 'intact' && report.broken.length === 0;
  } catch (error) {
    if (!(error instanceof BackupFileError)) throw error;
    report.failure = error.message;
  } finally {
    await scratch.drop();
  }
  return ended();
}

async function checkDocuments(db: Db, { documentKey, progress }: DrillOptions) {
  const counts = { whole: 0, destroyed: 0, broken: 0 };
  if (documentKey === null || !(await unlockWith(db, documentKey)))
    throw new BackupFileError(
      'The documents in the backup are encrypted with another document key than this installation has.',
    );
  const rows = await db
    .selectFrom('document as d')
    .leftJoin('document_key as k', 'k.id', 'd.key_id')
    .select(['d.id', 'd.destroyed_at', 'k.destroyed_at as key_destroyed_at'])
    .orderBy('d.id')
    .execute();
  let next = 0;
  const check = async () => {
    for (let row = rows[next]; row !== undefined; row = rows[next]) {
      if (next % 100 === 0) progress?.('documents', next);
      next += 1;
      if (row.destroyed_at !== null || row.key_destroyed_at !== null) counts.destroyed += 1;
      else if (await isWhole(db, row.id)) counts.whole += 1;
      else counts.broken += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, check));
  return counts;
}

async function isWhole(db: Db, id: string): Promise<boolean> {
  try {
    return (await verifyDocument(db, id)).intact;
  } catch {
    return false;
  }
}

/** Anchors of today go beyond a backup of yesterday. */
async function anchorsOf(db: Db, anchors: readonly AuditAnchor[]): Promise<AuditAnchor[]> {
  const row = await db
    .selectFrom('audit_chain')
    .select(({ fn }) => fn.max('seq').as('last'))
    .executeTakeFirst();
  const last = Number(row?.last ?? 0);
  return anchors.filter(({ seq }) => seq <= last);
}
