import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { withLock } from '../../src/store/embedded/lock-file.ts';

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rollcall-lock-'));
  lock = path.join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const GONE = 2 ** 22 + 1;

describe('a lock', () => {
  test.each([
    ['none', undefined],
    ['one whose process is gone', { pid: GONE, started: 'then' }],
    ['one whose process number belongs to another process now', { pid: process.pid, started: 'then' }],
  ])('lets one in at a time after %s', async (_, left) => {
    if (left !== undefined) await writeFile(lock, JSON.stringify(left));
    let inside = 0;
    let most = 0;
    const enter = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(lock, enter)));
    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test('of a process that crashed while it wrote it is taken over', async () => {
    await writeFile(lock, '');
    expect(await withLock(lock, async () => 'in')).toBe('in');
  });

  test('is given back when the action fails', async () => {
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(folder)).toEqual([]);
  });
});
