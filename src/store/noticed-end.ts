import type pg from 'pg';

/**
 * Lets PostgreSQL find out within a minute that the machine at the other end of a session is gone, and with it give free
 * what the session holds. Its own patience is two hours. Where the session is none of TCP, nothing needs to be found out.
 */
export async function noticeItsEnd(client: pg.PoolClient): Promise<void> {
  await client.query(
    'set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3',
  );
}
