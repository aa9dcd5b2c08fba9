import type { DistrictOptions, School } from './model.ts';
import { phoneNumber, schoolAddress } from './places.ts';
import { type Random, randomOf } from './random.ts';

export const grades = ['KG', '01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12'];

const firstWords = [
  'Aspen',
  'Bluebell',
  'Canyon',
  'Eagle',
  'Granite',
  'Juniper',
  'Lakeside',
  'Meadowlark',
  'Pioneer',
  'Redrock',
  'Silver',
  'Timber',
];
const secondWords = ['Bend', 'Creek', 'Crossing', 'Heights', 'Hollow', 'Peak', 'Ridge', 'Springs'];
const levels: readonly School['level'][] = [
  'elementary',
  'middle',
  'high',
  'elementary',
  'elementary',
  'middle',
  'elementary',
];

/** Neighbouring levels share a grade, so that a student can change schools in mid-year without changing grade. */
const gradesByLevel: Readonly<Record<School['level'], readonly string[]>> = {
  elementary: grades.slice(0, 7),
  middle: grades.slice(6, 10),
  high: grades.slice(9),
};
const titles: Readonly<Record<School['level'], string>> = {
  elementary: 'Elementary School',
  middle: 'Middle School',
  high: 'High School',
};

export function buildSchools(options: DistrictOptions): School[] {
  const first = randomOf(options.seed, 'school names').shuffled(firstWords);
  const second = randomOf(options.seed, 'school names', 2).shuffled(secondWords);
  return Array.from({ length: options.schools }, (_, index) => {
    const random = randomOf(options.seed, 'school', index);
    const level = levels[index % levels.length] ?? 'elementary';
    // Twelve and eight meet again only after 24 schools; the turn of the second word moves with each round.
    const words = [first[index % first.length], second[(index + Math.floor(index / 24)) % second.length]];
    return {
      sourcedId: random.uuid(),
      name: `${words.join(' ')} ${titles[level]}`,
      level,
      number: String(101 + index),
      grades: servedGrades(options.schools, index, level),
      address: schoolAddress(random, index),
      phone: phoneNumber(random),
    };
  });
}

/** A district too small for three levels spreads all grades over the schools it has. */
function servedGrades(schools: number, index: number, level: School['level']): readonly string[] {
  if (schools === 1) return grades;
  if (schools === 2) return index === 0 ? grades.slice(0, 7) : grades.slice(6);
  return gradesByLevel[level];
}

export function schoolsFor(schools: readonly School[], grade: string): School[] {
  return schools.filter((school) => school.grades.includes(grade));
}

/** The school a child of this grade goes to; another than `not` if there is one. */
export function pickSchool(
  schools: readonly School[],
  grade: string,
  random: Random,
  not?: School,
): School | null {
  const choices = schoolsFor(schools, grade).filter((school) => school !== not);
  return choices.length === 0 ? null : random.pick(choices);
}
