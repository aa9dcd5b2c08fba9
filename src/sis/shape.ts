/**
 * How rows of a SIS are read: a field is a function from what came to what it means, and a shape one over the fields of
 * an object. A million rows go through here in a night, one object each and no more. What cannot be understood is
 * refused with what was found and what is expected; neither repeats the value.
 */
export type Field<T> = (value: unknown) => T;

/** What a field or a shape makes of a value. */
export type Told<F extends Field<unknown>> = ReturnType<F>;

type Fields = Readonly<Record<string, Field<unknown>>>;

export type Shape<F extends Fields> = Field<{ readonly [Name in keyof F]: ReturnType<F[Name]> }> & {
  readonly fields: F;
};

/** Fields that are not named are never read. */
export function shape<F extends Fields>(fields: F): Shape<F> {
  const named = Object.entries(fields);
  const read = (value: unknown) => {
    if (!isObject(value)) return refuse(Array.isArray(value) ? 'a list' : typeof value, 'an object');
    const told: Record<string, unknown> = {};
    for (const [name, field] of named) {
      try {
        told[name] = field(Object.hasOwn(value, name) ? value[name] : undefined);
      } catch (error) {
        throw error instanceof Refusal ? error.under(name) : error;
      }
    }
    return told as { [Name in keyof F]: ReturnType<F[Name]> };
  };
  return Object.assign(read, { fields });
}

/** Why a value cannot be read. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly found: string;
  readonly expected: string;
  readonly path: readonly string[];

  constructor(found: string, expected: string, path: readonly string[] = []) {
    super(expected);
    this.found = found;
    this.expected = expected;
    this.path = path;
  }

  under(name: string): Refusal {
    return new Refusal(this.found, this.expected, [name, ...this.path]);
  }
}

/** Ends the reading of a field. Neither text may hold the value itself. */
export function refuse(found: string, expected: string): never {
  throw new Refusal(found, expected);
}

/** The value; null where it cannot be read. */
export function readOrNull<T>(field: Field<T>, value: unknown): T | null {
  try {
    return field(value);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
