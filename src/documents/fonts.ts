import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as fontkit from 'fontkit';

const require = createRequire(import.meta.url);

/** Noto Sans as TTF: parsed once per process, then handed to each document. */
function load(weight: string): fontkit.Font {
  const path = require.resolve(`@expo-google-fonts/noto-sans/${weight}/NotoSans_${weight}.ttf`);
  const font = fontkit.create(readFileSync(path)) as fontkit.Font;
  const layOut = font.layout.bind(font);
  // Without `ccmp` a letter such as ị stays one glyph: taken apart, it would be read aloud and copied as i.
  const lay = remembered((text: string) => layOut(text, { ccmp: false }));
  font.layout = (text, features) =>
    features === undefined ? lay(text) : layOut(text, { ...asFeatures(features), ccmp: false });
  return font;
}

/** The words of a letter are those of the letter before: laying them out is most of the work of setting one. */
const REMEMBERED = 20_000;

function remembered(layOut: (text: string) => fontkit.GlyphRun): (text: string) => fontkit.GlyphRun {
  const runs = new Map<string, fontkit.GlyphRun>();
  return (text) => {
    let run = runs.get(text);
    if (run === undefined) {
      if (runs.size >= REMEMBERED) runs.clear();
      run = layOut(text);
      runs.set(text, run);
    }
    // pdfkit writes into the positions that it gets.
    const positions = run.positions.map((position) => ({ ...position }));
    return Object.assign(Object.create(Object.getPrototypeOf(run)) as fontkit.GlyphRun, run, { positions });
  };
}

function asFeatures(features: Parameters<fontkit.Font['layout']>[1]): Record<string, boolean> {
  if (!Array.isArray(features)) return (features ?? {}) as Record<string, boolean>;
  return Object.fromEntries(features.map((name) => [name, true]));
}

export const fonts = {
  regular: load('400Regular'),
  bold: load('700Bold'),
  italic: load('400Regular_Italic'),
};

export type Look = keyof typeof fonts;

/** Characters of the texts that a font has no glyph for; printing them would show a wrong name. */
export function missingGlyphs(texts: Iterable<string>): string[] {
  const missing = new Set<string>();
  for (const text of texts) {
    for (const character of text) if (!hasGlyph(character)) missing.add(character);
  }
  return [...missing].sort();
}

/** Text with `[U+1F44D]` in the place of what the fonts lack: for notes, where a gap would be worse; never for names. */
export function spellOutMissing(text: string): string {
  return [...text]
    .map((character) =>
      hasGlyph(character)
        ? character
        : `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .join('');
}

function hasGlyph(character: string): boolean {
  if (character === '\n') return true;
  const point = character.codePointAt(0) ?? 0;
  return Object.values(fonts).every((font) => font.hasGlyphForCodePoint(point));
}
