import { randomInt } from 'node:crypto';
import type pg from 'pg';

/** This process as the owner of claims: alive as long as its session holds the advisory lock. */
export interface Owner {
  readonly id: number;
  release(): Promise<void>;
}

/** Takes a session advisory lock on a connection of its own; other processes test it to see that we are alive. */
export async function becomeOwner(pool: pg.Pool): Promise<Owner> {
  const client = await pool.connect();
  const id = randomInt(1, 2 ** 31 - 1);
  await client.query(`select pg_advisory_lock(hashtext('rollcall owner'), $1)`, [id]);
  return {
    id,
    async release() {
      await client
        .query(`select pg_advisory_unlock(hashtext('rollcall owner'), $1)`, [id])
        .catch(() => undefined);
      client.release();
    },
  };
}
