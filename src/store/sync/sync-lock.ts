import type pg from 'pg';

/** One sync at a time: an older read must not come into force over a newer one. Held by one connection. */
export interface SyncLock {
  readonly client: pg.ClientBase;
  /** Whether the connection, and with it the lock, is still there. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

const KEY = "hashtext('rollcall reads the SIS')";

/** @returns null while another process or command reads the SIS or releases a run */
export async function takeSyncLock(pool: pg.Pool): Promise<SyncLock | null> {
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
      if (broken) return false;
      try {
        await client.query('select 1');
        return true;
      } catch {
        return false;
      }
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
