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

test('a task about a letter says in words why it waits', () => {
  const detail = 'L-7F3K-2Q9M: missing-glyph';
  for (const pages of [true, false])
    expect(taskInWords({ kind: 'letter-held', detail, gaps: [] }, { pages }).ask).toMatch(
      / \(L-7F3K-2Q9M: a name or an address has a character that cannot be printed\)$/,
    );
  expect(taskInWords({ kind: 'fix-address', detail: 'rcpt-550', gaps: [] }).ask).toMatch(
    / \(the mail server answered 550\)$/,
  );
});

test('weeks after a letter nobody reads that it is on its way', () => {
  for (const kind of ['consider-meeting', 'schedule-meeting'])
    expect(taskInWords({ kind, detail: null, gaps: [] }).ask).not.toContain('on its way');
});
