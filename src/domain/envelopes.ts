import { householdOf } from './household.ts';
import type { PostalAddress } from './sis-records.ts';

/** A paper letter that waits for a print run. */
export interface WaitingPaper {
  readonly ref: string;
  readonly guardianIds: readonly number[];
  /** The first addressee's. */
  readonly familyName: string;
  readonly address: PostalAddress | null;
}

/** How letters lie in a print run; a setting of the district. */
export interface EnvelopeSetting {
  readonly order: 'name' | 'postal-code';
  /** Letters about several children go into one envelope where addressees and address are the same. */
  readonly siblingsTogether: boolean;
}

/** A letter at its place in the run. Letters with the same number, which are neighbours, share an envelope. */
export type PlacedPaper<T extends WaitingPaper> = T & { readonly envelope: number };

/**
 * Puts paper letters in the order of their envelopes, which are numbered from 1. Letters without an address come last:
 * the office hands them over, and none of them ever shares an envelope.
 */
export function placeInEnvelopes<T extends WaitingPaper>(
  letters: readonly T[],
  { order, siblingsTogether }: EnvelopeSetting,
): PlacedPaper<T>[] {
  const byRef = [...letters].sort((a, b) => compare([a.ref], [b.ref]));
  const envelopes = new Map<string, T[]>();
  for (const letter of byRef) {
    const key = (siblingsTogether ? sharedKey(letter) : null) ?? `letter ${letter.ref}`;
    envelopes.set(key, [...(envelopes.get(key) ?? []), letter]);
  }
  return [...envelopes.values()]
    .map((inside) => ({ inside, key: sortKey(inside, order) }))
    .sort((a, b) => compare(a.key, b.key))
    .flatMap(({ inside }, index) => inside.map((letter) => ({ ...letter, envelope: index + 1 })));
}

/** The same people at the same door; null: nobody can tell. */
function sharedKey({ guardianIds, address }: WaitingPaper): string | null {
  const household = householdOf(address);
  if (household === null || guardianIds.length === 0) return null;
  return JSON.stringify([household, [...guardianIds].sort((a, b) => a - b)]);
}

function sortKey(inside: readonly WaitingPaper[], order: EnvelopeSetting['order']): string[] {
  const [first] = inside;
  const household = householdOf(first?.address ?? null);
  const name = (first?.familyName ?? '').toLowerCase();
  const last = [name, household ?? '', first?.ref ?? ''];
  const withAddress = household === null ? '1' : '0';
  return order === 'name' ? [withAddress, ...last] : [withAddress, first?.address?.postalCode ?? '', ...last];
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}
