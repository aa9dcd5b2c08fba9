import { stripVTControlCharacters } from 'node:util';
import { fail } from '../../src/cli/output.ts';
import { createProgram } from '../../src/cli/program.ts';

export interface CommandResult {
  readonly code: number;
  /** What was printed, and what was said beside it. */
  readonly out: string;
  readonly err: string;
}

/** Runs one command as the shell would, with an environment of its own, and gives back what a person would see. */
export async function runRollcall(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const environment = { ...process.env };
  const write = { out: process.stdout.write, err: process.stderr.write };
  const said = { out: '', err: '' };
  const keep = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
    // Some environments ask for colours.
    said[stream] += stripVTControlCharacters(String(text));
    return true;
  };
  process.stdout.write = keep('out');
  process.stderr.write = keep('err');
  Object.assign(process.env, env);
  process.exitCode = undefined;
  try {
    await createProgram(args)
      .then((program) => program.parseAsync(args, { from: 'user' }))
      .catch(fail);
    return { code: Number(process.exitCode ?? 0), ...said };
  } finally {
    process.exitCode = undefined;
    process.stdout.write = write.out;
    process.stderr.write = write.err;
    process.env = environment;
  }
}
