import { readFileSync, statSync } from 'node:fs';
import { errorCode } from '../ops/describe-error.ts';

/** What `chmod o+r` sets: everybody on the machine may read. */
const READABLE_BY_ALL = 0o004;
const LONGEST_SECRET = 64 * 1024;

export type SecretFile =
  | { readonly kind: 'read'; readonly secret: string }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string };

/**
 * Reads a secret from a file; a line break at its end is cut. The reason never repeats what is in it.
 * @param allowed `several`: it may have several lines, as a key in PEM does
 */
export function readSecretFile(path: string, allowed: { readonly several?: boolean } = {}): SecretFile {
  const refused = (code: string, reason: string): SecretFile => ({ kind: 'refused', code, reason });
  try {
    const { mode, size } = statSync(path);
    if (process.platform !== 'win32' && (mode & READABLE_BY_ALL) !== 0) {
      return refused(
        'world-readable',
        'can be read by everybody on this machine, expected mode 0600 or 0640',
      );
    }
    if (size > LONGEST_SECRET) return refused('too-long', 'is larger than 64 kB, expected a secret');
    const secret = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (secret === '') return refused('empty', 'is empty, expected the secret in it');
    if (allowed.several !== true && /[\r\n\0]/.test(secret))
      return refused('several-lines', 'has several lines, expected the secret alone');
    return { kind: 'read', secret };
  } catch (error) {
    const code = String(errorCode(error) ?? 'unreadable');
    return refused(code, `cannot be read (${code})`);
  }
}
