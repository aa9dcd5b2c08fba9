import { describe, expect, test } from '@jest/globals';
import { missingGlyphs, spellOutMissing } from '../../src/documents/fonts.ts';
import { inVisualOrder, isPlain, textRuns } from '../../src/documents/text-runs.ts';

describe('the runs of a line', () => {
  test.each([
    ['Nguyễn Thị Minh', ['Nguyễn Thị Minh|regular|0']],
    ['Dear 王小龙, dear Ana', ['Dear |regular|0', '王小龙|chinese|0', ', dear Ana|regular|0']],
    ['请致电 303。', ['请致电|chinese|0', ' 303|regular|0', '。|chinese|0']],
    ['Dear محمد علي,', ['Dear |regular|0', 'محمد علي|arabic|1', ',|regular|0']],
    ['Щербаков', ['Щербаков|regular|0']],
  ])('%s', (line, expected) => {
    expect(
      textRuns(line, 'regular', 'ltr').map(({ text, face, level }) => `${text}|${face}|${level}`),
    ).toEqual(expected);
  });

  test('in a bold text are bold; neither script has an italic', () => {
    expect(textRuns('明', 'bold', 'ltr')[0]?.face).toBe('chinese-bold');
    expect(textRuns('علي', 'italic', 'ltr')[0]?.face).toBe('arabic');
  });

  test('inside a line from right to left keep a phone number in order, and its marks are not drawn', () => {
    const runs = textRuns('اتصل \u2066(303) 555-0111\u2069 الآن', 'regular', 'rtl');
    expect(inVisualOrder(runs).map(({ text }) => text)).toEqual([' الآن', '(303) 555-0111', 'اتصل ']);
  });

  test('turn brackets that stand from right to left', () => {
    expect(textRuns('(علي)', 'regular', 'rtl').map(({ text }) => text)).toEqual([')علي(']);
  });
});

describe('one font from left to right', () => {
  test.each(['Łukasz O’Brien-Sánchez', 'Nguyễn', 'Щербаков', 'Zoë – “x” €', ''])(
    'is enough for %s',
    (text) => {
      expect(isPlain(text)).toBe(true);
    },
  );
  test.each(['علي', '王', 'a\u202eb', 'שלום'])('is not for %s', (text) => {
    expect(isPlain(text)).toBe(false);
  });
});

describe('glyphs', () => {
  test.each(['محمد', '李明', 'Łukasz Nguyễn', 'Щербаков', 'گلناز', '王小龍', 'さくら', 'a\u2066b\u2069'])(
    '%s can be set',
    (name) => {
      expect(missingGlyphs([name])).toEqual([]);
    },
  );
  test.each([
    ['ᏣᎳᎩ', ['Ꭹ', 'Ꮃ', 'Ꮳ']],
    ['አበበ', ['በ', 'አ']],
    ['김', ['김']],
    ['שרה', ['ה', 'ר', 'ש']],
    ['👍', ['👍']],
  ])('%s cannot', (name, missing) => {
    expect(missingGlyphs([name])).toEqual(missing);
  });
  test('are spelled out in notes', () => {
    expect(spellOutMissing('ok 👍 明')).toBe('ok [U+1F44D] 明');
  });
});
