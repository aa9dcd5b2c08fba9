import type pg from 'pg';
import { type Accident, type Hand, handAtWork } from './hand.ts';

/**
 * From here on each job whose statements go through the pool can stand still before it gets a connection, which is
 * between two transactions, and has its accidents.
 * @param endSession ends a session of the server, and resolves when it is gone
 */
export function watchPool(pool: pg.Pool, endSession: (pid: number) => Promise<void>): void {
  const connect = pool.connect.bind(pool);
  pool.connect = ((callback?: never) => {
    const hand = handAtWork();
    if (callback !== undefined) return connect(callback);
    return hand === undefined ? connect() : hand.stand().then(() => connect());
  }) as typeof pool.connect;
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...call: unknown[]) => Promise<unknown>;
    const pid = (client as unknown as { readonly processID: number }).processID;
    client.query = ((...call: unknown[]) => {
      const hand = handAtWork();
      const [text] = call;
      // A stream of rows, or a call whose answer goes elsewhere, is not one statement of the job.
      if (hand === undefined || typeof text !== 'string') return query(...call);
      const accident = hand.meets(text);
      if (accident === null) return query(...call);
      return happen(accident, hand, {
        query,
        send: () => query(...call),
        end: () => endSession(pid),
        release: () => (client as pg.PoolClient).release(true),
      });
    }) as typeof client.query;
  });
}

interface Line {
  readonly send: () => Promise<unknown>;
  readonly query: (statement: string) => Promise<unknown>;
  readonly end: () => Promise<void>;
  readonly release: () => void;
}

async function happen({ how, dies }: Accident, hand: Hand, line: Line): Promise<unknown> {
  if (how === 'refused' && !dies) return line.query('select 1 / 0');
  if (how === 'unheard') await line.send();
  await line.end();
  if (!dies) return line.query('select 1');
  // Others of the process have to come to their own end, and need connections for it.
  line.release();
  hand.die();
  return new Promise(() => {});
}
