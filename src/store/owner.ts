import { randomInt } from 'node:crypto';
import type pg from 'pg';
import { SCHEMA_NUMBER } from './migrate.ts';
import { leaveVersion, showVersion } from './served-from.ts';
import { answers } from './steady-session.ts';

/** This process as the owner of claims: alive as long as its session holds the advisory lock. */
export interface Owner {
  /** @throws Error while the session is lost: nothing may be claimed that nobody could see to be ours */
  id(): number;
  release(): Promise<void>;
}

const RETRY_MS = 1_000;
/**
 * The session says nothing else for weeks, so that what lies between may forget it. The server then keeps the lock for
 * a minute, and others take what we had claimed: until then we have to know. A server that is slow is no reason.
 */
const LOOK_MS = 10_000;
const ANSWER_MS = 15_000;

interface Patience {
  readonly lookMs?: number;
  readonly answerMs?: number;
}

interface Session {
  readonly id: number;
  readonly client: pg.PoolClient;
}

/**
 * Takes a session advisory lock on a connection of its own; other processes test it to see that we are alive. A
 * lost session is replaced by a new one under another number: what the old one had claimed is taken back.
 */
export async function becomeOwner(pool: pg.Pool, patience: Patience = {}): Promise<Owner> {
  const { lookMs = LOOK_MS, answerMs = ANSWER_MS } = patience;
  let session: Session | null = null;
  let ended = false;
  let retry: NodeJS.Timeout | undefined;
  let looking = false;

  const lost = (client: pg.PoolClient) => {
    if (session?.client !== client) return;
    session = null;
    client.release(true);
    again();
  };
  const again = () => {
    if (ended) return;
    retry = setTimeout(() => {
      openSession(pool, lost).then(
        (opened) => {
          if (ended) opened.client.release(true);
          else session = opened;
        },
        () => again(),
      );
    }, RETRY_MS);
    retry.unref();
  };

  const look = async () => {
    const held = session;
    if (held === null || looking) return;
    looking = true;
    if (!(await answers(held.client, answerMs))) lost(held.client);
    looking = false;
  };

  session = await openSession(pool, lost);
  const looks = setInterval(look, lookMs).unref();
  return {
    id() {
      if (session === null) throw new Error('the database session that owns our claims is lost');
      return session.id;
    },
    async release() {
      ended = true;
      clearTimeout(retry);
      clearInterval(looks);
      const last = session;
      session = null;
      if (last === null) return;
      await last.client
        .query(`select pg_advisory_unlock(hashtext('rollcall owner'), $1)`, [last.id])
        .catch(() => undefined);
      await leaveVersion(last.client, SCHEMA_NUMBER).catch(() => undefined);
      last.client.release();
    },
  };
}

async function openSession(pool: pg.Pool, lost: (client: pg.PoolClient) => void): Promise<Session> {
  const client = await pool.connect();
  const id = randomInt(1, 2 ** 31 - 1);
  try {
    // A broken connection must not end the process: pg raises it here, with nobody waiting.
    client.on('error', () => lost(client));
    await client.query(`select pg_advisory_lock(hashtext('rollcall owner'), $1)`, [id]);
    await showVersion(client, SCHEMA_NUMBER);
  } catch (error) {
    client.release(true);
    throw error;
  }
  return { id, client };
}
