import { Redis } from 'ioredis';
import { sql } from 'kysely';
import { QUEUE_SCHEMA } from '../../queue/connections.ts';
import type { Db } from '../../store/database.ts';

/** All of these resolve with whether it has happened: the server may be away just then by another mishap. */
export function cutConnections(db: Db): Promise<boolean> {
  return happens(
    sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name like 'rollcall%'`.execute(
      db,
    ),
  );
}

/** Ends the server in order, or as it ends when a process of it has crashed: whoever keeps it starts it again. */
export async function crashServer(db: Db, how: 'stopped' | 'died'): Promise<boolean> {
  const file = sql<{ pid: number }>`
    select split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int as pid`.execute(db);
  const pid = await file.then(
    ({ rows }) => rows[0]?.pid ?? 0,
    () => 0,
  );
  if (pid <= 1) return false;
  process.kill(pid, how === 'stopped' ? 'SIGINT' : 'SIGQUIT');
  return true;
}

/** The session whose lock makes a process the leader. */
export function endLeaderSession(db: Db): Promise<boolean> {
  return happens(
    sql`select pg_terminate_backend(pid) from pg_locks
      where locktype = 'advisory' and objsubid = 1
        and database = (select oid from pg_database where datname = current_database())
        and (classid::bigint << 32) | objid::bigint = hashtext('rollcall leads')::bigint`.execute(db),
  );
}

/** Everything that lies in the queue, waiting or under way. */
export async function loseQueue(servers: {
  readonly db: Db;
  readonly redisUrl: string | null;
}): Promise<boolean> {
  if (servers.redisUrl !== null) return happens(loseRedisQueue(servers.redisUrl));
  return happens(
    servers.db.transaction().execute(async (tx) => {
      await sql`set local lock_timeout = '3s'`.execute(tx);
      await sql`truncate ${sql.id(QUEUE_SCHEMA, 'job')} cascade`.execute(tx);
    }),
  );
}

/** Only our own keys: the server may be another's, too. */
async function loseRedisQueue(url: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    for await (const keys of redis.scanStream({ match: 'rollcall:*' })) {
      if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]));
    }
  } finally {
    redis.disconnect();
  }
}

async function happens(act: Promise<unknown>): Promise<boolean> {
  return act.then(
    () => true,
    () => false,
  );
}
