import type pg from 'pg';
import { decompressed } from '../../store/backup/compressed.ts';
import { type LoadProgress, loadDatabase, onClient } from '../../store/backup/load-database.ts';
import { decodeRecords } from '../../store/backup/records.ts';
import { BackupFileError, type SealedHead, unseal } from '../../store/backup/sealed-stream.ts';
import type { Db } from '../../store/database.ts';
import { migrateFrom } from '../../store/migrate.ts';
import { readBackupFile } from './backup-files.ts';
import { connectForLong } from './make-backup.ts';

export interface RestoreOptions {
  readonly url: string;
  readonly file: string;
  readonly keys: readonly string[];
  readonly district: string;
  /** What is there may go. */
  readonly replace: boolean;
  readonly progress?: (now: LoadProgress) => void;
  /** Looks at what the file is before anything is touched. */
  readonly check?: (head: SealedHead) => void;
  /** The first work in the transaction: what is there is there for the last time. */
  readonly before?: (tx: Db) => Promise<void>;
  /** The last work in the same transaction: with all rows there, before anybody else sees them. */
  readonly settle?: (tx: Db, head: SealedHead) => Promise<void>;
}

export interface Restored {
  readonly head: SealedHead;
  readonly rows: Readonly<Record<string, number>>;
  readonly milliseconds: number;
}

/** The database holds something, and nobody has said that it may go. */
class DatabaseInUseError extends Error {
  override readonly name = 'DatabaseInUseError';
}

/**
 * Puts a backup into a database, in one transaction: a file that turns out to be broken, and a process that is killed,
 * leave what was there.
 * @throws BackupFileError for a file that cannot be restored @throws DatabaseInUseError
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const began = performance.now();
  const { head, content } = await unseal(readBackupFile(options.file), options.keys);
  if (head.format !== 'rollcall-backup')
    throw new BackupFileError('The file is an archive of a school year, not a backup of the database.');
  if (head.district !== options.district)
    throw new BackupFileError(
      `The backup is of the district ${JSON.stringify(head.district)}, expected ${JSON.stringify(options.district)} as in district.yaml.`,
    );
  options.check?.(head);
  const client = await connectForLong(options.url, 'rollcall restore');
  try {
    await refuseWhileUsed(client);
    await client.query('begin');
    if (!options.replace) await refuseUnlessEmpty(client);
    const tx = onClient(client) as Db;
    await options.before?.(tx);
    const loaded = await loadDatabase(client, decodeRecords(decompressed(content)), options.progress);
    const { rows } = loaded;
    await migrateFrom(tx, loaded.begin.migrations);
    await options.settle?.(tx, head);
    await client.query('commit');
    await client.query('analyze');
    return { head, rows, milliseconds: Math.round(performance.now() - began) };
  } finally {
    // Ends the transaction where it has not ended.
    await client.end();
  }
}

/** Who is at work on the database would go on with what is no longer there. */
async function refuseWhileUsed(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ others: number }>(`
    select count(*)::int as others from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name like 'rollcall%'`);
  if ((rows[0]?.others ?? 0) > 0)
    throw new DatabaseInUseError('Rollcall is at work on this database: stop it everywhere, then restore.');
}

/** Tables of a version of ours in which nothing has happened yet count as empty. */
async function refuseUnlessEmpty(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`
    select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and c.relname !~ '^kysely_migration' order by 1`);
  // What migrations and the first start put in says nothing.
  const own = new Set(['sending_streak', 'send_epoch', 'document_vault', 'served_from', 'running_process']);
  for (const { name } of rows) {
    if (own.has(name)) continue;
    const found = await client.query(`select from public.${client.escapeIdentifier(name)} limit 1`);
    if (found.rowCount === 0) continue;
    throw new DatabaseInUseError(
      'The database is not empty: restore into an empty one, or say --replace. What is there goes then.',
    );
  }
}
