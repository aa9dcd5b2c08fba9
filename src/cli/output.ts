import Table from 'cli-table3';
import { CommanderError } from 'commander';
import pc from 'picocolors';
import { isInterrupted } from './stop-signal.ts';

const WRONG_CALL = 2;

/** Exit codes: 1 = something went wrong, 2 = the call was wrong, 78 = the configuration is wrong (sysexits). */
export function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    // Help and version were asked for, or commander has said already what is wrong with the call.
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_CALL;
    return;
  }
  if (isInterrupted()) return;
  process.exitCode = exitCodeOf(error);
  if (!(error instanceof Error)) {
    process.stderr.write(`${pc.red('error:')} ${String(error)}\n`);
    return;
  }
  process.stderr.write(`${pc.red('error:')} ${error.message}\n`);
  const known = error.name !== 'Error' && error.name !== 'TypeError';
  if (!known && error.stack !== undefined) {
    process.stderr.write(pc.dim(`${error.stack.split('\n').slice(1, 6).join('\n')}\n`));
  }
}

function exitCodeOf(error: unknown): number {
  const code = error instanceof Error && 'exitCode' in error ? error.exitCode : 1;
  return typeof code === 'number' ? code : 1;
}

/** A person asked for something that is not there, or asked wrongly. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode = WRONG_CALL;
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function print(text = ''): void {
  process.stdout.write(`${text}\n`);
}

export function heading(text: string): void {
  print(`\n${pc.bold(text)}`);
}

/** A plain table without lines; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const made = new Table({
    head: head.map((cell) => pc.dim(cell)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
    colAligns: head.map((_, column) =>
      rows.every((row) => typeof row[column] === 'number') ? 'right' : 'left',
    ),
  });
  for (const row of rows) made.push(row.map(String));
  return made
    .toString()
    .split('\n')
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n');
}

/** One line on standard error that is drawn over itself; in a log it is written only now and then. */
export interface Progress {
  update(text: string): void;
  done(text: string): void;
}

const QUIET_MS = 5_000;

export function progress(): Progress {
  const terminal = process.stderr.isTTY === true;
  let lastWritten = 0;
  const clear = () => {
    if (terminal) process.stderr.write('\r\x1b[2K');
  };
  return {
    update(text) {
      if (terminal) {
        process.stderr.write(`\r\x1b[2K${pc.dim(text.slice(0, (process.stderr.columns ?? 80) - 1))}`);
      } else if (performance.now() - lastWritten > QUIET_MS) {
        lastWritten = performance.now();
        process.stderr.write(`${text}\n`);
      }
    },
    done(text) {
      clear();
      process.stderr.write(`${text}\n`);
    },
  };
}
