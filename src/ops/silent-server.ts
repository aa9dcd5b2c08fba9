import type { Socket } from 'node:net';
import pg from 'pg';

/** So long an idle connection waits before it asks whether the other end is still there. */
export const KEEP_ALIVE_MS = 10_000;

/**
 * Ends a connection of the pool whose server owes the answer to a statement and has said nothing for `ms`: behind a
 * firewall that forgot it, or in front of a server that hangs, it would be waited for without end. The statement fails,
 * as with any other connection that is lost.
 * @param ms longer than any statement may take
 */
export function endSilentConnections(pool: pg.Pool, ms: number): void {
  pool.on('connect', (client) => {
    const inside = client as unknown as { connection: { stream: Socket }; _activeQuery: unknown };
    const { stream } = inside.connection;
    stream.setTimeout(ms, () => {
      // A COPY that waits for our rows is none of these.
      if (inside._activeQuery instanceof pg.Query) stream.destroy(new SilentServerError());
    });
  });
}

class SilentServerError extends Error {
  override readonly name = 'SilentServerError';
  readonly code = 'ETIMEDOUT';

  constructor() {
    super('PostgreSQL did not answer in time.');
  }
}
