import { addDays, type SchoolDate, weekday } from '../domain/school-date.ts';
import type { ContractFormFacts } from './contract-form.ts';
import type { InvitationFacts } from './invitation.ts';
import type { LetterFacts } from './letter.ts';

/** Who writes, as the configuration says; everything else of a sample is invented. */
export type Sender = Pick<
  LetterFacts,
  'district' | 'school' | 'signature' | 'contact' | 'schoolYear' | 'date' | 'pictures'
>;

/** What a template is looked at with. Nobody is called so, and nobody lives there. */
export interface SampleLetter {
  readonly name: string;
  readonly facts: Omit<LetterFacts, 'template'>;
}

const person = (givenName: string, familyName: string) => ({ givenName, familyName });

/**
 * Invented letters that show where a template gets into trouble, then one for each language.
 * @param languages BCP 47
 */
export function sampleLetters(sender: Sender, languages: readonly string[]): SampleLetter[] {
  const plain = plainSample(sender);
  const sample = (name: string, changes: Partial<LetterFacts> = {}): SampleLetter => ({
    name,
    facts: { ...plain, ...changes },
  });
  return [
    sample('plain'),
    sample('long-names', {
      student: {
        ...person(
          'Maximiliana Wilhelmina Alexandrina',
          'Samplestudent-Featherstonehaugh de la Fuente y Ñáñez',
        ),
        grade: '05',
      },
      addressees: [
        person('Bartholomew Christopher Montgomery', 'Sampleparent-Featherstonehaugh'),
        person('Nguyễn Thị Mẫu Thử Nghiệm', 'Sampleparent de la Fuente y Ñáñez'),
      ],
      postalAddress: {
        lines: [
          'c/o The Very Long Name of a Building That Is Not',
          '98765 Imaginary Boulevard Northwest',
          'Apartment 1234-B',
        ],
        city: 'Nowhere-upon-the-Sample',
        state: 'ZZ',
        postalCode: '00000-0000',
      },
    }),
    sample('thirty-dates', { count: '26', dates: sampleDates(sender.date, 30) }),
    sample('household-1'),
    sample('household-2', {
      reference: 'L-0000-0002',
      addressees: [person('Robin', 'Sampleparent-Other')],
      postalAddress: {
        lines: ['2 Other Sample Street'],
        city: 'Elsewhere',
        state: 'ZZ',
        postalCode: '00000',
      },
    }),
    sample('right-to-left-name', {
      student: { ...person('طالب', 'نموذج (اختبار)'), grade: '05' },
      addressees: [person('ولي', 'نموذج')],
    }),
    sample('chinese-name', {
      student: { ...person('样本', '学生'), grade: '05' },
      addressees: [person('样本', '家长')],
    }),
    sample('no-dates', { dates: [] }),
    sample('one-day', { count: '1', dates: sampleDates(sender.date, 1) }),
    ...languages.map((language) => sample(`language-${language}`, { language })),
  ];
}

/** An invented meeting with everything that an invitation can show. */
export function sampleMeeting(before: SchoolDate): InvitationFacts['meeting'] {
  const place = 'Sample School, room 12';
  return { on: addDays(before, 7), at: '15:30', minutes: 45, place, callIn: '(303) 555-0199' };
}

/** An invented contract with every term that the form can show. */
export function sampleContract(sender: Sender, language: string): ContractFormFacts {
  const { student, addressees } = plainSample(sender);
  return {
    ...sender,
    reference: 'C-0000-0000',
    language,
    student,
    guardians: addressees.map(({ givenName, familyName }) => `${givenName} ${familyName}`),
    begins: sender.date,
    ends: addDays(sender.date, 60),
    allowedDays: '2.5',
    unexcusedOnly: true,
    graceDays: 3,
    exceptCodes: ['Sample code A', 'Sample code B'],
  };
}

function plainSample(sender: Sender): Omit<LetterFacts, 'template'> {
  return {
    ...sender,
    reference: 'L-0000-0001',
    language: 'en',
    asOf: addDays(sender.date, -3),
    student: { ...person('Sample', 'Student'), grade: '05' },
    addressees: [person('First', 'Sampleparent'), person('Second', 'Sampleparent')],
    postalAddress: { lines: ['1 Sample Street'], city: 'Nowhere', state: 'ZZ', postalCode: '00000' },
    count: '7',
    countedFrom: addDays(sender.date, -60),
    percent: '12.5',
    dates: sampleDates(sender.date, 7),
  };
}

const FRIDAY = 5;

/** Days from Monday to Friday that lie before the date, every fourth one half a day. */
function sampleDates(before: SchoolDate, count: number): LetterFacts['dates'] {
  const dates: LetterFacts['dates'][number][] = [];
  for (let date = addDays(before, -4); dates.length < count; date = addDays(date, -1)) {
    if (weekday(date) <= FRIDAY) dates.push({ date, whole: dates.length % 4 !== 3 });
  }
  return dates.reverse();
}
