import { sql } from 'kysely';
import type pg from 'pg';
import type { Db } from './database.ts';
import { answers } from './steady-session.ts';

/** One process at a time leads: it wakes the schedule. */
export interface Leader {
  /** Whether this process leads now; asks for it where nobody does. Never throws: who cannot ask does not lead. */
  leads(): Promise<boolean>;
  /** As it was at the last question. */
  led(): boolean;
  release(): Promise<void>;
}

const KEY = `hashtext('rollcall leads')`;

/**
 * Leads by an advisory lock on a session of its own: a lost connection is lost leadership, since PostgreSQL gives the
 * lock to whoever asks next. Two who lead for a moment do no harm: each slot is taken by one of them.
 */
export function standForLeader(pool: pg.Pool, changed: (leads: boolean) => void = () => undefined): Leader {
  let session: pg.PoolClient | null = null;
  let asking: Promise<boolean> | null = null;
  let ended = false;

  const drop = (client: pg.PoolClient) => {
    if (session !== client) return;
    session = null;
    client.release(true);
    changed(false);
  };

  async function ask(): Promise<boolean> {
    const held = session;
    if (held !== null) {
      if (await answers(held)) return session === held;
      drop(held);
      return false;
    }
    const client = await pool.connect();
    // A broken connection must not end the process: pg raises it here, with nobody waiting.
    const onError = () => drop(client);
    client.on('error', onError);
    const letGo = (destroy: boolean) => {
      client.off('error', onError);
      client.release(destroy);
    };
    try {
      const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${KEY}) as taken`);
      if (rows[0]?.taken !== true || ended) {
        letGo(rows[0]?.taken === true);
        return false;
      }
    } catch (error) {
      letGo(true);
      throw error;
    }
    session = client;
    changed(true);
    return true;
  }

  return {
    leads() {
      if (ended) return Promise.resolve(false);
      asking ??= ask()
        .catch(() => false)
        .finally(() => {
          asking = null;
        });
      return asking;
    },
    led: () => session !== null,
    async release() {
      ended = true;
      await asking;
      const last = session;
      session = null;
      // Closing the connection gives the lock back at once.
      last?.release(true);
    },
  };
}

/** Whether any process leads now: asked of the lock itself, since a process says so of itself only now and then. */
export async function isLed(db: Db): Promise<boolean> {
  const key = sql.raw(`${KEY}::bigint`);
  const { rows } = await sql<{ led: boolean }>`
    select exists (
      select from pg_locks where locktype = 'advisory' and granted and objsubid = 1
        and database = (select oid from pg_database where datname = current_database())
        and classid = ((${key} >> 32) & 4294967295)::oid and objid = (${key} & 4294967295)::oid) as led`.execute(
    db,
  );
  return rows[0]?.led === true;
}
