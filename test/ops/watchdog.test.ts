import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import type { StandStill } from '../support/stand-still.ts';

async function aProcess(told: StandStill) {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'test/support/stand-still.ts', JSON.stringify(told)],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  try {
    const said = text(child.stderr);
    const [code, signal] = await once(child, 'exit');
    return { code, signal, said: await said };
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

test('a process whose event loop stands still is ended, and says so', async () => {
  const { code, signal, said } = await aProcess({
    hangsAfterMs: 300,
    sliceMs: 50,
    standsStillMs: 1e9,
    times: 1,
  });
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
  expect(JSON.parse(said)).toMatchObject({ level: 'error', event: 'hangs-and-is-ended', milliseconds: 300 });
}, 30_000);

test('one that only works for long at a time goes on, and ends by itself', async () => {
  const end = await aProcess({ hangsAfterMs: 60_000, sliceMs: 20, standsStillMs: 150, times: 3 });
  expect(end).toEqual({ code: 0, signal: null, said: '' });
}, 30_000);
