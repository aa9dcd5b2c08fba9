/** Kinds of ids other than sourcedId by which systems know a person; the text is kept in the alias table. */
export type AliasKind = 'number' | 'state-id' | 'person-id';

/**
 * An id of a person as the alias table writes it. Kinds of the SIS's own are kept as they are worded, in lower case,
 * and without hyphens and blanks, so that `stateID`, `State ID` and `state-id` are one kind.
 */
export function personAlias(kind: AliasKind | (string & {}), id: string): string {
  return `${kind.toLowerCase().replace(/[^a-z0-9]/g, '')}:${id}`;
}

/** A school named by its number instead of its sourcedId. */
export function schoolNumber(number: string): string {
  return `number:${number}`;
}
