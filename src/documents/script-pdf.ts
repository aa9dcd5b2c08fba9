import PDFDocument from 'pdfkit';
import { RIGHT_TO_LEFT } from './font-files.ts';
import { DIRECTION_MARK, type Face, fontOf, type Look } from './fonts.ts';
import { type Direction, inVisualOrder, isPlain, type TextRun, textRuns } from './text-runs.ts';

/** What pdfkit hands to the function that draws one line; its typings leave the inner parts out. */
interface LineOptions extends PDFKit.Mixins.TextOptions {
  /** In which direction the text around this line runs. */
  readonly direction?: Direction;
  readonly lineWidth?: number;
  readonly textWidth?: number;
  readonly wordCount?: number;
  readonly horizontalScaling?: number;
}

interface Inside {
  _font: { readonly ascender: number; widthOfString(text: string, size: number): number };
  _fontSize: number;
  _fragment(text: string, x: number, y: number, options: LineOptions): void;
}

const pdfkit = PDFDocument.prototype as unknown as Inside &
  Pick<PDFKit.PDFDocument, 'widthOfString' | 'font'>;

/** Thousandths of the size of the font. */
const widths: Readonly<Record<Look, Map<string, number>>> = {
  regular: new Map(),
  bold: new Map(),
  italic: new Map(),
};
const REMEMBERED = 1_500;

const LOOKS = new Set<string>(['regular', 'bold', 'italic']);

/**
 * pdfkit sets each text in one font from left to right. Here every line is set in as many fonts as its scripts need
 * and in the order that the Unicode bidirectional algorithm gives; where lines break is left to pdfkit.
 */
export class ScriptPdf extends PDFDocument {
  private look: Look = 'regular';
  private said: string[] = [];

  override font(source: PDFKit.Mixins.PDFFontSource, size?: number): this;
  override font(source: PDFKit.Mixins.PDFFontSource, family: string, size?: number): this;
  override font(source: PDFKit.Mixins.PDFFontSource, ...rest: unknown[]): this {
    if (typeof source === 'string' && LOOKS.has(source)) {
      this.look = source as Look;
      this.need(this.look);
    }
    super.font(source, ...(rest as [number?]));
    return this;
  }

  override widthOfString(text: string, options: PDFKit.Mixins.TextOptions = {}): number {
    if (isPlain(text)) return this.plainWidth(text, options);
    return this.measured(text, 'ltr').reduce((sum, { width }) => sum + width, 0);
  }

  /** The words of a letter are those of the letter before, and to break lines each is measured anew. */
  private plainWidth(text: string, options: LineOptions): number {
    const { features, characterSpacing = 0, horizontalScaling = 100 } = options;
    if (features !== undefined || characterSpacing !== 0 || horizontalScaling !== 100)
      return super.widthOfString(text, options);
    const { _font: font, _fontSize: size } = this as unknown as Inside;
    const known = widths[this.look];
    let width = known.get(text);
    if (width === undefined) {
      if (known.size >= REMEMBERED) known.clear();
      width = font.widthOfString(text, 1_000);
      known.set(text, width);
    }
    return width * (size / 1_000);
  }

  /** Draws one line. */
  _fragment(line: string, x: number, y: number, options: LineOptions): void {
    const { direction = 'ltr' } = options;
    if (direction === 'ltr' && isPlain(line)) {
      pdfkit._fragment.call(this, line, x, y, options);
      return;
    }
    const text = line.replaceAll('\n', '');
    const runs = this.measured(direction === 'rtl' ? text.trimEnd() : text, direction);
    const total = runs.reduce((sum, { width }) => sum + width, 0);
    const { _font: font, _fontSize: size } = this as unknown as Inside;
    const inner = {
      ...options,
      align: 'left',
      // Every font stands on the line of the one that the text began in.
      baseline: -(font.ascender / 1000) * size,
    } satisfies LineOptions;
    const places = new Map<MeasuredRun, number>();
    let left = x + free(options) * ((options.lineWidth ?? total) - total);
    for (const run of inVisualOrder(runs)) {
      places.set(run, left);
      left += run.width;
    }
    // Drawn in the order of reading, so that the order of the content is the one of the text.
    for (const run of runs) this.draw(run, places.get(run) ?? x, y, inner);
  }

  override text(text: string, options?: PDFKit.Mixins.TextOptions): this;
  override text(text: string, x?: number, y?: number, options?: PDFKit.Mixins.TextOptions): this;
  override text(text: string, ...rest: unknown[]): this {
    const options = rest.find((one) => typeof one === 'object') as PDFKit.Mixins.TextOptions | undefined;
    this.said.push(text, options?.continued === true ? '' : ' ');
    return super.text(text, ...(rest as [number?, number?, PDFKit.Mixins.TextOptions?]));
  }

  /**
   * What a screen reader should say in the place of what was drawn; null when the drawing says it itself. Glyphs that
   * run from right to left are drawn as the eye sees them, which is not the order in which they are read.
   */
  actualText(draw: () => void): string | null {
    const outer = this.said;
    this.said = [];
    try {
      draw();
      const text = this.said.join('').trimEnd();
      return isPlain(text) || textRuns(text, 'regular', 'ltr').every(({ level }) => level === 0)
        ? null
        : text.replace(ALL_MARKS, '');
    } finally {
      this.said = outer;
    }
  }

  private draw(run: MeasuredRun, x: number, y: number, options: LineOptions): void {
    const { look } = this;
    this.face(run.face);
    const wordCount = run.text.trim().split(/\s+/).length;
    const features = run.level % 2 === 1 ? backwards : undefined;
    pdfkit._fragment.call(this, run.text, x, y, {
      ...options,
      ...(features && { features }),
      textWidth: run.width,
      wordCount,
    });
    this.face(look);
  }

  private measured(text: string, direction: Direction): MeasuredRun[] {
    const { look } = this;
    const runs = textRuns(text, look, direction).map((run) => {
      this.face(run.face);
      const options = run.level % 2 === 1 ? { features: backwards } : {};
      return { ...run, width: super.widthOfString(run.text, options) };
    });
    this.face(look);
    return runs;
  }

  private face(face: Face): void {
    this.need(face);
    super.font(face);
  }

  private need(face: Face): void {
    const { _registeredFonts: known } = this as unknown as { _registeredFonts: Record<string, unknown> };
    if (known[face] === undefined)
      this.registerFont(face, fontOf(face) as unknown as PDFKit.Mixins.PDFFontSource);
  }
}

interface MeasuredRun extends TextRun {
  readonly width: number;
}

/** pdfkit hands the features to the font as they are. */
const backwards = [RIGHT_TO_LEFT] as unknown as PDFKit.Mixins.OpenTypeFeatures[];

/** Which share of the room that a line leaves free stands to its left. */
function free({ align = 'left', lineWidth }: LineOptions): number {
  if (lineWidth === undefined) return 0;
  return align === 'right' ? 1 : align === 'center' ? 0.5 : 0;
}

const ALL_MARKS = new RegExp(DIRECTION_MARK, 'gu');
