import { once } from 'node:events';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { DIGEST_BYTES, type KnownRows } from '../../domain/sis-records.ts';

export type KnownCollection = 'students' | 'guardians' | 'demographics' | 'attendances';

/** Rows that are in force with all they say, and were there in the last whole read. */
const IN_FORCE: Readonly<Record<KnownCollection, string>> = {
  students: 'student where missing_since is null',
  guardians: 'guardian where missing_since is null',
  demographics: 'demographics where true',
  attendances: 'absence_record where ended_at is null and missing_since is null',
};

/** @param schoolYear only absences of this one; other collections know no school year */
export async function loadKnownRows(
  client: pg.ClientBase,
  collection: KnownCollection,
  schoolYear: string,
): Promise<DigestSet> {
  const ofYear = collection === 'attendances' ? ` and school_year = ${client.escapeLiteral(schoolYear)}` : '';
  const rows = `${IN_FORCE[collection]} and digest is not null${ofYear}`;
  const counted = await client.query<{ n: string }>(`select count(*) as n from ${rows}`);
  const set = new DigestSet(Number(counted.rows[0]?.n ?? 0));
  const stream = client.query(copyTo(`copy (select digest from ${rows}) to stdout (format binary)`));
  const ended = once(stream, 'end');
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  stream.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = begun ? 0 : HEADER_BYTES;
    begun = true;
    for (; at + TUPLE_BYTES <= bytes.length; at += TUPLE_BYTES) {
      set.add(bytes.readUInt32LE(at + TUPLE_HEAD), bytes.readUInt32LE(at + TUPLE_HEAD + 4));
    }
    rest = bytes.subarray(at);
  });
  await ended;
  return set;
}

/** PostgreSQL's binary copy: a header without extension, then one field of known length per tuple. */
const HEADER_BYTES = 19;
const TUPLE_HEAD = 2 + 4;
const TUPLE_BYTES = TUPLE_HEAD + DIGEST_BYTES;

/** Digests of a collection, in about twenty bytes each. */
export class DigestSet implements KnownRows {
  private low: Uint32Array;
  private high: Uint32Array;
  /** The pass in which a digest was met last; 0: in none. */
  private readonly met: Uint8Array;
  private pass = 0;

  /** @param most digests that will be added */
  constructor(most: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(8, most * 2)));
    this.low = new Uint32Array(slots);
    this.high = new Uint32Array(slots);
    this.met = new Uint8Array(slots);
  }

  add(low: number, high: number): void {
    const at = this.find(low, high);
    this.low[at] = low;
    this.high[at] = high;
  }

  beginPass(): void {
    this.pass += 1;
  }

  meet(digest: Uint8Array): 'unknown' | 'first' | 'later' | 'again' {
    const view = Buffer.from(digest.buffer, digest.byteOffset, digest.length);
    const low = view.readUInt32LE(0);
    const high = view.readUInt32LE(4);
    const at = this.find(low, high);
    if (this.isEmpty(at)) return 'unknown';
    const before = this.met[at] ?? 0;
    this.met[at] = this.pass;
    if (before === 0) return 'first';
    return before === this.pass ? 'again' : 'later';
  }

  /** Digests that did not come in any pass. */
  *unmet(): Generator<Buffer> {
    for (let at = 0; at < this.met.length; at += 1) {
      if (this.met[at] !== 0 || this.isEmpty(at)) continue;
      const digest = Buffer.alloc(DIGEST_BYTES);
      digest.writeUInt32LE(this.low[at] ?? 0, 0);
      digest.writeUInt32LE(this.high[at] ?? 0, 4);
      yield digest;
    }
  }

  /** All zeros marks an empty slot; a row with that digest is never known and read each time. */
  private isEmpty(at: number): boolean {
    return this.low[at] === 0 && this.high[at] === 0;
  }

  private find(low: number, high: number): number {
    const mask = this.low.length - 1;
    let at = (low ^ high) & mask;
    while (!this.isEmpty(at) && (this.low[at] !== low || this.high[at] !== high)) at = (at + 1) & mask;
    return at;
  }
}
