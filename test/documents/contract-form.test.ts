import { expect, test } from '@jest/globals';
import { type ContractFormFacts, renderContractForm } from '../../src/documents/contract-form.ts';
import { loadTemplates } from '../../src/documents/template.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { aLetter } from '../support/letters.ts';
import { readPdf } from '../support/pdf.ts';
import { reviewedTemplates } from '../support/reviewed-templates.ts';

function aForm(changes: Partial<ContractFormFacts> = {}): ContractFormFacts {
  return {
    ...aLetter({ reference: 'C-7F3K-2Q9M' }),
    guardians: ['Nguyễn Thị Minh', 'Zoë Brontë'],
    begins: schoolDate('2026-10-12'),
    ends: schoolDate('2026-12-18'),
    allowedDays: '2',
    unexcusedOnly: false,
    graceDays: 3,
    exceptCodes: [],
    ...changes,
  };
}

async function textOf(facts: ContractFormFacts, from = loadTemplates('templates')) {
  const form = await renderContractForm(await from, facts);
  if (form.kind !== 'rendered') throw new Error(form.kind);
  return { ...(await readPdf(form.pdf)), languages: form.languages };
}

test('a contract form has its terms, a line for each who signs, and is one tagged page', async () => {
  const form = await textOf(aForm());
  for (const part of [
    "For Łukasz O'Brien-Sánchez",
    'Cottonwood Elementary, school year 2026–27. Reference C-7F3K-2Q9M.',
    'October 12, 2026 to December 18, 2026',
    'At most 2 days may be missed',
    'after a missed day: 3 school days.',
    'Parent or guardian: Nguyễn Thị Minh',
    'Parent or guardian: Zoë Brontë',
    "Student: Łukasz O'Brien-Sánchez",
    'For the school: Dana Ruiz, Principal',
  ])
    expect(form.text.replace(/\s+/g, ' ')).toContain(part);
  expect(form.text).not.toContain('these codes do not count');
  expect(form.pages).toHaveLength(1);
  expect(form.tagged).toBe(true);
  expect(form.title).toBe('Attendance contract');
});

test.each<[Partial<ContractFormFacts>, string]>([
  [{ allowedDays: '1', unexcusedOnly: true }, 'At most 1 unexcused day may'],
  [{ allowedDays: '0' }, 'At most 0 days may'],
  [{ graceDays: 0 }, 'after a missed day: none.'],
  [{ graceDays: 1 }, 'after a missed day: 1 school day.'],
  [{ exceptCodes: ['MED', 'FUN'] }, 'Days with these codes do not count: • MED • FUN'],
  [{ guardians: [] }, 'Parent or guardian Date'],
])('%j', async (changes, text) => {
  expect((await textOf(aForm(changes))).text.replace(/\s+/g, ' ')).toContain(text);
});

test('a reviewed translation stands before the English form; without a review there is a help line', async () => {
  const spanish = await textOf(aForm({ language: 'es' }), reviewedTemplates());
  expect(spanish.languages).toEqual(['es', 'en']);
  expect(spanish.text).toContain('12 de octubre de 2026');
  expect(spanish.text).toContain('Por la escuela: Dana Ruiz, Principal');
  const arabic = await textOf(aForm({ language: 'ar' }));
  expect(arabic.languages).toEqual(['en']);
  expect(arabic.text).toContain('للمساعدة باللغة العربية');
});

test('a name that no font has is not printed wrongly', async () => {
  const form = await renderContractForm(await loadTemplates('templates'), aForm({ guardians: ['በቀለ'] }));
  expect(form).toEqual({ kind: 'missing-glyph', characters: ['ለ', 'ቀ', 'በ'] });
});
