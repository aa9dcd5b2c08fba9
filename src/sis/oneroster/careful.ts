import type { RowProblem } from '../../domain/sis-records.ts';
import { type Field, Refusal } from '../shape.ts';

/** Which field could not be read, what was found in it, and what is expected. None of them holds the value. */
export type FieldDoubt = Pick<RowProblem, 'field' | 'found' | 'expected'>;

/** A value, or what stands for one that could not be read. */
export class Careful<T> {
  readonly told: T;
  /** Its field is empty, or the path to the part of the value that could not be read. */
  readonly doubt: FieldDoubt | null;

  constructor(told: T, doubt: FieldDoubt | null) {
    this.told = told;
    this.doubt = doubt;
  }
}

/**
 * A field without which the rest of its row must not be lost: the row may hold the only word that somebody must not be
 * written to.
 * @param otherwise stands for a value that cannot be read
 */
export function careful<T>(read: Field<T>, otherwise: T): Field<Careful<T>> {
  return (value) => {
    try {
      return new Careful(read(value), null);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return new Careful(otherwise, doubtOf(error));
    }
  };
}

/** By the path to what was refused. */
export function doubtOf({ path, found, expected }: Refusal): FieldDoubt {
  return { field: path.join('.'), found, expected };
}

/** Every field of what was read that could not be, in the order of its shape, also deep inside. */
export function doubtsIn(read: unknown, path: readonly string[] = []): FieldDoubt[] {
  if (typeof read !== 'object' || read === null) return [];
  if (read instanceof Careful) {
    if (read.doubt === null) return doubtsIn(read.told, path);
    const { field, ...doubt } = read.doubt;
    return [{ field: [...path, ...(field === '' ? [] : [field])].join('.'), ...doubt }];
  }
  return Object.entries(read).flatMap(([name, part]) => doubtsIn(part, [...path, name]));
}
