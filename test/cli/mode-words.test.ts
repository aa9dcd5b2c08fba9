import { expect, test } from '@jest/globals';
import { modeWords } from '../../src/cli/mode-words.ts';
import type { Mode } from '../../src/domain/ladder-facts.ts';

const words = (...modes: Mode[]) =>
  modeWords({ schools: modes.map((mode, index) => ({ id: `s${index + 1}`, mode })) as never });

test('one school, all schools, and some of them', () => {
  expect(words('live')).toEqual(['The school is live.']);
  expect(words('shadow', 'shadow')).toEqual(['All 2 schools are in shadow: nothing leaves.']);
  expect(words('shadow', 'live', 'shadow')).toEqual([
    '2 of 3 schools are in shadow: nothing leaves (s1, s3).',
    '1 of 3 schools is live (s2).',
  ]);
  expect(words('tasks', 'live')[0]).toBe(
    '1 of 2 schools is in tasks mode: tasks and digests leave, no letters and no referrals (s1).',
  );
});
