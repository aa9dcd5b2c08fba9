import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { chmod, mkdtemp, rm, statfs, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SmallDisk {
  readonly folder: string;
  /** Takes what is left, but for so many bytes. */
  fill(leave?: number): Promise<void>;
  makeRoom(): Promise<void>;
  remove(): Promise<void>;
}

const mountTo = (folder: string, megabytes: number) => [
  ...['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0711`],
  ...['tmpfs', folder],
];

/** Whether this account may mount a disk: a privilege, which not every machine for tests has. Without it they say so. */
export function mayMountDisks(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-disk-'));
  const may = spawnSync('mount', mountTo(folder, 1)).status === 0;
  if (may) spawnSync('umount', ['-l', folder]);
  else process.stderr.write('Left out: tests on a full disk, because this account may not mount one.\n');
  rmdirSync(folder);
  return may;
}

/** A disk of a few megabytes, in memory, that other accounts get into. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-disk-'));
  await run('mount', mountTo(folder, megabytes));
  await chmod(folder, 0o711);
  const filler = join(folder, 'filler');
  return {
    folder,
    async fill(leave = 0) {
      const { bavail, bsize } = await statfs(folder);
      await writeFile(filler, Buffer.alloc(bavail * bsize));
      await truncate(filler, bavail * bsize - leave);
    },
    makeRoom: () => rm(filler),
    async remove() {
      await run('umount', ['-l', folder]);
      await rm(folder, { recursive: true });
    },
  };
}
