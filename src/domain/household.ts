import type { PostalAddress } from './sis-records.ts';

/** What the post office abbreviates (USPS Publication 28), as far as schools spell it both ways. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  avenue: 'ave',
  boulevard: 'blvd',
  circle: 'cir',
  court: 'ct',
  drive: 'dr',
  highway: 'hwy',
  lane: 'ln',
  parkway: 'pkwy',
  place: 'pl',
  road: 'rd',
  street: 'st',
  terrace: 'ter',
  trail: 'trl',
  north: 'n',
  south: 's',
  east: 'e',
  west: 'w',
};

/** Words before the number of a flat: "Apt 4", "Unit 4" and "# 4" are one door. */
const UNIT_WORDS = new Set(['apartment', 'apt', 'ste', 'suite', 'unit']);

/**
 * A key that two spellings of one postal address share; null when there is no address.
 * Spellings that are not known here stay apart: two letters to one home are better than one letter to two.
 */
export function householdOf(address: PostalAddress | null): string | null {
  if (address === null || address.lines.length === 0) return null;
  const parts = [...address.lines, address.city, address.state, address.postalCode.slice(0, 5)];
  const words = parts
    .join(' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !UNIT_WORDS.has(word))
    .map((word) => ABBREVIATIONS[word] ?? word);
  return words.length === 0 ? null : words.join(' ');
}
