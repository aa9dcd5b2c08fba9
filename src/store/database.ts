import { createHash } from 'node:crypto';
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { VaultAdapter } from './document-vault.ts';
import { KEEP_ALIVE, steadyUrl } from './steady-session.ts';
import type { Tables } from './tables.ts';

/** The pool or a transaction: every store function takes one first and does not care which. */
export type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;

export interface Database {
  readonly db: Db;
  readonly pool: pg.Pool;
  /** With what makes a session of it steady. */
  readonly url: string;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Shown in pg_stat_activity; the embedded server counts its users by it. */
  readonly applicationName?: string;
  readonly maxConnections?: number;
  /** Told when a connection breaks; the pool itself recovers. */
  readonly onConnectionLost?: (code: string) => void;
  /** How long the server may leave a statement without an answer. */
  readonly silentMs?: number;
}

const LONGEST_STATEMENT_MS = 10 * 60_000;
/** The server ends what takes too long by itself, and says so: where even that does not come, nobody is there. */
const SILENT_MS = LONGEST_STATEMENT_MS + 60_000;

/** Calendar dates stay text: a JavaScript Date would shift them by the time zone. */
const parsers = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.DATE, (text) => text],
  [pg.types.builtins.NUMERIC, (text) => text],
  [pg.types.builtins.INT8, (text) => text],
]);

/** Opens the pool. Nothing connects before the first query. */
export function openDatabase(options: DatabaseOptions): Database {
  const url = steadyUrl(options.url);
  const settings: pg.PoolConfig & Silence = {
    connectionString: url,
    application_name: options.applicationName ?? 'rollcall',
    max: options.maxConnections ?? 16,
    Client: SteadyClient,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    ...KEEP_ALIVE,
    silentMs: options.silentMs ?? SILENT_MS,
    statement_timeout: LONGEST_STATEMENT_MS,
    lock_timeout: 60_000,
    idle_in_transaction_session_timeout: 5 * 60_000,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        (format !== 'binary' && parsers.get(oid)) || pg.types.getTypeParser(oid, format),
    } as pg.CustomTypesConfig,
  };
  const pool = new pg.Pool(settings);
  // One that is lost between two statements of a transaction has nobody else to tell, and would end the process; the
  // next statement on it fails.
  pool.on('connect', (client) => {
    client.on('error', (error: NodeJS.ErrnoException) => options.onConnectionLost?.(error.code ?? 'unknown'));
  });
  // Told there already.
  pool.on('error', () => {});
  const db = new Kysely<Tables>({ dialect: new Dialect({ pool }) });
  return { db, pool, url, close: () => db.destroy() };
}

const MARK = '/* prepared */';

/**
 * Stands at the beginning of a statement that each connection plans once and then keeps: planning a large one takes
 * longer than running it. Only for statements whose text never differs, that name their columns (those of `*` may change
 * under a process that an upgrade has left running), and whose plan does not hang on the values.
 */
export const PREPARED = sql.raw(MARK);
/** How far into the statement the mark may stand: behind `select` where it is built. */
const MARK_WITHIN = 40;

interface Silence {
  readonly silentMs: number;
}

/**
 * A connection that keeps the plans of marked statements, and ends when an answer does not come. The time-out of the
 * driver would only give up waiting, and hand the connection to the next one, who waits in vain as well.
 */
class SteadyClient extends pg.Client {
  readonly #names = new Map<string, string>();
  readonly #silentMs: number;
  #silence: NodeJS.Timeout | null = null;
  #waits = false;

  constructor(settings: pg.ClientConfig & Partial<Silence> = {}) {
    super(settings);
    this.#silentMs = settings.silentMs ?? SILENT_MS;
    this.on('drain', () => {
      this.#waits = false;
    });
    this.once('end', () => clearTimeout(this.#silence ?? undefined));
  }

  // The types of its many forms cannot be told apart here; the calls that are not ours go through as they are.
  override query(...call: unknown[]): never {
    const [text, values, ...rest] = call;
    const name = typeof text === 'string' && Array.isArray(values) ? this.#nameOf(text) : null;
    const passed = name === null ? call : [{ name, text, values }, ...rest];
    this.#waits = true;
    this.#silence = this.#silence?.refresh() ?? setTimeout(() => this.#endSilent(), this.#silentMs).unref();
    return Reflect.apply(super.query, this, passed) as never;
  }

  #endSilent(): void {
    if (!this.#waits) return;
    const error = new Error('the database has not answered');
    this.connection.stream.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  }

  #nameOf(text: string): string | null {
    if (!text.slice(0, MARK_WITHIN).includes(MARK)) return null;
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
    this.#names.set(text, name);
    return name;
  }
}

/** Each database that is opened has a place of its own for the key of its documents. */
class Dialect extends PostgresDialect {
  override createAdapter(): VaultAdapter {
    return new VaultAdapter();
  }
}

/** Work in one transaction: in the caller's, where there is one. */
export function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db as Tx) : db.transaction().execute(work);
}

/** PostgreSQL's code for a lock that was waited for in vain. */
const LOCK_NOT_AVAILABLE = '55P03';

/** Another session, such as a backup, holds what a statement needed. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE;
}

/** For work that can be left until a lock is free. */
export function unlessLocked(error: unknown): void {
  if (!isLocked(error)) throw error;
}

/** PostgreSQL's code for the transaction that it ends where two wait for each other; tried again, it goes through. */
const DEADLOCK_DETECTED = '40P01';

export function isDeadlock(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === DEADLOCK_DETECTED;
}
