import { explainEvaluation } from '../../domain/explanation.ts';
import type { Evaluation } from '../../domain/ladder-facts.ts';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import type { FileView } from '../../store/file-view.ts';
import type { Html } from '../html.ts';
import { nameOf } from './find-file.ts';
import { yearPicture } from './year-picture.ts';

/** What a student's page shows of an evaluation. */
export interface Drawn {
  readonly asOf: SchoolDate;
  readonly stands: string;
  readonly picture: readonly Html[];
}

export interface DrawnShelf {
  /** @returns null: nothing was decided yet */
  take(file: FileView, procedure: Procedure): Promise<Drawn | null>;
}

interface Kept {
  readonly procedure: Procedure;
  readonly name: string;
  readonly school: string | null;
  readonly drawn: Drawn;
}

/** So many take about 15 MB. */
const ROOM = 4_000;

/**
 * Neither an evaluation nor a procedure ever changes, so what was drawn of both holds for as long as the file names that
 * evaluation, and the file is read with every request. Those that were looked at last are kept.
 * @param room how many
 */
export function createDrawnShelf(
  read: (evaluationId: string) => Promise<Evaluation | null>,
  room = ROOM,
): DrawnShelf {
  const shelf = new Map<string, Kept>();
  return {
    async take(file, procedure) {
      if (file.ladder === null) return null;
      const { evaluationId } = file.ladder;
      const name = nameOf(file);
      const school = file.school?.sourcedId ?? null;
      const known = shelf.get(evaluationId);
      shelf.delete(evaluationId);
      if (known?.procedure === procedure && known.name === name && known.school === school) {
        shelf.set(evaluationId, known);
        return known.drawn;
      }
      const evaluation = await read(evaluationId);
      if (evaluation === null) return null;
      const drawn = {
        asOf: evaluation.asOf,
        stands: standsIn(evaluation, procedure, name),
        picture: yearPicture(evaluation, procedure.calendarOf(school)),
      };
      shelf.set(evaluationId, { procedure, name, school, drawn });
      if (shelf.size > room) {
        const [oldest] = shelf.keys();
        if (oldest !== undefined) shelf.delete(oldest);
      }
      return drawn;
    },
  };
}

/** The highest step that is owed or taken, as a sentence; where there is none, the first that is not reached. */
function standsIn(evaluation: Evaluation, { policy }: Procedure, name: string): string {
  const { steps } = explainEvaluation(evaluation, policy, name);
  const reached = evaluation.steps.filter(({ state }) => state === 'owed' || state === 'taken');
  const verdict = reached.at(-1) ?? evaluation.steps[0];
  return (
    steps.find(({ step }) => step === verdict?.step)?.sentence ?? 'The policy has no step for this student.'
  );
}
