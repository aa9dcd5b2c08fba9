import { createHash } from 'node:crypto';

/** Stands for a text, for example in the key of a mail, which must not name anybody. */
export function shortHash(text: string, length: 12 | 16 | 24): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
