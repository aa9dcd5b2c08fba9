/**
 * Which rows have come in a read, by fingerprint: eight bytes for each, so that a district of any size fits. Two ids
 * of a million share a fingerprint once in ten thousand reads; the total then disagrees and the collection is read
 * again.
 */
export class SeenPrints {
  /** Different fingerprints so far. */
  count = 0;
  private slots = new Float64Array(1 << 10);

  /** @returns false when it came before */
  add(print: number): boolean {
    if ((this.count + 1) * 2 > this.slots.length) this.grow();
    const added = place(this.slots, print);
    if (added) this.count += 1;
    return added;
  }

  has(print: number): boolean {
    return this.slots[find(this.slots, print)] !== 0;
  }

  private grow(): void {
    const larger = new Float64Array(this.slots.length * 2);
    for (const known of this.slots) if (known !== 0) place(larger, known);
    this.slots = larger;
  }
}

function place(slots: Float64Array, print: number): boolean {
  const at = find(slots, print);
  if (slots[at] !== 0) return false;
  slots[at] = print;
  return true;
}

/** The slot that holds the fingerprint, else the empty one where it belongs. */
function find(slots: Float64Array, print: number): number {
  const mask = slots.length - 1;
  let at = (print % 0x7fffffff) & mask;
  while (slots[at] !== 0 && slots[at] !== print) at = (at + 1) & mask;
  return at;
}

/** 52 bits from two lanes of multiplications; never 0, which marks an empty slot. */
export function printOfText(text: string): number {
  let high = 0x9e3779b1;
  let low = 0x85ebca6b;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x5bd1e995);
    low ^= low >>> 15;
  }
  high ^= high >>> 13;
  return ((high >>> 0) & 0xfffff) * 0x100000000 + (low >>> 0) + 1;
}

/** 52 bits of a digest; never 0. */
export function printOfDigest(digest: Buffer): number {
  return (digest.readUInt32LE(0) & 0xfffff) * 0x100000000 + digest.readUInt32LE(4) + 1;
}
