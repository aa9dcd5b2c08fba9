import { createHash, hash } from 'node:crypto';
import { DIGEST_BYTES } from '../../domain/sis-records.ts';

/**
 * The text of a row in eight bytes. A row that comes word for word as it was applied need not be read again: among a
 * million rows another text gets the digest of one of them once in ten million million times.
 *
 * `salt` stands for how rows are read. Where that changes, all digests do, and every row is read anew.
 */
export function digestOf(row: Buffer, salt: Buffer): Buffer {
  const digest = hash('sha256', row, 'buffer').subarray(0, DIGEST_BYTES);
  for (let index = 0; index < DIGEST_BYTES; index += 1) {
    digest[index] = (digest[index] ?? 0) ^ (salt[index] ?? 0);
  }
  return digest;
}

/** @param reading all that a record depends on beside the row: the program's edition, the names of fields */
export function saltOf(reading: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(reading)).digest().subarray(0, DIGEST_BYTES);
}
