import { createHash } from 'node:crypto';
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { endSilentConnections, KEEP_ALIVE_MS } from '../ops/silent-server.ts';
import { VaultAdapter } from './document-vault.ts';
import { steadyUrl } from './steady-session.ts';
import type { Tables } from './tables.ts';

/** The pool or a transaction: every store function takes one first and does not care which. */
export type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;

export interface Database {
  readonly db: Db;
  readonly pool: pg.Pool;
  /** With what lets its server notice that we are gone. */
  readonly url: string;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Shown in pg_stat_activity; the embedded server counts its users by it. */
  readonly applicationName?: string;
  readonly maxConnections?: number;
  /** How long an answer may take. For tests; usually a minute more than a statement may. */
  readonly silenceMs?: number;
  /** Told when a connection breaks; the pool itself recovers. */
  readonly onConnectionLost?: (code: string) => void;
}

/** Calendar dates stay text: a JavaScript Date would shift them by the time zone. */
const parsers = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.DATE, (text) => text],
  [pg.types.builtins.NUMERIC, (text) => text],
  [pg.types.builtins.INT8, (text) => text],
]);

/** Opens the pool. Nothing connects before the first query. */
export function openDatabase(options: DatabaseOptions): Database {
  const silenceMs = options.silenceMs ?? STATEMENT_MS + 60_000;
  const url = steadyUrl(options.url);
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.applicationName ?? 'rollcall',
    max: options.maxConnections ?? 16,
    Client: PreparingClient,
    connectionTimeoutMillis: Math.min(CONNECT_MS, silenceMs),
    idleTimeoutMillis: 30_000,
    // Without it a cable that was pulled is never noticed by who waits for an answer.
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    statement_timeout: STATEMENT_MS,
    lock_timeout: 60_000,
    idle_in_transaction_session_timeout: 5 * 60_000,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        (format !== 'binary' && parsers.get(oid)) || pg.types.getTypeParser(oid, format),
    } as pg.CustomTypesConfig,
  });
  // One that is lost between two statements of a transaction has nobody else to tell, and would end the process; the
  // next statement on it fails.
  pool.on('connect', (client) => {
    client.on('error', (error: NodeJS.ErrnoException) => options.onConnectionLost?.(error.code ?? 'unknown'));
  });
  // Told there already.
  pool.on('error', () => {});
  endSilentConnections(pool, silenceMs);
  const db = new Kysely<Tables>({ dialect: new Dialect({ pool }) });
  return { db, pool, url, close: () => db.destroy() };
}

const STATEMENT_MS = 10 * 60_000;
const CONNECT_MS = 10_000;

const MARK = '/* prepared */';

/**
 * Stands at the beginning of a statement that each connection plans once and then keeps: planning a large one takes
 * longer than running it. Only for statements whose text never differs, that name their columns (those of `*` may change
 * under a process that an upgrade has left running), and whose plan does not hang on the values.
 */
export const PREPARED = sql.raw(MARK);
/** How far into the statement the mark may stand: behind `select` where it is built. */
const MARK_WITHIN = 40;

/** A connection that keeps the plans of marked statements. */
class PreparingClient extends pg.Client {
  readonly #names = new Map<string, string>();

  // The types of its many forms cannot be told apart here; the calls that are not ours go through as they are.
  override query(...call: unknown[]): never {
    const [text, values, ...rest] = call;
    const name = typeof text === 'string' && Array.isArray(values) ? this.#nameOf(text) : null;
    const passed = name === null ? call : [{ name, text, values }, ...rest];
    return Reflect.apply(super.query, this, passed) as never;
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
