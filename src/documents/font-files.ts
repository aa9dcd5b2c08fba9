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
  rememberOutlines(font);
  const layOut = font.layout.bind(font);
  // With `ccmp` a letter such as ị becomes two glyphs: taken apart, it would be read aloud and copied as i.
  // Made for each run: fontkit writes into what it gets.
  const whole = () => ({ ccmp: false });
  const leftToRight = remembered(font, (text) => layOut(text, whole()));
  const rightToLeft = remembered(font, (text) => layOut(text, whole(), undefined, undefined, 'rtl'));
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
    if (glyph === null || codePoints.length === 0) return glyph;
    // Measured once, before others inherit it.
    glyph.advanceWidth;
    return Object.create(glyph, { codePoints: { value: codePoints } }) as fontkit.Glyph;
  };
}

/** What fontkit's subset of a TrueType font collects while it is encoded. */
interface Subset {
  glyf: Uint8Array[];
  loca: { readonly offsets: number[] };
  hmtx: { readonly metrics: unknown[] };
  offset: number;
  _addGlyph(id: number): number;
}

/** Every document embeds nearly the same letters: their outlines are read from the font once and not for each. */
function rememberOutlines(font: fontkit.Font): void {
  const outlines = new Map<number, { readonly outline: Uint8Array; readonly metric: unknown }>();
  const create = font.createSubset.bind(font);
  font.createSubset = () => {
    const made = create();
    const subset = made as unknown as Subset;
    const add = subset._addGlyph.bind(subset);
    subset._addGlyph = (id) => {
      const known = outlines.get(id);
      if (known !== undefined) {
        subset.loca.offsets.push(subset.offset);
        subset.hmtx.metrics.push(known.metric);
        subset.offset += known.outline.length;
        return subset.glyf.push(known.outline) - 1;
      }
      const place = add(id);
      const outline = subset.glyf[place];
      // One that is put together names its parts by their places in this subset: a negative number of contours.
      if (outline !== undefined && ((outline[0] ?? 0) & 0x80) === 0)
        outlines.set(id, { outline, metric: subset.hmtx.metrics[place] });
      return place;
    };
    return made;
  };
}

/** The words of a letter are those of the letter before: laying them out is most of the work of setting one. */
const REMEMBERED = 1_500;

const NO_FEATURES = Object.freeze({});

function remembered(
  font: fontkit.Font,
  layOut: (text: string) => fontkit.GlyphRun,
): (text: string) => fontkit.GlyphRun {
  // pdfkit writes into the positions that it gets: it turns units of the font into thousandths, again each time.
  const isWrittenAlike = font.unitsPerEm === 1_000;
  const runs = new Map<string, fontkit.GlyphRun>();
  return (text) => {
    let run = runs.get(text);
    if (run === undefined) {
      if (runs.size >= REMEMBERED) runs.clear();
      run = layOut(text);
      // A third of a run, and nobody reads it.
      run.features = NO_FEATURES;
      runs.set(text, run);
    }
    if (isWrittenAlike) return run;
    const positions = run.positions.map((position) => ({ ...position }));
    return Object.assign(Object.create(Object.getPrototypeOf(run)) as fontkit.GlyphRun, run, { positions });
  };
}

function asFeatures(features: NonNullable<Features>): Record<string, boolean> {
  if (!Array.isArray(features)) return features as Record<string, boolean>;
  return Object.fromEntries(features.map((name) => [name, true]));
}
