import { readFile } from 'node:fs/promises';
import { hasCode } from './errors.ts';
import { runProgram } from './run-program.ts';

/** Whether a process with this number exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/**
 * Tells a process from a later one that got the same number: when it was started, in the system's own words.
 * `unknown` where the system does not say.
 */
export async function startedAt(pid: number): Promise<string> {
  if (process.platform === 'win32') return 'unknown';
  if (process.platform !== 'linux') return (await ps(pid, 'lstart=')) ?? 'unknown';
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    // proc(5): field 22 is the start time; the name in field 2 may itself hold blanks and brackets.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${boot.trim()} ${ticks}`;
  } catch {
    return 'unknown';
  }
}

/** The command line of a running process, `undefined` where the system does not say. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  if (process.platform !== 'linux') return ps(pid, 'args=');
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
  } catch {
    return undefined;
  }
}

async function ps(pid: number, column: string): Promise<string | undefined> {
  const result = await runProgram('ps', ['-ww', '-o', column, '-p', `${pid}`]);
  if (result.kind !== 'ended' || result.code !== 0) return undefined;
  return result.output.trim() || undefined;
}
