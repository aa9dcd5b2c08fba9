import type { ConfigProblem, Place } from './config-error.ts';

/** Entries of a list that stand there a second time. */
export function repeated(
  list: readonly string[],
  key: readonly PropertyKey[],
  what: string,
  at: Place,
): ConfigProblem[] {
  return list.flatMap((entry, index) =>
    list.indexOf(entry) < index
      ? [at([...key, index], `found "${entry}" twice, expected each ${what} once`)]
      : [],
  );
}
