import { formatDays } from '../domain/days.ts';
import type { Evaluation } from '../domain/ladder-facts.ts';
import { type DatedLetter, type Match, matchLetters } from '../domain/match-letters.ts';
import { counted } from '../domain/plain-words.ts';
import type { Policy } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { sentenceOf } from '../domain/step-sentence.ts';
import { readBaseline } from '../store/baseline.ts';
import type { Db } from '../store/database.ts';
import { findStudentIds } from '../store/districts.ts';
import { evaluationOn, readEvaluation } from '../store/evaluations.ts';
import { listOurLetters, namesOfStudents, type OurLetter } from '../store/shadows.ts';
import type { ListedLetter } from './letter-list.ts';
import type { Procedure } from './procedure.ts';

export interface ComparedLetter {
  readonly kind: Match<DatedLetter, DatedLetter>['kind'];
  /** sourcedId; as the list calls the student whom nobody knows. */
  readonly student: string;
  readonly step: string;
  readonly ours: SchoolDate | null;
  readonly theirs: SchoolDate | null;
  /** Calendar days by which ours comes later, negative where it comes sooner; null where one is missing. */
  readonly days: number | null;
  /** In plain words, without names. */
  readonly why: string;
}

export interface LetterComparison {
  readonly from: SchoolDate;
  readonly to: SchoolDate;
  /** In the order of the days. */
  readonly letters: readonly ComparedLetter[];
}

interface Theirs extends DatedLetter {
  readonly studentId: number | null;
}

/**
 * What Rollcall has sent, or would have, against the school's own list, each difference with its reason. Only reads.
 * @param range both days included; letters of either side outside it are left out
 */
export async function compareLetters(
  db: Db,
  procedure: Procedure,
  listed: readonly ListedLetter[],
  range: { readonly from: SchoolDate; readonly to: SchoolDate },
): Promise<LetterComparison> {
  const schoolYear = procedure.schoolYear.id;
  const ids = await findStudentIds(
    db,
    listed.map(({ student }) => student),
  );
  const people = await namesOfStudents(db, [...new Set(ids.values())]);
  const theirs = listed
    .filter(({ sentOn }) => sentOn >= range.from && sentOn <= range.to)
    .map(({ student, step, sentOn }): Theirs => {
      const studentId = ids.get(student) ?? null;
      return { student: people.get(studentId ?? 0)?.sourcedId ?? student, studentId, step, on: sentOn };
    });
  const ours = await listOurLetters(db, schoolYear, range);
  const firstLook = (await readBaseline(db, schoolYear))?.asOf ?? null;
  const letters: ComparedLetter[] = [];
  for (const match of matchLetters(ours, theirs)) {
    const { student, step } = match.ours ?? match.theirs;
    letters.push({
      kind: match.kind,
      student,
      step,
      ours: match.ours?.on ?? null,
      theirs: match.theirs?.on ?? null,
      days: match.kind === 'apart' ? match.days : match.kind === 'same-day' ? 0 : null,
      why: await reasonOf(db, procedure, match, firstLook),
    });
  }
  return { ...range, letters };
}

/** Where theirs comes first, why ours had not come by then; else what ours rests on. */
async function reasonOf(
  db: Db,
  { policy, policies, schoolYear }: Procedure,
  match: Match<OurLetter, Theirs>,
  firstLook: SchoolDate | null,
): Promise<string> {
  if (match.kind === 'same-day') return '';
  const { ours, theirs } = match;
  if (theirs !== null && (ours === null || theirs.on < ours.on)) {
    if (theirs.studentId === null) return 'No student has this sourcedId or number.';
    if (firstLook !== null && theirs.on < firstLook) {
      return `Sent before Rollcall first looked at the school year, on ${firstLook}.`;
    }
    const student = { studentId: theirs.studentId, schoolYear: schoolYear.id };
    const id = await evaluationOn(db, student, theirs.on);
    const evaluation = id === null ? null : await readEvaluation(db, id);
    if (evaluation === null) return 'No absence of the student was known to Rollcall by then.';
    return standingOf(theirs.step, evaluation, policies.of(evaluation.policyVersion) ?? policy);
  }
  const evaluation = ours === null ? null : await readEvaluation(db, ours.evaluationId);
  if (ours === null || evaluation === null) return '';
  return standingOf(ours.step, evaluation, policies.of(evaluation.policyVersion) ?? policy);
}

function standingOf(step: string, evaluation: Evaluation, policy: Policy): string {
  const verdict = evaluation.steps.find((one) => one.step === step);
  if (verdict === undefined) return 'The policy of that day had no such step.';
  const sentence = sentenceOf(verdict, policy, evaluation);
  const isSettling = verdict.reason === 'below' && evaluation.total > verdict.count;
  return isSettling
    ? `${sentence} ${counted(formatDays(evaluation.total), 'day')} had been counted in all; the last of them were not settled.`
    : sentence;
}
