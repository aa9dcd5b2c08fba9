import { createHash } from 'node:crypto';
import { DIGEST_BYTES, type KnownRows, type RecordPage } from '../../src/domain/sis-records.ts';

/** Records as a source tells them that leaves out what is known: page by page, with the digests of their texts. */
export function* toldPages<T>(
  records: readonly T[],
  known: KnownRows | undefined,
  pageSize: number,
): Generator<RecordPage<T>> {
  known?.beginPass();
  for (let from = 0; from < records.length; from += pageSize) {
    const told: T[] = [];
    const digests: Uint8Array[] = [];
    let unchanged = 0;
    for (const record of records.slice(from, from + pageSize)) {
      const digest = createHash('sha256').update(JSON.stringify(record)).digest().subarray(0, DIGEST_BYTES);
      const met = known?.meet(digest) ?? 'unknown';
      if (met === 'first') unchanged += 1;
      if (met !== 'unknown') continue;
      told.push(record);
      digests.push(digest);
    }
    yield { records: told, problems: [], repeated: 0, unchanged, digests };
  }
}
