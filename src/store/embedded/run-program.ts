import { spawn } from 'node:child_process';

/** An account of the operating system; `undefined` stands for the one that this process runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface ProgramRun {
  readonly account?: Account | undefined;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export type ProgramResult =
  | { readonly kind: 'ended'; readonly code: number; readonly output: string; readonly errors: string }
  /** It could not even be started; `code` is the system's, such as EACCES. */
  | { readonly kind: 'not-started'; readonly code: string };

const OUTPUT_LIMIT = 20_000;

/**
 * Runs a program to its end, without a shell and in a process group of its own: Ctrl-C in a terminal reaches
 * the whole group, and must not stop a server that another command uses.
 */
export function runProgram(
  file: string,
  args: readonly string[],
  run: ProgramRun = {},
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: run.cwd ?? '/',
      env: environment(run.env),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
      ...(run.account === undefined ? {} : { uid: run.account.uid, gid: run.account.gid }),
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_LIMIT);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-OUTPUT_LIMIT);
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: 'not-started', code: error.code ?? 'unknown' }),
    );
    child.on('close', (code) => resolve({ kind: 'ended', code: code ?? -1, output, errors }));
  });
}

/** PG* variables of the caller would change what the programs do, and a locale the words they answer in. */
function environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => /^(PATH|SYSTEMROOT|TEMP|TMP)$/i.test(name));
  const env: Record<string, string> = { LC_ALL: 'C', TZ: 'UTC', ...extra };
  for (const [name, value] of kept) if (value !== undefined) env[name] = value;
  return env;
}
