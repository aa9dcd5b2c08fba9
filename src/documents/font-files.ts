import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as fontkit from 'fontkit';

const require = createRequire(import.meta.url);

/** Among the features of a run: its glyphs stand from right to left, whatever its characters say. */
export const RIGHT_TO_LEFT = 'rtl';

type Features = Parameters<fontkit.Font['layout']>[1];

/** @param path of a TTF inside a package of node_modules */
export function loadFont(path: string): fontkit.Font {
  const font = fontkit.create(readFileSync(require.resolve(path))) as fontkit.Font;
  forgetCodePoints(font);
  const layOut = font.layout.bind(font);
  // With `ccmp` a letter such as ị becomes two glyphs: taken apart, it would be read aloud and copied as i.
  // Made for each run: fontkit writes into what it gets.
  const whole = () => ({ ccmp: false });
  const leftToRight = remembered((text) => layOut(text, whole()));
  const rightToLeft = remembered((text) => layOut(text, whole(), undefined, undefined, 'rtl'));
  font.layout = (text, features) => {
    if (features === undefined) return leftToRight(text);
    const { [RIGHT_TO_LEFT]: reversed, ...others } = asFeatures(features);
    if (Object.keys(others).length > 0) return layOut(text, { ...others, ...whole() });
    return reversed === true ? rightToLeft(text) : leftToRight(text);
  };
  return font;
}

/**
 * fontkit keeps each glyph with the characters of its first use. What a glyph is copied as would then hang on the
 * documents that were set before, and the same letter would not have the same bytes.
 */
function forgetCodePoints(font: fontkit.Font): void {
  const kept = font.getGlyph.bind(font);
  font.getGlyph = (id, codePoints = []) => {
    const glyph = kept(id);
    return glyph && (Object.create(glyph, { codePoints: { value: codePoints } }) as fontkit.Glyph);
  };
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

function asFeatures(features: NonNullable<Features>): Record<string, boolean> {
  if (!Array.isArray(features)) return features as Record<string, boolean>;
  return Object.fromEntries(features.map((name) => [name, true]));
}
