import { type RenderedLetter, renderLetter } from '../documents/letter.ts';
import { formatDays } from '../domain/days.ts';
import { addToFile } from '../store/attendance-files.ts';
import type { Db } from '../store/database.ts';
import { saveDocument } from '../store/documents.ts';
import { readEvaluation } from '../store/evaluations.ts';
import { type Letter, readLetter } from '../store/letters.ts';
import { newReference } from '../store/references.ts';
import type { Letterbox } from './letterbox.ts';
import { letterFacts } from './prepare-letter.ts';
import type { Moment, Procedure } from './procedure.ts';

export type CorrectionLetter =
  | { readonly kind: 'written'; readonly ref: string; readonly letter: RenderedLetter }
  /** It has not left, or what it said stands. */
  | { readonly kind: 'nothing-to-correct' }
  | { readonly kind: 'unknown' }
  /** The templates are a copy that was made before there was such a letter. */
  | { readonly kind: 'no-template' };

/**
 * Writes to those whom a letter has accused that the records behind it were corrected, and what stands now. The letter
 * is put into the attendance file; a person decides whether and how it goes to the family.
 * @param corrected reference of a letter that was sent or posted and is superseded
 */
export async function writeCorrectionLetter(
  letterbox: Pick<Letterbox, 'db' | 'config' | 'templates'>,
  procedure: Procedure,
  corrected: string,
  moment: Moment,
): Promise<CorrectionLetter> {
  const { db, templates } = letterbox;
  if (templates.notice('correction-letter', 'en') === null) return { kind: 'no-template' };
  const sent = await db
    .selectFrom('letter')
    .select(['id', 'state', 'handed_over_on', 'superseded'])
    .where('ref', '=', corrected)
    .executeTakeFirst();
  const letter = sent === undefined ? null : await readLetter(db, sent.id);
  if (sent === undefined || letter === null) return { kind: 'unknown' };
  const hasLeft = sent.state === 'sent' || sent.state === 'posted';
  if (!hasLeft || !sent.superseded || sent.handed_over_on === null) return { kind: 'nothing-to-correct' };
  const ladder = await db
    .selectFrom('ladder')
    .select('evaluation_id')
    .where('student_id', '=', letter.studentId)
    .where('school_year', '=', letter.schoolYear)
    .executeTakeFirstOrThrow();
  const now = (await readEvaluation(db, ladder.evaluation_id))?.steps.find(
    ({ step }) => step === letter.step,
  );
  if (now === undefined) return { kind: 'nothing-to-correct' };
  const ref = newReference('L');
  const facts = await letterFacts(
    letterbox,
    procedure,
    {
      ...letter,
      ref,
      evaluationId: ladder.evaluation_id,
      asOf: now.settledThrough ?? letter.asOf,
      count: formatDays(now.count),
    },
    moment,
  );
  const rendered = await renderLetter(templates, {
    ...facts,
    corrected: {
      reference: letter.ref,
      date: sent.handed_over_on,
      count: letter.count.replace(/\.?0+$/, ''),
    },
  });
  if (rendered.kind === 'rendered') await file(db, letter, { ref, pdf: rendered.pdf }, moment);
  return { kind: 'written', ref, letter: rendered };
}

async function file(
  db: Db,
  { ref: corrected, studentId, schoolYear }: Letter,
  written: { readonly ref: string; readonly pdf: Buffer },
  moment: Moment,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const document = await saveDocument(tx, {
      mediaType: 'application/pdf',
      kind: 'letter',
      bytes: written.pdf,
      now: moment.now,
    });
    await addToFile(
      tx,
      { studentId, schoolYear, now: moment.now },
      {
        onDate: moment.today,
        kind: 'document',
        title: `Correction letter ${written.ref} written: what letter ${corrected} said no longer stands`,
        documentId: document.id,
      },
    );
  });
}
