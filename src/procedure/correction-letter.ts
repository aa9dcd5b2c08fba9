import { type RenderedLetter, renderLetter } from '../documents/letter.ts';
import { formatDays } from '../domain/days.ts';
import { householdOf } from '../domain/household.ts';
import { holdsOn } from '../domain/ladder-blocks.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { addToFile, listFileEntries } from '../store/attendance-files.ts';
import { inTransaction, type Tx } from '../store/database.ts';
import { readDocument, saveDocument } from '../store/documents.ts';
import { evaluationOn, readEvaluation } from '../store/evaluations.ts';
import type { Letter } from '../store/letters.ts';
import { newReference } from '../store/references.ts';
import { loadStudentFacts } from '../store/student-facts.ts';
import { recipientsOf } from './assess.ts';
import type { Letterbox } from './letterbox.ts';
import { letterFacts } from './prepare-letter.ts';
import type { Moment, Procedure } from './procedure.ts';
import { lockLetter } from './reissue-letter.ts';

export type CorrectionLetter =
  | {
      readonly kind: 'written';
      readonly ref: string;
      readonly studentId: number;
      readonly letter: RenderedLetter;
    }
  /** It has not left, or what it said stands. */
  | { readonly kind: 'nothing-to-correct' }
  | { readonly kind: 'unknown' }
  /** A hold keeps it back, or by the records of today nobody it went to may be written to. */
  | { readonly kind: 'may-not'; readonly because: 'hold' | 'no-recipient' }
  /** The templates are a copy that was made before there was such a letter. */
  | { readonly kind: 'no-template' };

/**
 * Writes to those whom a letter has accused that the records behind it were corrected, and what stands now: to those of
 * them who may be written to today, at the address of today. The letter is put into the attendance file; a person decides
 * whether and how it goes to the family. Written once more while nothing has changed, it is the same letter.
 * @param corrected reference of a letter that was sent or posted and is superseded
 */
export async function writeCorrectionLetter(
  letterbox: Pick<Letterbox, 'db' | 'config' | 'templates'>,
  procedure: Procedure,
  corrected: string,
  moment: Moment,
): Promise<CorrectionLetter> {
  if (letterbox.templates.notice('correction-letter', 'en') === null) return { kind: 'no-template' };
  return inTransaction(letterbox.db, async (tx): Promise<CorrectionLetter> => {
    const letter = await lockLetter(tx, corrected);
    if (letter === null) return { kind: 'unknown' };
    const sent = await tx
      .selectFrom('letter')
      .select(['handed_over_on', 'superseded'])
      .where('id', '=', letter.id)
      .executeTakeFirstOrThrow();
    const hasLeft = letter.state === 'sent' || letter.state === 'posted';
    if (!hasLeft || !sent.superseded || sent.handed_over_on === null) return { kind: 'nothing-to-correct' };
    const ladder = await tx
      .selectFrom('ladder')
      .select('evaluation_id')
      .where('student_id', '=', letter.studentId)
      .where('school_year', '=', letter.schoolYear)
      .executeTakeFirstOrThrow();
    const now = await verdictOf(tx, ladder.evaluation_id, letter.step);
    if (now === undefined) return { kind: 'nothing-to-correct' };
    const { studentId } = letter;
    const today = await addressedToday(tx, procedure, letter, moment);
    if ('kind' in today) return today;
    const write = async (ref: string, evaluationId: string, asOf: SchoolDate, on: SchoolDate) => {
      const said = { ...letter, ...today, ref, evaluationId, asOf, count: formatDays(now.count) };
      const facts = await letterFacts({ ...letterbox, db: tx }, procedure, said, { ...moment, today: on });
      const date = sent.handed_over_on ?? on;
      const count = letter.count.replace(/\.?0+$/, '');
      return renderLetter(letterbox.templates, {
        ...facts,
        corrected: { reference: letter.ref, date, count },
      });
    };
    for (const earlier of await writtenBefore(tx, letter)) {
      const evaluationId = await evaluationOn(tx, letter, earlier.on);
      const then = evaluationId === null ? undefined : await verdictOf(tx, evaluationId, letter.step);
      if (evaluationId === null || then === undefined || then.count !== now.count) continue;
      const same = await write(earlier.ref, evaluationId, then.settledThrough ?? letter.asOf, earlier.on);
      if (same.kind === 'rendered' && same.pdf.equals(earlier.pdf))
        return { kind: 'written', ref: earlier.ref, studentId, letter: same };
    }
    const ref = newReference('L');
    const rendered = await write(ref, ladder.evaluation_id, now.settledThrough ?? letter.asOf, moment.today);
    if (rendered.kind === 'rendered') await file(tx, letter, { ref, pdf: rendered.pdf }, moment);
    return { kind: 'written', ref, studentId, letter: rendered };
  });
}

