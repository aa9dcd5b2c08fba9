/** One header field, unfolded; the name in lower case. */
export interface HeaderField {
  readonly key: string;
  readonly value: string;
}

const LONGEST_VALUE = 4_000;
const MOST_FIELDS = 500;
const LONGEST_BLOCK = 64 * 1024;

/** The value of the first field with this name, cut; an empty text where there is none. */
export function firstValue(fields: readonly HeaderField[], key: string): string {
  return (fields.find((field) => field.key === key)?.value ?? '').slice(0, LONGEST_VALUE).trim();
}

/** What all fields with one of these names say, cut. */
export function valuesOf(fields: readonly HeaderField[], ...keys: readonly string[]): string {
  return fields
    .filter((field) => keys.includes(field.key))
    .map((field) => field.value.slice(0, LONGEST_VALUE))
    .join(' ')
    .slice(0, 4 * LONGEST_VALUE);
}

/**
 * Reads blocks of header fields, as in a delivery status or in returned headers, from the first bytes of a text. What is
 * no field is passed over.
 * @returns the blocks in order; an empty line ends each
 */
export function readBlocks(bytes: Uint8Array, mostBlocks: number): HeaderField[][] {
  const text = Buffer.from(bytes.subarray(0, LONGEST_BLOCK)).toString('latin1');
  const blocks: HeaderField[][] = [];
  let block: { key: string; value: string }[] = [];
  let count = 0;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line.trim() === '') {
      if (block.length > 0) blocks.push(block);
      block = [];
      if (blocks.length >= mostBlocks) return blocks;
      continue;
    }
    const last = block.at(-1);
    if (/^[ \t]/.test(line)) {
      if (last !== undefined) last.value = `${last.value} ${line.trim()}`.slice(0, LONGEST_VALUE);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1 || colon > 100 || count >= MOST_FIELDS) continue;
    count += 1;
    block.push({
      key: line.slice(0, colon).trim().toLowerCase(),
      value: line.slice(colon + 1, colon + 1 + LONGEST_VALUE).trim(),
    });
  }
  if (block.length > 0) blocks.push(block);
  return blocks;
}

/** Message-IDs in a header value, with their angle brackets: at most the last twenty, which name the nearest mails. */
export function messageIdsIn(value: string): string[] {
  return (value.match(/<[^<>\s@]{1,200}@[^<>\s@]{1,200}>/g) ?? []).slice(-20);
}

/** Everything in a header value that has the form of an address: at most fifty. */
export function addressesIn(value: string): string[] {
  return (value.match(/[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,190}/g) ?? []).slice(0, 50);
}
