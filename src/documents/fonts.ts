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
  font.layout = (text, features) => layOut(text, { ...asFeatures(features), ccmp: false });
  return font;
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

/** Characters of the text that a font has no glyph for; printing them would show a wrong name. */
export function missingGlyphs(texts: Iterable<string>): string[] {
  const missing = new Set<string>();
  for (const text of texts) {
    for (const character of text) {
      if (character === '\n') continue;
      const point = character.codePointAt(0) ?? 0;
      if (!Object.values(fonts).every((font) => font.hasGlyphForCodePoint(point))) missing.add(character);
    }
  }
  return [...missing].sort();
}
