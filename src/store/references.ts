import { randomInt } from 'node:crypto';

/** No I, L, O, 0 or 1: read over the phone and typed from paper. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/** A reference for people, for example `L-7F3K-2Q9M`. Random: it says nothing about anybody. */
export function newReference(
  kind: 'D' | 'L' | 'T' | 'R' | 'P' | 'M' | 'H' | 'C' | 'E' | 'A' | 'B' | 'S' | 'K' | 'Q' | 'Z',
): string {
  return written(kind, () => randomInt(ALPHABET.length));
}

/** The reference of what has no row of its own: the same digest gives the same one. */
export function referenceOf(kind: 'G', digest: Uint8Array): string {
  return written(kind, (place) => (digest[place] ?? 0) % ALPHABET.length);
}

function written(kind: string, symbolAt: (place: number) => number): string {
  const symbols = Array.from({ length: 8 }, (_, place) => ALPHABET[symbolAt(place)]).join('');
  return `${kind}-${symbols.slice(0, 4)}-${symbols.slice(4)}`;
}
