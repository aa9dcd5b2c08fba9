import type pg from 'pg';
import { answers } from '../steady-session.ts';

/** One sync at a time: an older read must not come into force over a newer one. Held by one connection. */
export interface SyncLock {
  readonly client: pg.ClientBase;
  /** Whether the connection, and with it the lock, is still there. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

const KEY = "hashtext('rollcall reads the SIS')";

/**
 * @param answerMs how long its session may take to answer; not set: as long as usual
 * @returns null while another process or command reads the SIS or releases a run
 */
export async function takeSyncLock(pool: pg.Pool, answerMs?: number): Promise<SyncLock | null> {
  const client = await pool.connect();
  let broken = false;
  // A connection that breaks between two pages is told by the next copy; without a listener it would end the process.
  const onError = () => {
    broken = true;
  };
  client.on('error', onError);
  const letGo = (destroy: boolean) => {
    client.off('error', onError);
    client.release(destroy);
  };
  try {
    const taken = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${KEY}) as taken`);
    if (taken.rows[0]?.taken !== true) {
      letGo(false);
      return null;
    }
  } catch (error) {
    letGo(true);
    throw error;
  }
  return {
    client,
    async isHeld() {
      // Once silent, it is not asked to give the lock back either.
      broken ||= !(await answers(client, answerMs));
      return !broken;
    },
    async release() {
      try {
        if (!broken) await client.query(`select pg_advisory_unlock(${KEY})`);
        letGo(broken);
      } catch {
        letGo(true);
      }
    },
  };
}
