import type * as fontkit from 'fontkit';
import { loadFont } from './font-files.ts';

export type Look = 'regular' | 'bold' | 'italic';

/** A font that text is set in: Noto Sans in a look, or the one of a script that Noto Sans does not cover. */
export type Face = Look | 'arabic' | 'arabic-bold' | 'chinese' | 'chinese-bold';

const WEIGHTS = { regular: '400Regular', bold: '700Bold', italic: '400Regular_Italic' } as const;
const SCRIPTS = {
  // Noto's Arabic fonts put letters together from a body and dots, which are copied and read aloud as other letters.
  arabic: { folder: 'ibm-plex-sans-arabic', file: 'IBMPlexSansArabic' },
  chinese: { folder: 'noto-sans-sc', file: 'NotoSansSC' },
} as const;
type Script = keyof typeof SCRIPTS;

const fonts = new Map<Face, fontkit.Font>();

/** The font, parsed once per process and only when it is asked for: the Chinese one has ten megabytes. */
export function fontOf(face: Face): fontkit.Font {
  let font = fonts.get(face);
  if (font === undefined) {
    font = load(face);
    fonts.set(face, font);
  }
  return font;
}

function load(face: Face): fontkit.Font {
  if (face === 'regular' || face === 'bold' || face === 'italic') {
    const weight = WEIGHTS[face];
    return loadFont(`@expo-google-fonts/noto-sans/${weight}/NotoSans_${weight}.ttf`);
  }
  const [script, bold] = face.split('-') as [Script, 'bold' | undefined];
  const { folder, file } = SCRIPTS[script];
  const weight = WEIGHTS[bold ?? 'regular'];
  return loadFont(`@expo-google-fonts/${folder}/${weight}/${file}_${weight}.ttf`);
}

/** Everything else is looked for in Noto Sans alone, so that a stray sign does not load a large font. */
const scripts: readonly { readonly name: Script; readonly characters: RegExp }[] = [
  { name: 'arabic', characters: /[\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefc]/u },
  {
    name: 'chinese',
    characters:
      /[\u2e80-\u30ff\u3100-\u312f\u31a0-\u31ff\u3200-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\u{20000}-\u{323af}]/u,
  },
];

/** @returns the face in which a character is set; null when no font has it */
export function faceOf(character: string, look: Look): Face | null {
  if (faceHas(look, character)) return look;
  const script = scripts.find(({ characters }) => characters.test(character));
  if (script === undefined) return null;
  // Neither script has an italic.
  const face: Face = look === 'bold' ? `${script.name}-bold` : script.name;
  return faceHas(face, character) ? face : null;
}

export function faceHas(face: Face, character: string): boolean {
  return fontOf(face).hasGlyphForCodePoint(character.codePointAt(0) ?? 0);
}

/** Says in which order characters stand, and is never printed itself. */
export const DIRECTION_MARK = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const LOOKS: readonly Look[] = ['regular', 'bold', 'italic'];

/** Characters of the texts that no font has a glyph for; printing them would show a wrong name. */
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

const known = new Map<string, boolean>();

function hasGlyph(character: string): boolean {
  let has = known.get(character);
  if (has === undefined) {
    has =
      character === '\n' ||
      DIRECTION_MARK.test(character) ||
      LOOKS.every((look) => faceOf(character, look) !== null);
    known.set(character, has);
  }
  return has;
}
