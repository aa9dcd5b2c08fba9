import { mayDo } from '../../domain/rights.ts';
import type { Person } from '../../procedure/people.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import type { FormProblem, FormValues, Page, PageAnswer } from '../site.ts';

/** What the policy calls a step. */
export function stepTitle(procedure: Procedure | null, step: string): string {
  return procedure?.policy.steps.find(({ id }) => id === step)?.title ?? step;
}

/** Everything in a list that a person may see by school. */
export function seenBy<Row extends { readonly school: string }>(
  person: Person,
  right: Parameters<typeof mayDo>[1],
  rows: readonly Row[],
): readonly Row[] {
  return rows.filter(({ school }) => mayDo(person, right, [school]));
}

/** A form that cannot be taken as it is, with one sentence on top. */
export function refusedForm(page: Page, text: string, field = ''): PageAnswer {
  const problems: readonly FormProblem[] = [{ field, text }];
  return { kind: 'invalid', problems, page };
}

/** What was typed into a field. */
export function typed(values: FormValues, name: string): string {
  const value = values[name];
  return typeof value === 'string' ? value : '';
}

export function ticks(values: FormValues, name: string): readonly string[] {
  const value = values[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
