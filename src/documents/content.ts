/** A run of text with one look. */
export interface Span {
  readonly text: string;
  readonly bold: boolean;
  readonly italic: boolean;
  /** Where it links to, or null. */
  readonly href: string | null;
}

/** What a document consists of, before anybody knows whether it becomes PDF, HTML or text. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly spans: readonly Span[] }
  /** `signed`: begins with the name of who signs; a picture of the signature stands above it. */
  | { readonly kind: 'paragraph'; readonly spans: readonly Span[]; readonly signed?: boolean }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly (readonly Span[])[] }
  | { readonly kind: 'rule' }
  /** Short items of equal weight, for example dates: set in columns on paper. */
  | { readonly kind: 'grid'; readonly items: readonly string[] }
  /** Where people sign: who, and the word for the date beside it. */
  | { readonly kind: 'signatures'; readonly people: readonly string[]; readonly date: string }
  | {
      readonly kind: 'table';
      /** Empty: the first cell of each row names what the second says. */
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

/** What a block says, without its looks. */
export function textsOf(block: Block): string[] {
  switch (block.kind) {
    case 'heading':
    case 'paragraph':
      return block.spans.map((span) => span.text);
    case 'list':
      return block.items.flatMap((item) => item.map((span) => span.text));
    case 'grid':
      return [...block.items];
    case 'table':
      return [...block.head, ...block.rows.flat()];
    case 'signatures':
      return [...block.people, block.date];
    case 'rule':
      return [];
  }
}

export function plainSpan(text: string): Span {
  return { text, bold: false, italic: false, href: null };
}

export function heading(level: 1 | 2 | 3, text: string): Block {
  return { kind: 'heading', level, spans: [plainSpan(text)] };
}

export function paragraph(text: string): Block {
  return { kind: 'paragraph', spans: [plainSpan(text)] };
}

export function bullets(items: readonly string[]): Block {
  return { kind: 'list', ordered: false, items: items.map((item) => [plainSpan(item)]) };
}
