/**
 * A JSON document as bytes, in which the rows of its lists are found without reading them: a million rows are mostly
 * the ones of yesterday, and those are told by their bytes alone. Each row is parsed by itself, and only when somebody
 * wants it, so that the objects of a page never live all at once.
 */
export interface JsonDocument {
  /** The whole document, parsed. @throws SyntaxError where a row is no JSON */
  value(): unknown;
  /** The list under the first of these keys that has one; a single object there is a list of one. */
  rowsUnder(keys: readonly string[]): RowList | null;
  /** The list that is the document itself. */
  rowsAtRoot(): RowList | null;
}

export interface RowList {
  readonly length: number;
  /** The bytes of one row, not copied. */
  bytes(index: number): Buffer;
  /** @throws SyntaxError where these bytes are no JSON */
  parse(index: number): unknown;
}

/** Offsets into the document: begin and end of each row. */
type Spans = number[];

/** @throws SyntaxError where brackets, quotes or commas show that it is no complete document */
export function readJsonDocument(bytes: Buffer): JsonDocument {
  const scan = new Scan(bytes);
  const { lists, root } = scan.document();
  const list = (spans: Spans | null | undefined) => (spans ? new ScannedRows(bytes, spans) : null);
  return {
    value: () => JSON.parse(bytes.toString('utf8')),
    rowsUnder(keys) {
      for (const key of keys) if (lists.has(key)) return list(lists.get(key));
      return null;
    },
    rowsAtRoot: () => list(root),
  };
}

class ScannedRows implements RowList {
  readonly length: number;
  private readonly document: Buffer;
  private readonly spans: Spans;

  constructor(document: Buffer, spans: Spans) {
    this.document = document;
    this.spans = spans;
    this.length = spans.length / 2;
  }

  bytes(index: number): Buffer {
    return this.document.subarray(this.spans[index * 2], this.spans[index * 2 + 1]);
  }

  parse(index: number): unknown {
    return JSON.parse(this.document.toString('utf8', this.spans[index * 2], this.spans[index * 2 + 1]));
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Finds brackets and quotes. What stands between them is `JSON.parse`'s business. */
class Scan {
  private at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  document(): { lists: Map<string, Spans>; root: Spans | null } {
    const lists = new Map<string, Spans>();
    let root: Spans | null = null;
    const first = this.peek();
    if (first === OPEN_OBJECT) this.members(lists);
    else if (first === OPEN_LIST) root = this.elements();
    else this.skipValue();
    if (!Number.isNaN(this.peek())) throw broken('something behind the document');
    return { lists, root };
  }

  private members(lists: Map<string, Spans>): void {
    this.at += 1;
    if (this.peek() === CLOSE_OBJECT) {
      this.at += 1;
      return;
    }
    for (;;) {
      if (this.peek() !== QUOTE) throw broken('no key');
      const begin = this.at;
      this.skipString();
      const key: unknown = JSON.parse(this.bytes.toString('utf8', begin, this.at));
      if (this.peek() !== COLON) throw broken('a key without a value');
      this.at += 1;
      const kind = this.peek();
      const start = this.at;
      // The last of two equal keys wins, as everywhere.
      lists.delete(String(key));
      if (kind === OPEN_LIST) lists.set(String(key), this.elements());
      else {
        this.skipValue();
        if (kind === OPEN_OBJECT) lists.set(String(key), [start, this.at]);
      }
      if (this.ends(CLOSE_OBJECT)) return;
    }
  }

  private elements(): Spans {
    const spans: Spans = [];
    this.at += 1;
    if (this.peek() === CLOSE_LIST) {
      this.at += 1;
      return spans;
    }
    for (;;) {
      this.peek();
      const begin = this.at;
      this.skipValue();
      spans.push(begin, this.at);
      if (this.ends(CLOSE_LIST)) return spans;
    }
  }

  /** Past a comma, or past the bracket that ends the list or object. */
  private ends(bracket: number): boolean {
    const next = this.peek();
    if (next !== COMMA && next !== bracket) throw broken('no comma');
    this.at += 1;
    return next === bracket;
  }

  private skipValue(): void {
    const first = this.peek();
    if (first === QUOTE) this.skipString();
    else if (first === OPEN_OBJECT || first === OPEN_LIST) this.skipNested();
    else this.skipScalar();
  }

  private skipNested(): void {
    const { bytes } = this;
    let depth = 0;
    let at = this.at;
    do {
      const byte = bytes[at];
      if (byte === undefined) throw broken('no end');
      if (byte === QUOTE) {
        at = endOfString(bytes, at);
        continue;
      }
      if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1;
      at += 1;
    } while (depth > 0);
    this.at = at;
  }

  private skipString(): void {
    this.at = endOfString(this.bytes, this.at);
  }

  private skipScalar(): void {
    const begin = this.at;
    for (;;) {
      const byte = this.bytes[this.at];
      if (
        byte === undefined ||
        byte <= 0x20 ||
        byte === COMMA ||
        byte === CLOSE_LIST ||
        byte === CLOSE_OBJECT
      )
        break;
      this.at += 1;
    }
    JSON.parse(this.bytes.toString('utf8', begin, this.at));
  }

  /** The next byte that is no white space; NaN at the end. */
  private peek(): number {
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined) return Number.NaN;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.at += 1;
    }
  }
}

/** @param at the opening quote @returns the place behind the closing one */
function endOfString(bytes: Buffer, at: number): number {
  let next = at + 1;
  for (;;) {
    const byte = bytes[next];
    if (byte === QUOTE) return next + 1;
    if (byte === undefined) throw broken('no end');
    next += byte === BACKSLASH ? 2 : 1;
  }
}

function broken(what: string): SyntaxError {
  return new SyntaxError(`no complete JSON: ${what}`);
}
