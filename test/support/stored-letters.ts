import { days } from '../../src/domain/days.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import type { Db } from '../../src/store/database.ts';
import { type NewLetter, planLetter } from '../../src/store/plan-letter.ts';

export interface LetterDesk {
  readonly studentId: number;
  readonly schoolYear: string;
  /** @returns the new letter's id, or null */
  plan(letter?: Partial<Omit<NewLetter, 'guardians'>>, guardians?: readonly string[]): Promise<string | null>;
}

/** A student with the guardians `mum` and `dad`, and an evaluation that letters can rest on. */
export async function aLetterDesk(db: Db, now: Date): Promise<LetterDesk> {
  const schoolYear = '2027';
  const [begins, ends] = [schoolDate('2026-08-01'), schoolDate('2027-07-01')];
  await db
    .insertInto('school_year')
    .values({ id: schoolYear, sourced_id: 'year', title: '2026-27', begins, ends })
    .execute();
  const school = await db
    .insertInto('school')
    .values({ sourced_id: 'lincoln', name: 'Lincoln', active: true })
    .returning('id')
    .executeTakeFirstOrThrow();
  const student = await db
    .insertInto('student')
    .values({ sourced_id: 'ada', given_name: 'Ada', family_name: 'Zephyrine', active: true })
    .returning('id')
    .executeTakeFirstOrThrow();
  const people = await db
    .insertInto('guardian')
    .values(
      ['mum', 'dad'].map((id) => ({
        sourced_id: id,
        role: 'guardian' as const,
        given_name: id,
        family_name: 'Zephyrine',
        address: null,
        address_private: false,
        mail_allowed: true,
        no_contact: false,
        wants_paper: false,
        active: true,
      })),
    )
    .returning(['id', 'sourced_id'])
    .execute();
  const evaluation = await db
    .insertInto('evaluation')
    .values({
      student_id: student.id,
      school_year: schoolYear,
      as_of: schoolDate('2026-10-01'),
      evaluated_at: now,
      policy_version: 'test',
      result_hash: 'test',
      result: '{}',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return {
    studentId: student.id,
    schoolYear,
    plan: (letter = {}, guardians = ['mum']) =>
      planLetter(
        db,
        {
          districtId: 'cedar-valley',
          studentId: student.id,
          studentSourcedId: 'ada',
          schoolYear,
          schoolId: school.id,
          step: 'first-letter',
          round: 1,
          template: 'first-letter',
          channel: 'email',
          channelReason: 'address-usable',
          language: 'en',
          shadow: false,
          email: 'mum@family.example.org',
          address: null,
          asOf: schoolDate('2026-10-01'),
          count: days('7'),
          policyVersion: 'test',
          evaluationId: evaluation.id,
          ...letter,
          guardians: people
            .filter((person) => guardians.includes(person.sourced_id))
            .map((person) => ({ id: person.id, sourcedId: person.sourced_id })),
        },
        now,
      ),
  };
}
