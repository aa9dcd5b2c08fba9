import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface PostgresCommand {
  readonly answer: { readonly url?: string; readonly refused?: string };
  /** Ends it the ordinary way, which releases the server. */
  end(): Promise<void>;
  kill(): Promise<void>;
}

/** Runs another command on the data folder, if wanted as another account. */
export async function usePostgres(
  dataDir: string,
  account: { uid?: number; gid?: number } = {},
): Promise<PostgresCommand> {
  const script = fileURLToPath(new URL('./use-postgres.ts', import.meta.url));
  const tsx = fileURLToPath(new URL('../../node_modules/tsx/dist/esm/index.mjs', import.meta.url));
  const child = spawn(process.execPath, ['--import', tsx, script, dataDir], {
    ...account,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  return {
    answer: await firstLine(child),
    async end() {
      child.stdin.end();
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<PostgresCommand['answer']> {
  if (child.stdout === null) throw new Error('No output to read.');
  for await (const line of createInterface({ input: child.stdout }))
    return JSON.parse(line) as PostgresCommand['answer'];
  throw new Error('The command ended without a word.');
}
