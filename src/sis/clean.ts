/** Control characters, and the marks that turn the reading direction of text around. */
const UNWANTED = /[\p{Cc}\u061C\u200B\u200E\u200F\u202A-\u202E\u2028\u2029\u2060-\u2069\uFEFF]/gu;

/** Printable ASCII with single blanks inside, which is what nearly all text is: there is nothing to clean. */
const PLAIN = /^[!-~]+(?: [!-~]+)*$/;

/**
 * Text from the SIS as the rest of Rollcall may rely on: well-formed, NFC, one line, without control or direction
 * marks. @param longest in characters; the rest is cut
 */
export function clean(text: string, longest = 200): string {
  if (text.length <= longest && PLAIN.test(text)) return text;
  const plain = text.toWellFormed().normalize('NFC').replace(UNWANTED, ' ').replace(/\s+/g, ' ').trim();
  return plain.length <= longest ? plain : [...plain].slice(0, longest).join('').trim();
}
