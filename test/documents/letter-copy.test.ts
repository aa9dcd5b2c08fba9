import { expect, test } from '@jest/globals';
import { renderLetter } from '../../src/documents/letter.ts';
import { copyMail, stampCopy } from '../../src/documents/letter-copy.ts';
import { loadTemplates } from '../../src/documents/template.ts';
import { aLetter, datesOf } from '../support/letters.ts';
import { readPdf } from '../support/pdf.ts';

const created = new Date('2026-10-06T14:00:00Z');
const about = { ref: 'L-7F3K-2Q9M', district: 'Riverbend District', language: 'en' };

test.each([
  ['canary', /COPY for the office: NOT SENT\. Do not post or pass on\./],
  ['sample', /COPY of a letter that has left\. Do not post or pass on\./],
] as const)('each page of a copy (%s) says above the letter what it is', async (as, stamp) => {
  const letter = await renderLetter(await loadTemplates('templates'), aLetter({ dates: datesOf(30) }));
  if (letter.kind !== 'rendered') throw new Error(`not rendered: ${letter.kind}`);
  const pdf = await stampCopy(as, { ...about, pdf: letter.pdf }, created);
  const { pages, title, tagged } = await readPdf(pdf);
  expect({ title, tagged }).toEqual({ title: 'Copy of letter L-7F3K-2Q9M', tagged: true });
  expect(pages).toHaveLength(letter.pages);
  for (const { texts } of pages) {
    const first = texts.filter(({ bottom }) => bottom < 40);
    expect(first.map(({ text }) => text).join('')).toMatch(stamp);
  }
  expect((await stampCopy(as, { ...about, pdf: letter.pdf }, created)).equals(pdf)).toBe(true);
});

test.each(['canary', 'sample'] as const)('the mail with a copy (%s) names nobody in its subject', (as) => {
  const mail = copyMail(
    as,
    { ref: about.ref, step: 'first-letter', template: 'first-letter.en v1 (0a0a0a0a)', batch: 'B-7F3K-2Q9M' },
    { district: about.district, reference: 'M-7F3K-2Q9M' },
  );
  expect(mail.subject).toMatch(/^COPY.*L-7F3K-2Q9M/);
  expect(mail.text.replace(/\s+/g, ' ').includes('rollcall batches approve B-7F3K-2Q9M')).toBe(
    as === 'canary',
  );
  expect(mail.text.includes('has left')).toBe(as === 'sample');
});
