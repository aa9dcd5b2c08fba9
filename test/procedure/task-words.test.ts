import { expect, test } from '@jest/globals';
import { gapInWords, taskInWords } from '../../src/procedure/task-words.ts';

const gaps = ['contract-not-signed', 'document-not-bound', 'not-released'];

test('on a page neither a held letter nor a gap asks for a command', () => {
  for (const pages of [true, false]) {
    const held = taskInWords({ kind: 'letter-held', detail: null, gaps: [] }, { pages }).ask;
    const missing = taskInWords({ kind: 'fix-referral-gaps', detail: null, gaps }, { pages }).ask;
    expect([pages, held.includes('`rollcall'), missing.includes('`rollcall')]).toEqual([
      pages,
      !pages,
      !pages,
    ]);
  }
  expect(gaps.map((gap) => gapInWords(gap, { pages: true }))).toEqual([
    'the violated contract has no signature on record',
    'a document of the file cannot be bound into the packet',
    'nobody has released it yet',
  ]);
});

test('weeks after a letter nobody reads that it is on its way', () => {
  for (const kind of ['consider-meeting', 'schedule-meeting'])
    expect(taskInWords({ kind, detail: null, gaps: [] }).ask).not.toContain('on its way');
});
