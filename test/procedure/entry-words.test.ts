import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { entryInWords } from '../../src/procedure/entry-words.ts';

const steps = new Map([
  ['first-letter', 'First Letter'],
  ['referral', 'Attendance file to the truancy officer'],
]);

test.each([
  ['Contact: left-message', 'Contact: Left a message'],
  ['Task contact-family: note-promised', 'Contact the family: note promised'],
  [
    'Task contact-family put off until 2026-09-24 by A. Silva',
    'Contact the family: put off until September 24, 2026 by A. Silva',
  ],
  [
    'Approval T-7F3K-2Q9M of first-letter given by Dana Ruiz',
    'Approval T-7F3K-2Q9M of First Letter given by Dana Ruiz',
  ],
  [
    'first-letter is superseded: a correction brought the count below',
    'First Letter is superseded: a correction brought the count below',
  ],
  [
    'referral stands again: the contract is violated',
    'Attendance file to the truancy officer stands again: the contract is violated',
  ],
  ['Letter L-7F3K-2Q9M (first-letter) e-mailed', 'Letter L-7F3K-2Q9M (First Letter) e-mailed'],
  [
    'Letter L-7F3K-2Q9M (first-letter) came back: it could not be delivered (5.1.1)',
    'Letter L-7F3K-2Q9M (First Letter) came back: it could not be delivered (5.1.1)',
  ],
  [
    'Letter (first-letter) of 2026-09-01 was recorded by mistake; taken back by Sam Ortiz',
    'Letter (First Letter) of September 1, 2026 was recorded by mistake; taken back by Sam Ortiz',
  ],
  [
    'Reply received to letter L-7F3K-2Q9M (first-letter)',
    'Reply received to letter L-7F3K-2Q9M (First Letter)',
  ],
  [
    'No meeting needed (first-letter), decided by Dana Ruiz',
    'No meeting needed (First Letter), decided by Dana Ruiz',
  ],
  [
    'Medical notes are asked for from now on (first-letter)',
    'Medical notes are asked for from now on (First Letter)',
  ],
  // Of a policy that is no longer in force.
  ['Letter L-7F3K-2Q9M (second-notice) posted', 'Letter L-7F3K-2Q9M (second notice) posted'],
  // What people write is theirs.
  [
    'Hold H-7F3K-2Q9M placed by Ann (first-letter) Lee: family, stops letters',
    'Hold H-7F3K-2Q9M placed by Ann (first-letter) Lee: family, stops letters',
  ],
])('%s', (title, words) => {
  expect(entryInWords(title, steps)).toBe(words);
});

test('no line that is filed shows the id of a step or of a task', () => {
  const lines = filedLines();
  expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) {
    const words = entryInWords(line, steps);
    expect({ line, shown: /first-letter|contact-family/.exec(words)?.[0] ?? null }).toEqual({
      line,
      shown: null,
    });
  }
});

/** Titles in the code that name a step or a kind of task, filled in. */
function filedLines(): string[] {
  const folder = 'src/procedure';
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .filter((code) => /\b(addToFile|noteInOpenFiles)\(/.test(code))
    .flatMap((code) => [...code.matchAll(/`([^`\n]*\$\{[^`\n]*)`/g)].map(([, text = '']) => text))
    .filter((text) => /^[A-Z]|^\$\{atStep\.step\}/.test(text) && /\$\{(\w+\.)?(step|kind)\}/.test(text))
    .map((text) =>
      text
        .replace(/\$\{(\w+\.)?step\}/g, 'first-letter')
        .replace(/\$\{task\.kind\}/g, 'contact-family')
        .replace(/\$\{\w*[rR]ef\}|\$\{\w+\.ref\}/g, 'L-7F3K-2Q9M')
        .replace(/\$\{(?:[^{}']|'([^']*)')*?'([^']*)'(?:[^{}']|'[^']*')*\}/g, '$2')
        .replace(/\$\{[^}]*\}/g, '2026-09-24'),
    );
}
