import type { Config } from '../config/config-types.ts';
import { type RenderedForm, renderContractForm } from '../documents/contract-form.ts';
import type { Templates } from '../documents/template.ts';
import { primaryEnrolment } from '../domain/counting.ts';
import { formatDays } from '../domain/days.ts';
import { findContract } from '../store/contracts.ts';
import type { Db } from '../store/database.ts';
import { loadStudentFacts } from '../store/student-facts.ts';
import { recipientsOf } from './assess.ts';
import type { Moment } from './procedure.ts';
import { readSchoolFacts, schoolYearLabel } from './school-facts.ts';

/**
 * The form of a contract that is on record, for the family to sign: with the guardians who may be written to, and in
 * the language of the first of them.
 * @param language instead of theirs: BCP 47, or null
 */
export async function writeContractForm(
  { db, config, templates }: { readonly db: Db; readonly config: Config; readonly templates: Templates },
  { ref, language }: { readonly ref: string; readonly language: string | null },
  moment: Moment,
): Promise<RenderedForm | { readonly kind: 'unknown' | 'not-enrolled' }> {
  const contract = await findContract(db, ref);
  if (contract === null) return { kind: 'unknown' };
  const { studentId, schoolYear } = contract;
  const facts = await loadStudentFacts(db, { id: studentId, schoolYear });
  const primary = primaryEnrolment(facts?.enrolments ?? [], moment.today);
  if (facts === null || primary === null) return { kind: 'not-enrolled' };
  const { letters } = recipientsOf(facts, config.policy, moment.today);
  const signing = new Set(letters.flatMap(({ guardianIds }) => guardianIds));
  const guardians = await db
    .selectFrom('guardian')
    .select(['given_name', 'family_name'])
    .where('id', 'in', [-1, ...signing])
    .orderBy('sourced_id')
    .execute();
  const names = guardians.map((one) => `${one.given_name} ${one.family_name}`.trim());
  const school = await readSchoolFacts(db, config, primary.schoolId);
  return renderContractForm(templates, {
    reference: contract.ref,
    language: language ?? letters[0]?.language ?? 'en',
    date: moment.today,
    schoolYear: schoolYearLabel(schoolYear),
    district: config.district,
    school,
    student: { givenName: facts.givenName, familyName: facts.familyName, grade: facts.grade },
    guardians: [...new Set(names)],
    begins: contract.begins,
    ends: contract.ends,
    allowedDays: formatDays(contract.allowedDays),
    unexcusedOnly: contract.basis === 'unexcused',
    graceDays: contract.graceDays,
    exceptCodes: contract.exceptCodes,
    signature: school.signature,
    contact: school.contact,
    pictures: school.pictures,
  });
}
