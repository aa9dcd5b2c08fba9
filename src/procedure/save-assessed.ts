import { keepCalendars } from '../store/calendars.ts';
import type { Tx } from '../store/database.ts';
import { keepPolicy } from '../store/policies.ts';
import { type Evaluated, isNews, saveEvaluations } from '../store/save-evaluations.ts';
import type { StoredFacts } from '../store/student-facts.ts';
import type { Assessment } from './assess.ts';
import { inputHash, resultHash } from './inputs.ts';
import type { Moment, Procedure } from './procedure.ts';

/**
 * Stores what was assessed under one procedure, with all that it takes to work it out again.
 * @returns the id of the evaluation that is in force, by student.
 */
export async function saveAssessed(
  tx: Tx,
  procedure: Procedure,
  assessed: readonly { readonly facts: StoredFacts; readonly assessment: Assessment }[],
  moment: Moment,
): Promise<ReadonlyMap<number, string>> {
  const { calendarVersion } = procedure;
  const evaluated = assessed.map(
    ({ facts, assessment: { evaluation, homeSchoolId, inputs } }): Evaluated => ({
      facts,
      evaluation,
      homeSchoolId,
      inputs,
      inputHash: inputHash(inputs),
      resultHash: resultHash(evaluation),
    }),
  );
  if (evaluated.some(isNews)) {
    await keepPolicy(tx, procedure.configuredPolicy, moment);
    await keepCalendars(tx, calendarVersion, procedure.calendars, moment.now);
  }
  return saveEvaluations(tx, procedure.schoolYear.id, evaluated, { now: moment.now, calendarVersion });
}
