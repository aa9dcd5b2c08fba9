import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { errorCode } from '../ops/describe-error.ts';

export type ReadText =
  | { readonly kind: 'read'; readonly text: string }
  | { readonly kind: 'refused'; readonly code: string };

const NOT_UTF8 = 'ERR_ENCODING_INVALID_ENCODED_DATA';
const TOO_LARGE = 'TOO_LARGE';

/**
 * Reads a text file. `code` is that of the system's error, and can be put into words by `refusalWords`.
 * @param largest bytes
 */
export function readTextFile(path: string, largest: number): ReadText {
  try {
    if (statSync(path).size > largest) return { kind: 'refused', code: TOO_LARGE };
    return { kind: 'read', text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (error) {
    return { kind: 'refused', code: String(errorCode(error) ?? 'unreadable') };
  }
}

export function refusalWords(code: string, own: Readonly<Record<string, string>>): string {
  const words: Record<string, string> = { [NOT_UTF8]: 'is not UTF-8 text; save it as UTF-8', ...own };
  return words[code] ?? `cannot be read (${code})`;
}

/** As short as it can be from where the command was started, so that it can be clicked. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || isAbsolute(short) ? path : short;
}
