import { type LetterFacts, type RenderedLetter, renderLetter } from '../documents/letter.ts';
import { primaryEnrolment } from '../domain/counting.ts';
import type { KeptObstacle } from '../domain/kept-obstacle.ts';
import { addToFile } from '../store/attendance-files.ts';
import { findContract, type StoredContract } from '../store/contracts.ts';
import type { Db, Tx } from '../store/database.ts';
import { saveDocument } from '../store/documents.ts';
import { openTaskWithKey } from '../store/meeting-tasks.ts';
import { loadStudentFacts } from '../store/student-facts.ts';
import { lockStudent } from '../store/student-locks.ts';
import { completeTask } from '../store/tasks.ts';
import { familyWays } from './choose-invitees.ts';
import { keptTaskKey } from './follow-contracts.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment, Procedure } from './procedure.ts';
import { readSchoolFacts, schoolYearLabel } from './school-facts.ts';

/** The letter to one household, for a person to hand over, to post, or to send from the office’s mailbox. */
export interface KeptLetter {
  readonly to: string;
  /** Where a letter of a step would go; null: on paper. */
  readonly email: string | null;
  readonly written: Extract<RenderedLetter, { kind: 'rendered' }>;
}

export type KeptLetters =
  | {
      readonly kind: 'written';
      readonly contract: StoredContract;
      readonly letters: readonly KeptLetter[];
      /** Somebody is still asked to tell the family. */
      readonly isAsked: boolean;
    }
  | { readonly kind: KeptObstacle };

type Desk = Pick<Letterbox, 'db' | 'config' | 'templates'>;

/**
 * Writes to the family that its contract was kept to its end: one letter for each household that may be written to today,
 * in its language where a translation is reviewed. Nothing leaves by itself: it is good news, and a school may want to
 * bring it in person. Written again on the same day it is the same letter.
 */
export async function writeKeptLetters(
  { db, config, templates }: Desk,
  procedure: Procedure,
  ref: string,
  moment: Moment,
): Promise<KeptLetters> {
  const contract = await findContract(db, ref);
  if (contract === null) return { kind: 'unknown' };
  if (contract.state !== 'kept') return { kind: 'not-kept' };
  if (templates.notice('contract-kept', 'en') === null) return { kind: 'no-template' };
  const { studentId, schoolYear, begins, ends } = contract;
  const facts = await loadStudentFacts(db, { id: studentId, schoolYear });
  const primary = primaryEnrolment(facts?.enrolments ?? [], moment.today);
  if (facts === null || primary === null) return { kind: 'not-enrolled' };
  const school = await readSchoolFacts(db, config, primary.schoolId);
  const at = { id: primary.schoolId, sourcedId: school.sourcedId };
  const ways = familyWays(facts, procedure, at, moment);
  if (ways.length === 0) return { kind: 'no-recipient' };
  if (ways.some(({ reason }) => reason === 'hold')) return { kind: 'hold' };
  const student = { givenName: facts.givenName, familyName: facts.familyName, grade: facts.grade };
  const said: Omit<LetterFacts, 'language' | 'addressees' | 'postalAddress'> = {
    template: 'contract-kept',
    reference: contract.ref,
    date: moment.today,
    asOf: moment.today,
    schoolYear: schoolYearLabel(schoolYear),
    district: config.district,
    school,
    student,
    count: '0',
    countedFrom: begins,
    percent: null,
    dates: [],
    kept: { reference: contract.ref, begins, ends },
    signature: school.signature,
    contact: school.contact,
    pictures: school.pictures,
  };
  const letters: KeptLetter[] = [];
  for (const { name: to, email, letter } of ways) {
    const people = facts.guardians.filter(({ id }) => letter.guardianIds.includes(id));
    const written = await renderLetter(templates, {
      ...said,
      language: letter.language,
      addressees: letter.toStudent ? [student] : people,
      postalAddress: letter.address,
    });
    if (written.kind !== 'rendered') return written;
    letters.push({ to, email, written });
  }
  const isAsked = (await openTaskWithKey(db, keptTaskKey(contract.id))) !== null;
  return { kind: 'written', contract, letters, isAsked };
}

/**
 * A person has given the letters to the family: a copy of each goes into the attendance file, and the task that asked
 * for it is done.
 */
export async function recordKeptLetters(
  tx: Tx,
  desk: Omit<Desk, 'db'>,
  procedure: Procedure,
  { ref, by }: { readonly ref: string; readonly by: string },
  moment: Moment,
): Promise<KeptLetters | { readonly kind: 'told-before' }> {
  const known = await findContract(tx, ref);
  if (known === null) return { kind: 'unknown' };
  await lockStudent(tx, known.studentId);
  const kept = await writeKeptLetters({ ...desk, db: tx }, procedure, ref, moment);
  if (kept.kind !== 'written') return kept;
  const task = await openTaskWithKey(tx, keptTaskKey(kept.contract.id));
  if (task === null) return { kind: 'told-before' };
  for (const letter of kept.letters) await file(tx, kept.contract, letter, by, moment);
  await completeTask(tx, { ref: task, by, outcome: 'told', on: moment.today, now: moment.now });
  return kept;
}

async function file(
  tx: Db,
  { ref, studentId, schoolYear }: StoredContract,
  { to, written }: KeptLetter,
  by: string,
  { today, now }: Moment,
): Promise<void> {
  const document = await saveDocument(tx, {
    mediaType: 'application/pdf',
    kind: 'letter',
    bytes: written.pdf,
    students: [studentId],
    now,
  });
  const title = `Letter to ${to}, given by ${by}: attendance contract ${ref} was kept to its end`;
  const entry = { onDate: today, kind: 'document', title, documentId: document.id } as const;
  await addToFile(tx, { studentId, schoolYear, now }, entry);
}
