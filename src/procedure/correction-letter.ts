import { type RenderedLetter, renderLetter } from '../documents/letter.ts';
import { formatDays } from '../domain/days.ts';
import { readEvaluation } from '../store/evaluations.ts';
import { readLetter } from '../store/letters.ts';
import { newReference } from '../store/references.ts';
import type { Letterbox } from './letterbox.ts';
import { letterFacts } from './prepare-letter.ts';
import type { Moment, Procedure } from './procedure.ts';

export type CorrectionLetter =
  | { readonly kind: 'written'; readonly ref: string; readonly letter: RenderedLetter }
  /** It has not left, or what it said stands. */
  | { readonly kind: 'nothing-to-correct' }
  /** The templates are a copy that was made before there was such a letter. */
  | { readonly kind: 'no-template' };

/**
 * Writes to those whom a letter has accused that the records behind it were corrected, and what stands now. It is only
 * rendered here: nothing is sent or filed.
 * @param letterId a letter that was sent or posted and is superseded
 */
export async function writeCorrectionLetter(
  letterbox: Letterbox,
  procedure: Procedure,
  letterId: string,
  moment: Moment,
): Promise<CorrectionLetter> {
  const { db, templates } = letterbox;
  if (templates.notice('correction-letter', 'en') === null) return { kind: 'no-template' };
  const letter = await readLetter(db, letterId);
  const sent = await db
    .selectFrom('letter')
    .select(['handed_over_on', 'superseded'])
    .where('id', '=', letterId)
    .where('state', 'in', ['sent', 'posted'])
    .executeTakeFirst();
  if (letter === null || sent?.superseded !== true || sent.handed_over_on === null)
    return { kind: 'nothing-to-correct' };
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
  const corrected = {
    reference: letter.ref,
    date: sent.handed_over_on,
    count: letter.count.replace(/\.?0+$/, ''),
  };
  return { kind: 'written', ref, letter: await renderLetter(templates, { ...facts, corrected }) };
}
