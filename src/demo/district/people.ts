import { addDays, type SchoolDate, schoolDate } from '../../domain/school-date.ts';
import { castParts, type Part } from './casting.ts';
import { type Adult, buildFamily, type Family } from './households.ts';
import type { DistrictOptions, School } from './model.ts';
import { mailboxName } from './places.ts';
import { type Random, randomOf } from './random.ts';
import { grades, pickSchool, schoolsFor } from './schools.ts';

/** A child with what never changes about it in a school year; the year itself comes later. */
export interface Child {
  readonly sourcedId: string;
  readonly index: number;
  readonly part: Part;
  readonly givenName: string;
  readonly middleName: string | null;
  readonly familyName: string;
  readonly preferredFirstName: string | null;
  readonly grade: string;
  readonly number: string;
  readonly stateId: string;
  readonly personId: string;
  readonly birthDate: SchoolDate;
  readonly email: string | null;
  readonly adults: readonly Adult[];
  readonly school: School;
  /** Where the child moves in mid-year, or goes as well (`two-schools`). */
  readonly otherSchool: School | null;
  readonly random: Random;
}

/** Families one after the other until the district is full: more students never change those before them. */
export function buildChildren(options: DistrictOptions, schools: readonly School[]): Child[] {
  const cast = castParts(options.seed, options.students);
  const children: Child[] = [];
  for (let number = 0; children.length < options.students; number++) {
    const random = randomOf(options.seed, 'family', number);
    const family = buildFamily(random);
    for (const grade of gradesOfSiblings(random)) {
      const index = children.length;
      const part = cast[index];
      if (part === undefined) break;
      children.push(buildChild(options, schools, family, grade, index, part));
    }
  }
  return children;
}

/** Oldest first, at least a year apart. */
function gradesOfSiblings(random: Random): number[] {
  const wanted = random.weighted([
    [1, 60],
    [2, 30],
    [3, 10],
  ]);
  const result = [random.integer(0, grades.length - 1)];
  while (result.length < wanted) {
    const next = (result.at(-1) ?? 0) - random.integer(1, 4);
    if (next < 0) break;
    result.push(next);
  }
  return result;
}

function buildChild(
  options: DistrictOptions,
  schools: readonly School[],
  family: Family,
  gradeIndex: number,
  index: number,
  part: Part,
): Child {
  const random = randomOf(options.seed, 'student', index);
  const grade = grades[gradeIndex] ?? 'KG';
  const pool = family.pool;
  const gender = random.chance(0.5) ? pool.female : pool.male;
  const givenName = random.pick(gender);
  const school = pickSchool(schools, grade, random) ?? schools[0];
  if (school === undefined) throw new RangeError('a district needs at least one school');
  return {
    sourcedId: random.uuid(),
    index,
    part,
    givenName,
    middleName: random.chance(0.3) ? random.pick(gender) : null,
    familyName: family.familyName,
    preferredFirstName: random.chance(0.05) ? random.pick(gender) : null,
    grade,
    number: String(204_000 + index),
    stateId: String(7_100_000 + index * 7 + random.integer(0, 6)),
    personId: String(30_000 + index),
    birthDate: birthDate(random, options.schoolYear, gradeIndex),
    email:
      gradeIndex >= 6
        ? `${mailboxName(givenName, family.familyName)}${index}@students.cedar-valley.test`
        : null,
    adults: family.adults,
    school,
    otherSchool: otherSchool(schools, school, grade, part, random),
    random,
  };
}

/** Kindergarten starts at five; one in fifty repeats a grade. */
function birthDate(random: Random, endYear: number, gradeIndex: number): SchoolDate {
  const repeated = random.chance(0.02) ? 1 : 0;
  return addDays(schoolDate(`${endYear - 7 - gradeIndex - repeated}-09-02`), random.integer(0, 364));
}

/** One or two students in eighty change schools. Only some grades are taught at two schools; they carry them all. */
function otherSchool(
  schools: readonly School[],
  school: School,
  grade: string,
  part: Part,
  random: Random,
): School | null {
  if (part.twist === 'two-schools') {
    const others = schools.filter((other) => other !== school);
    return others.length === 0 ? null : random.pick(others);
  }
  if (part.twist !== null || !['usual', 'notable', 'frequent'].includes(part.story)) return null;
  const movable = grades.filter((some) => schoolsFor(schools, some).length > 1).length;
  const moves = movable > 0 && random.chance(0.02 * (grades.length / movable));
  return moves ? pickSchool(schools, grade, random, school) : null;
}
