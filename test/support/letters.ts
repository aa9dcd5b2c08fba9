import type { LetterFacts } from '../../src/documents/letter.ts';
import { schoolDate } from '../../src/domain/school-date.ts';

/** A First Letter to two guardians of one household, in English, about seven days. */
export function aLetter(changes: Partial<LetterFacts> = {}): LetterFacts {
  return {
    template: 'first-letter',
    reference: 'L-7F3K-2Q9M',
    language: 'en',
    date: schoolDate('2026-10-06'),
    asOf: schoolDate('2026-10-01'),
    schoolYear: '2026–27',
    district: {
      name: 'Riverbend District',
      phone: '(303) 555-0100',
      website: null,
      addressLines: ['100 District Way'],
    },
    school: { name: 'Cottonwood Elementary', phone: '(303) 555-0110', addressLines: ['12 North Street'] },
    student: { givenName: 'Łukasz', familyName: "O'Brien-Sánchez", grade: '05' },
    addressees: [
      { givenName: 'Nguyễn Thị', familyName: 'Minh' },
      { givenName: 'Zoë', familyName: 'Brontë' },
    ],
    postalAddress: {
      lines: ['4711 Long Meadow Boulevard', 'Apartment 12B'],
      city: 'Riverbend',
      state: 'CO',
      postalCode: '80001',
    },
    count: '7',
    countedFrom: schoolDate('2026-08-19'),
    percent: null,
    dates: datesOf(7),
    signature: { name: 'Dana Ruiz', title: 'Principal' },
    contact: { name: 'Ana Silva', phone: '(303) 555-0111', email: null },
    ...changes,
  };
}

export function datesOf(count: number): LetterFacts['dates'] {
  return Array.from({ length: count }, (_, index) => ({
    date: schoolDate(
      `2026-${String(9 + Math.floor(index / 20)).padStart(2, '0')}-${String(1 + (index % 20)).padStart(2, '0')}`,
    ),
    whole: index % 4 !== 3,
  }));
}
