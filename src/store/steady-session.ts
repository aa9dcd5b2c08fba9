import type pg from 'pg';

/**
 * How the server notices that we are gone without a word, as when a machine loses power: after a minute of silence, and
 * not after the two hours of the system. Until then it keeps our locks, and nobody leads or reads the SIS. A process
 * that stands still is not gone: what it has not read yet may wait for a minute and a half.
 */
const WATCHED = [
  'tcp_keepalives_idle=30',
  'tcp_keepalives_interval=10',
  'tcp_keepalives_count=3',
  'tcp_user_timeout=90000',
];

/** Added to the address, because options in an address replace those given beside it; its own come last and count. */
export function steadyUrl(connectionString: string): string {
  const url = new URL(connectionString);
  const ours = WATCHED.map((setting) => `-c ${setting}`).join(' ');
  const theirs = url.searchParams.get('options');
  url.searchParams.set('options', theirs === null ? ours : `${ours} ${theirs}`);
  return url.href;
}

/** A session that does not answer for this long may have lost its locks, and another process may have them. */
const ANSWER_MS = 5_000;
/** Who has stood still finds the time over first, and then the answer that has come meanwhile. */
const HEARING_MS = 200;

/**
 * Whether the other side of a session is still there: what swallows bytes on the way, as a firewall does that has
 * forgotten a connection, is noticed by nothing else. One that does not answer has to be dropped.
 */
export async function answers(client: pg.ClientBase, patienceMs = ANSWER_MS): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      timer = setTimeout(() => resolve(false), HEARING_MS);
    }, patienceMs);
  });
  try {
    return await Promise.race([client.query('select 1').then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