async function verdictOf(tx: Tx, evaluationId: string, step: string) {
  return (await readEvaluation(tx, evaluationId))?.steps.find((one) => one.step === step);
}

/** Who of those whom the letter went to may be written to today, and where. */
async function addressedToday(
  tx: Tx,
  procedure: Procedure,
  letter: Letter,
  { today }: Moment,
): Promise<
  Pick<Letter, 'guardianIds' | 'address' | 'language'> | Extract<CorrectionLetter, { kind: 'may-not' }>
> {
  const { studentId: id, schoolYear } = letter;
  const facts = await loadStudentFacts(tx, { id, schoolYear });
  if (facts === null) return { kind: 'may-not', because: 'no-recipient' };
  if (facts.holds.some((hold) => hold.scope !== 'referral' && holdsOn(hold, today)))
    return { kind: 'may-not', because: 'hold' };
  const { letters } = recipientsOf(facts, procedure.policy, today);
  const theirs = letters.filter((one) =>
    letter.toStudent
      ? one.toStudent
      : one.guardianIds.some((guardian) => letter.guardianIds.includes(guardian)),
  );
  const [first] = theirs;
  if (first === undefined) return { kind: 'may-not', because: 'no-recipient' };
  const guardianIds = letter.guardianIds.filter((one) =>
    theirs.some((planned) => planned.guardianIds.includes(one)),
  );
  // Who lives apart by now does not learn where the other does: the office hands it over.
  const isOneDoor = theirs.every(({ address }) => householdOf(address) === householdOf(first.address));
  return { guardianIds, address: isOneDoor ? first.address : null, language: first.language };
}

/** Correction letters about a letter that lie in the file, the latest first. */
async function writtenBefore(
  tx: Tx,
  letter: Letter,
): Promise<{ readonly ref: string; readonly on: SchoolDate; readonly pdf: Buffer }[]> {
  const written: { ref: string; on: SchoolDate; pdf: Buffer }[] = [];
  for (const { title, documentId, onDate } of await listFileEntries(tx, letter)) {
    const ref = /^Correction letter (L-[0-9A-Z-]+) written: /.exec(title)?.[1];
    if (ref === undefined || documentId == null || title !== titleInFile(ref, letter.ref)) continue;
    written.unshift({ ref, on: onDate, pdf: (await readDocument(tx, documentId)).bytes });
  }
  return written;
}

function titleInFile(ref: string, corrected: string): string {
  return `Correction letter ${ref} written: what letter ${corrected} said no longer stands`;
}

async function file(
  tx: Tx,
  { ref: corrected, studentId, schoolYear }: Letter,
  written: { readonly ref: string; readonly pdf: Buffer },
  moment: Moment,
): Promise<void> {
  const document = await saveDocument(tx, {
    mediaType: 'application/pdf',
    kind: 'letter',
    bytes: written.pdf,
    students: [studentId],
    now: moment.now,
  });
  await addToFile(
    tx,
    { studentId, schoolYear, now: moment.now },
    {
      onDate: moment.today,
      kind: 'document',
      title: titleInFile(written.ref, corrected),
      documentId: document.id,
    },
  );
}
