import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { findBinaries, program } from '../../src/store/embedded/binaries.ts';

/** What figures depend on, as rows of a table. */
export interface Machine {
  readonly rows: readonly (readonly [what: string, found: string])[];
}

const SYNCS = 50;

export async function describeMachine(): Promise<Machine> {
  const [first] = cpus();
  const load = loadavg()[0] ?? 0;
  const cores = availableParallelism();
  const postgres = program(await findBinaries(undefined, '/tmp/rollcall-bench-binaries'), 'pg_ctl');
  const busy =
    load > cores / 2 ? ', of others too: figures by the clock are worse than on a machine of its own' : '';
  return {
    rows: [
      ['Date', new Date().toISOString().slice(0, 16).replace('T', ' ').concat(' UTC')],
      ['Commit', firstLine('git', ['describe', '--always', '--dirty'])],
      ['Processor', `${first?.model ?? 'unknown'}, ${cores} cores`],
      ['Memory', `${(totalmem() / 1024 ** 3).toFixed(1)} GB`],
      ['Disk', `${syncMs().toFixed(2)} ms for a write of 8 kB that waits for it (fsync, middle of ${SYNCS})`],
      ['Load before it', `${load.toFixed(1)}${busy}`],
      ['System', `${platform()} ${release()}, ${arch()}`],
      ['Node', process.version],
      ['PostgreSQL', firstLine(postgres, ['--version']).replace(/^pg_ctl \(PostgreSQL\) /, '')],
      ['Redis', (firstLine('redis-server', ['--version']).match(/v=([\d.]+)/) ?? [])[1] ?? 'not installed'],
    ],
  };
}

/** Where the benches keep their databases. */
function syncMs(): number {
  const folder = mkdtempSync('/tmp/rollcall-bench-');
  const file = openSync(join(folder, 'sync'), 'w');
  const page = Buffer.alloc(8_192, 'x');
  const times: number[] = [];
  try {
    for (let time = 0; time < SYNCS; time += 1) {
      const began = performance.now();
      writeSync(file, page);
      fsyncSync(file);
      times.push(performance.now() - began);
    }
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
  return times.sort((a, b) => a - b)[SYNCS / 2] ?? 0;
}

function firstLine(command: string, args: readonly string[]): string {
  try {
    const said = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return said.split('\n')[0]?.trim() || 'unknown';
  } catch {
    return 'not found';
  }
}
