import { stat } from 'node:fs/promises';
import path from 'node:path';
import { EmbeddedPostgresError, WAYS_OUT } from './errors.ts';
import { type Account, runProgram } from './run-program.ts';

/** PostgreSQL refuses to run as root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The account that root starts PostgreSQL as: `postgres` where the system has one, else `nobody`, which every
 * system has. None is made: adding accounts to a machine is for its administrator.
 */
export async function unprivilegedAccount(): Promise<Account> {
  for (const name of ['postgres', 'nobody']) {
    const uid = await idOf('-u', name);
    const gid = await idOf('-g', name);
    if (uid !== undefined && gid !== undefined && uid !== 0) return { uid, gid };
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and this system has neither an account "postgres" nor "nobody" to run it as. Start Rollcall as an ordinary user. ${WAYS_OUT}`,
  );
}

async function idOf(option: '-u' | '-g', name: string): Promise<number | undefined> {
  const result = await runProgram('id', [option, name]);
  const id = result.kind === 'ended' && result.code === 0 ? Number(result.output.trim()) : Number.NaN;
  return Number.isInteger(id) ? id : undefined;
}

/** Whether the account can come to the folder and write in it: asked by doing so, as modes do not tell all. */
export async function canWriteIn(folder: string, account: Account): Promise<boolean> {
  const result = await runProgram('/bin/sh', ['-c', 'cd "$1" && : > .probe && rm .probe', 'sh', folder], {
    account,
  });
  return result.kind === 'ended' && result.code === 0;
}

/** The first folder on the way that others may not pass through, to name it in a message. */
export async function closedFolder(folder: string): Promise<string> {
  const parts = path.resolve(folder).split(path.sep);
  for (let length = 2; length <= parts.length; length += 1) {
    const step = parts.slice(0, length).join(path.sep);
    if (((await stat(step)).mode & 0o001) === 0) return step;
  }
  return folder;
}
