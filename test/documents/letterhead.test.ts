import { expect, test } from '@jest/globals';
import { renderLetter } from '../../src/documents/letter.ts';
import { WINDOW } from '../../src/documents/letter-pdf.ts';
import { loadTemplates } from '../../src/documents/template.ts';
import type { Picture } from '../../src/domain/picture.ts';
import { aLetter } from '../support/letters.ts';
import { altTexts, readPdf } from '../support/pdf.ts';
import { aPng } from '../support/pictures.ts';

const picture = (width: number, height: number, alt: string): Picture => ({
  bytes: aPng(width, height),
  width,
  height,
  alt,
});

test('logo and signature are figures that a screen reader names, and leave the window alone', async () => {
  const templates = await loadTemplates('templates');
  const pictures = {
    logo: picture(900, 900, 'Riverbend District: a river'),
    signature: picture(800, 200, 'Signature of Dana Ruiz'),
  };
  const letter = await renderLetter(templates, aLetter({ pictures }));
  if (letter.kind !== 'rendered') throw new Error(letter.kind);
  const pdf = await readPdf(letter.pdf);
  const plain = await renderLetter(templates, aLetter());
  const without = await readPdf(plain.kind === 'rendered' ? plain.pdf : Buffer.alloc(0));
  const figures = (roles: readonly string[] | undefined) => roles?.filter((role) => role === 'Figure').length;
  expect(figures(pdf.pages[0]?.roles)).toBe((figures(without.pages[0]?.roles) ?? 0) + 2);
  expect(await altTexts(letter.pdf)).toEqual(
    expect.arrayContaining(['Riverbend District: a river', 'Signature of Dana Ruiz']),
  );
  const inWindow = pdf.pages[0]?.texts.filter(({ top }) => top > WINDOW.y && top < WINDOW.y + WINDOW.height);
  expect(inWindow?.map(({ text }) => text)).toContain('Riverbend, CO 80001');
  const topOf = (read: typeof pdf, text: string) =>
    read.pages[0]?.texts.find((one) => one.text === text)?.top ?? 0;
  expect(topOf(pdf, 'Cottonwood Elementary')).toBe(topOf(without, 'Cottonwood Elementary'));
  expect(topOf(pdf, 'Dana Ruiz') - topOf(without, 'Dana Ruiz')).toBeCloseTo(42, 0);
});
