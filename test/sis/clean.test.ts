import { describe, expect, test } from '@jest/globals';
import { clean } from '../../src/sis/clean.ts';

describe('text from the SIS', () => {
  test.each([
    ['plain text stays', 'Zoë Müller-Łukasz', 'Zoë Müller-Łukasz'],
    ['other scripts stay', 'محمد 王小明 Нгуен', 'محمد 王小明 Нгуен'],
    ['is put together (NFC)', 'Zoe\u0308', 'Zoë'],
    ['loses line breaks', 'Ana\r\nBcc: evil@example.net', 'Ana Bcc: evil@example.net'],
    ['loses tabs and runs of spaces', ' a\t\t b \u00a0 c ', 'a b c'],
    ['loses NUL and escape', 'a\u0000b\u001b[31mc\u007fd\u0085e', 'a b [31mc d e'],
    ['loses overrides of the reading direction', '\u202Egnp.exe\u202C', 'gnp.exe'],
    ['loses isolates', '\u2066a\u2067b\u2068c\u2069', 'a b c'],
    ['loses direction marks', 'a\u200Eb\u200Fc\u061Cd', 'a b c d'],
    ['loses a byte order mark and zero-width spaces', '\uFEFFa\u200Bb\u2060c', 'a b c'],
    ['loses line and paragraph separators', 'a\u2028b\u2029c', 'a b c'],
    ['that is nothing but such marks is empty', '\u0000\u202E\u200B', ''],
    ['keeps what other outputs must escape', '=1+1 <b>{{name}}</b>', '=1+1 <b>{{name}}</b>'],
  ])('%s', (_name, text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  test.each([undefined, 10])('is capped (%s)', (longest) => {
    expect(clean('x'.repeat(100_000), longest)).toBe('x'.repeat(longest ?? 200));
  });

  test('the cap counts what is left, not what was dropped', () => {
    expect(clean(`${' '.repeat(500)}Ana`, 3)).toBe('Ana');
  });
});
