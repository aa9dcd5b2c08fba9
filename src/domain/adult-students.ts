import type { LettersTo } from './ladder-facts.ts';
import type { AdultStudents } from './policy.ts';
import { ageOn, type SchoolDate } from './school-date.ts';

/** From this age on the rights of a parent are the student's own (FERPA, 34 CFR 99.5). */
export const ADULT_AGE = 18;

/** Without a birth date nobody is of age. */
export function isAdult(birthDate: SchoolDate | null, on: SchoolDate): boolean {
  return birthDate !== null && ageOn(birthDate, on) >= ADULT_AGE;
}

/** What is done about a student of 18: as the policy says, unless a person has said it for this one. */
export function adultRule(policy: AdultStudents, answer: LettersTo | undefined): AdultStudents {
  if (answer === undefined) return policy;
  return answer === 'guardians' ? 'ignore' : answer;
}
