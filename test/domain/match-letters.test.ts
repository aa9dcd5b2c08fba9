import { expect, test } from '@jest/globals';
import { matchLetters } from '../../src/domain/match-letters.ts';
import { schoolDate } from '../../src/domain/school-date.ts';

const letter = (student: string, step: string, on: string) => ({ student, step, on: schoolDate(on) });

const lines = (ours: ReturnType<typeof letter>[], theirs: ReturnType<typeof letter>[]) =>
  matchLetters(ours, theirs).map((match) => {
    const { student, step } = match.ours ?? match.theirs;
    return `${student} ${step} ${match.kind}${match.kind === 'apart' ? ` ${match.days}` : ''}`;
  });

test('the same letter on one day, on two days, and on one side only', () => {
  expect(
    lines(
      [
        letter('ada', 'one', '2026-10-01'),
        letter('bob', 'one', '2026-10-05'),
        letter('eve', 'one', '2026-10-06'),
      ],
      [
        letter('ada', 'one', '2026-10-01'),
        letter('bob', 'one', '2026-10-02'),
        letter('ada', 'two', '2026-10-09'),
      ],
    ),
  ).toEqual(['ada one same-day', 'bob one apart 3', 'eve one only-ours', 'ada two only-theirs']);
});

test('ours comes sooner: the difference is negative', () => {
  expect(lines([letter('ada', 'one', '2026-10-01')], [letter('ada', 'one', '2026-10-03')])).toEqual([
    'ada one apart -2',
  ]);
});

test('a second round goes with the second letter of the list, whatever their order in it', () => {
  expect(
    lines(
      [letter('ada', 'one', '2027-02-01'), letter('ada', 'one', '2026-10-01')],
      [
        letter('ada', 'one', '2027-02-01'),
        letter('ada', 'one', '2026-10-01'),
        letter('ada', 'one', '2027-03-01'),
      ],
    ),
  ).toEqual(['ada one same-day', 'ada one same-day', 'ada one only-theirs']);
});

test('two empty lists have nothing to tell', () => {
  expect(lines([], [])).toEqual([]);
});
