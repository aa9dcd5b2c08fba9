import { z } from 'zod';
import { CSRF_FIELD, ONCE_FIELD } from './form.ts';
import type { FormProblem, FormValues } from './site.ts';

export interface SentForm {
  readonly csrf: string;
  readonly once: string;
  readonly values: FormValues;
}

/** What a body says, field by field. A name that stands several times is a list. @returns null: no form of ours */
export function sentForm(body: unknown): SentForm | null {
  if (!(body instanceof URLSearchParams)) return null;
  const fields = new Map<string, string[]>();
  let count = 0;
  for (const [name, value] of body) {
    count += 1;
    if (count > MOST_FIELDS) return null;
    const before = fields.get(name);
    if (before === undefined) fields.set(name, [value]);
    else before.push(value);
  }
  const csrf = fields.get(CSRF_FIELD);
  const once = fields.get(ONCE_FIELD);
  if (csrf?.length !== 1 || once?.length !== 1) return null;
  fields.delete(CSRF_FIELD);
  fields.delete(ONCE_FIELD);
  const values: Record<string, string | readonly string[]> = Object.create(null);
  for (const [name, given] of fields) values[name] = given.length === 1 ? (given[0] ?? '') : given;
  return { csrf: csrf[0] ?? '', once: once[0] ?? '', values };
}

export type ReadForm<Form> =
  | { readonly kind: 'read'; readonly form: Form }
  /** Fields that the page does not have, or has once: not sent by a person. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'invalid'; readonly problems: readonly FormProblem[] };

/** Takes the fields of a form and no others. */
export function readForm<Schema extends z.ZodObject>(
  schema: Schema,
  values: FormValues,
): ReadForm<z.output<Schema>> {
  const shape = schema.shape as Readonly<Record<string, z.ZodType>>;
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(shape, name)) return { kind: 'foreign' };
    if (typeof value !== 'string' && !isList(shape[name])) return { kind: 'foreign' };
  }
  const given = Object.fromEntries(
    Object.entries(shape).flatMap(([name, field]) => {
      const value = values[name];
      if (!isList(field)) return value === undefined ? [] : [[name, value]];
      return [[name, value === undefined ? [] : typeof value === 'string' ? [value] : value]];
    }),
  );
  const result = schema.safeParse(given);
  if (result.success) return { kind: 'read', form: result.data };
  const problems = result.error.issues.map(({ path, message }) => ({
    field: String(path[0] ?? ''),
    text: message,
  }));
  const first = problems.filter(
    (problem, index) => problems.findIndex(({ field }) => field === problem.field) === index,
  );
  return { kind: 'invalid', problems: first };
}

/** More boxes than any list of ours has. */
const MOST_FIELDS = 2_000;

/** A field that may stand several times: boxes to tick. */
function isList(field: z.ZodType | undefined): boolean {
  if (field instanceof z.ZodArray) return true;
  return (
    (field instanceof z.ZodOptional || field instanceof z.ZodDefault) && isList(field.unwrap() as z.ZodType)
  );
}
