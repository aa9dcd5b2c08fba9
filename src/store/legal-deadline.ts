import { type RawBuilder, sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';

/**
 * The school day by which the law wants a step out, as an evaluation says; null where no law does, or the step is not
 * owed.
 * @param result the evaluation as it was stored (`evaluation.result`)
 */
export function legalDeadline(
  result: RawBuilder<unknown>,
  step: RawBuilder<unknown>,
): RawBuilder<SchoolDate | null> {
  return sql<SchoolDate | null>`(
    select v ->> 'deadline' from jsonb_array_elements(${result} -> 'steps') v where v ->> 'step' = ${step} limit 1)`;
}
