import { expect, test } from '@jest/globals';
import { icsFileWords } from '../../src/cli/ics-file-words.ts';

test.each([
  [{ used: 12, timed: 0, other: 0 }, 'calendar.ics: 12 events used'],
  [{ used: 1, timed: 2, other: 0 }, 'calendar.ics: 1 event used, passed over 2 with a time of day'],
  [
    { used: 0, timed: 1, other: 30 },
    'calendar.ics: 0 events used, passed over 1 with a time of day and 30 with none of the words of icsWords',
  ],
])('%j is told as a line', (events, words) => {
  expect(icsFileWords('calendar.ics', events)).toBe(words);
});
