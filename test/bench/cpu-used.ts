import { readdirSync, readFileSync } from 'node:fs';

/** Of a clock tick of /proc, as Linux shows it everywhere. */
const TICK_MS = 10;

/**
 * Processor time of a PostgreSQL server by its system's own books: the server, its processes, and those that have ended.
 * @param backend the process of any connection to it
 * @returns milliseconds; null: this system keeps no such books, or the server runs elsewhere
 */
export function databaseCpuMs(backend: number): number | null {
  const server = statOf(backend)?.parent;
  const own = server === undefined ? null : statOf(server);
  if (server === undefined || own === null) return null;
  let ticks = own.ticks + own.ticksOfEnded;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(Number(name));
    if (stat?.parent === server) ticks += stat.ticks;
  }
  return ticks * TICK_MS;
}

/** Processor time of one process, in milliseconds. @returns null: this system keeps no such books */
export function cpuMsOf(pid: number): number | null {
  const ticks = statOf(pid)?.ticks;
  return ticks === undefined ? null : ticks * TICK_MS;
}

/** Memory that a process holds now, in MB. @returns null: this system does not say */
export function residentMbOf(pid: number): number | null {
  try {
    const [, kilobytes] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) / 1_024;
  } catch {
    return null;
  }
}

interface Stat {
  readonly parent: number;
  readonly ticks: number;
  readonly ticksOfEnded: number;
}

/** See proc_pid_stat(5). */
function statOf(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const number = (place: number) => Number(fields[place - 3]);
    return {
      parent: number(4),
      ticks: number(14) + number(15),
      ticksOfEnded: number(16) + number(17),
    };
  } catch {
    return null;
  }
}
