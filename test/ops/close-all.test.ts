import { expect, test } from '@jest/globals';
import { closeAll } from '../../src/ops/close-all.ts';

test('each closer is tried in order, and the first error told at the end', async () => {
  const tried: string[] = [];
  const closer = (name: string, fails: boolean) => async () => {
    tried.push(name);
    if (fails) throw new Error(name);
  };
  await expect(
    closeAll([closer('mail', false), closer('queue', true), closer('pool', true), closer('server', false)]),
  ).rejects.toThrow('queue');
  expect(tried).toEqual(['mail', 'queue', 'pool', 'server']);
  await expect(closeAll([])).resolves.toBeUndefined();
});
