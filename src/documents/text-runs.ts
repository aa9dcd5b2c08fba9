import makeBidi, { type Bidi } from 'bidi-js';
import { DIRECTION_MARK, type Face, faceHas, faceOf, type Look } from './fonts.ts';

/** Its typings describe the module of ES; what Node loads is the function itself. */
const bidi = (makeBidi as unknown as () => Bidi)();

export type Direction = 'ltr' | 'rtl';

/** A piece of one line that is set in one font and in one direction. */
export interface TextRun {
  /** As it is drawn: brackets that stand from right to left are turned. */
  readonly text: string;
  readonly face: Face;
  /** Of the Unicode bidirectional algorithm: odd levels stand from right to left. */
  readonly level: number;
}

/** What Noto Sans covers and what runs from left to right, but for the marks that say otherwise. */
const PLAIN = /^[\n\u0020-\u052f\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u200b]*$/;

/** Whether a text is set in one font from left to right, and needs no runs. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/** The runs of one line in the order in which they are read. */
export function textRuns(line: string, look: Look, direction: Direction): TextRun[] {
  const { levels } = bidi.getEmbeddingLevels(line, direction);
  const base = direction === 'rtl' ? 1 : 0;
  const end = line.trimEnd().length;
  const runs: { text: string; face: Face; level: number }[] = [];
  let index = 0;
  for (const character of line) {
    // Unicode Standard Annex 9, L1: space at the end of a line stands at its end.
    const level = index < end ? (levels[index] ?? base) : base;
    index += character.length;
    if (DIRECTION_MARK.test(character)) continue;
    const last = runs.at(-1);
    const face = faceBeside(character, look, level, last?.level === level ? last.face : null);
    const shown = level % 2 === 1 ? (bidi.getMirroredCharacter(character) ?? character) : character;
    if (last !== undefined && last.level === level && last.face === face) last.text += shown;
    else runs.push({ text: shown, face, level });
  }
  return runs;
}

/** An accent stays in the font of its letter; spaces and brackets between Arabic words are Arabic too. */
function faceBeside(character: string, look: Look, level: number, before: Face | null): Face {
  if (before !== null && /\p{M}/u.test(character) && faceHas(before, character)) return before;
  const arabic = look === 'bold' ? 'arabic-bold' : 'arabic';
  if (level % 2 === 1 && faceHas(arabic, character)) return arabic;
  return faceOf(character, look) ?? look;
}

/** The same runs from left to right, as the eye sees them (Unicode Standard Annex 9, L2). */
export function inVisualOrder<T extends { readonly level: number }>(runs: readonly T[]): T[] {
  const ordered = [...runs];
  const highest = Math.max(0, ...runs.map(({ level }) => level));
  for (let level = highest; level > 0; level -= 1) {
    for (let from = 0; from < ordered.length; from += 1) {
      let to = from;
      while ((ordered[to]?.level ?? -1) >= level) to += 1;
      if (to > from) ordered.splice(from, to - from, ...ordered.slice(from, to).reverse());
      from = to;
    }
  }
  return ordered;
}
