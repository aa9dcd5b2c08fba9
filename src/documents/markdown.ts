import type { Nodes, Parents, PhrasingContent, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import type { Block, Span } from './content.ts';
import { fillText, findProblems, type PlaceholderSet } from './placeholders.ts';

/** A template's text as a tree, with its placeholders still in it. */
export interface TemplateTree {
  readonly blocks: readonly TemplateBlock[];
}

type TemplateBlock = Block | { readonly kind: 'placeholder'; readonly name: string };

export interface MarkdownProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * Parses the part of Markdown that letters may use: headings, paragraphs, lists, bold, italic, links and rules.
 * Everything else is refused with its line.
 */
export function parseMarkdown(
  text: string,
  firstLine: number,
  known: PlaceholderSet,
): { tree: TemplateTree; problems: MarkdownProblem[] } {
  const problems: MarkdownProblem[] = [];
  const complain: Complain = (node, message, at = { line: 0, column: 0 }) => {
    const start = node.position?.start ?? { line: 1, column: 1 };
    problems.push({
      line: firstLine - 1 + start.line + at.line,
      column: at.line === 0 ? start.column + at.column : at.column + 1,
      message,
    });
  };
  const root = fromMarkdown(text);
  const blocks = root.children.flatMap((node) => readBlock(node, known, complain));
  return { tree: { blocks }, problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** Puts values and blocks in the place of placeholders. A value is text, whatever it looks like: it never becomes markup. */
export function fillTree(
  tree: TemplateTree,
  values: Readonly<Record<string, string>>,
  blocks: Readonly<Record<string, readonly Block[]>>,
): Block[] {
  const fill = (spans: readonly Span[]) =>
    spans.map((span) => ({ ...span, text: fillText(span.text, values) }));
  return tree.blocks.flatMap((block): readonly Block[] => {
    switch (block.kind) {
      case 'placeholder':
        return blocks[block.name] ?? [];
      case 'heading':
      case 'paragraph':
        return [{ ...block, spans: fill(block.spans) }];
      case 'list':
        return [{ ...block, items: block.items.map(fill) }];
      default:
        return [block];
    }
  });
}

/** @param at of the mistake inside the node, when it is not at its start: lines and columns from 0 */
type Complain = (node: Nodes, message: string, at?: { line: number; column: number }) => void;

function readBlock(node: RootContent, known: PlaceholderSet, complain: Complain): TemplateBlock[] {
  switch (node.type) {
    case 'heading':
      return [
        {
          kind: 'heading',
          level: Math.min(node.depth, 3) as 1 | 2 | 3,
          spans: readSpans(node, known, complain),
        },
      ];
    case 'paragraph': {
      const alone = aloneOnItsLine(node);
      if (alone !== null && known.blocks.includes(alone)) return [{ kind: 'placeholder', name: alone }];
      const spans = readSpans(node, known, complain);
      const signed = /^\{\{\s*signature\.name\s*\}\}/.test(spans[0]?.text.trim() ?? '');
      return [{ kind: 'paragraph', spans, ...(signed && { signed }) }];
    }
    case 'list':
      return [
        {
          kind: 'list',
          ordered: node.ordered === true,
          items: node.children.map((item) => readItem(item, known, complain)),
        },
      ];
    case 'thematicBreak':
      return [{ kind: 'rule' }];
    default:
      complain(
        node,
        `found ${nameOf(node.type)}, expected headings, paragraphs, lists, bold, italic, links or a rule`,
      );
      return [];
  }
}

function readItem(item: Parents, known: PlaceholderSet, complain: Complain): Span[] {
  const [first, ...rest] = item.children;
  if (first?.type !== 'paragraph' || rest.length > 0) {
    complain(item, 'found a list entry with more than one paragraph, expected one');
    return [];
  }
  return readSpans(first, known, complain);
}

function aloneOnItsLine(node: Parents): string | null {
  const [only] = node.children;
  if (node.children.length !== 1 || only?.type !== 'text') return null;
  return /^\{\{\s*([A-Za-z0-9.]+)\s*\}\}$/.exec(only.value.trim())?.[1] ?? null;
}

function readSpans(parent: Parents, known: PlaceholderSet, complain: Complain): Span[] {
  const look = { bold: false, italic: false, href: null };
  return (parent.children as PhrasingContent[]).flatMap((node) => readPhrase(node, look, known, complain));
}

type Look = Omit<Span, 'text'>;

function readPhrase(node: PhrasingContent, look: Look, known: PlaceholderSet, complain: Complain): Span[] {
  const inside = (children: readonly PhrasingContent[], inner: Look) =>
    children.flatMap((child) => readPhrase(child, inner, known, complain));
  switch (node.type) {
    case 'text':
      checkPlaceholders(node, node.value, known, complain);
      return [{ ...look, text: node.value }];
    case 'break':
      return [{ ...look, text: '\n' }];
    case 'strong':
      return inside(node.children, { ...look, bold: true });
    case 'emphasis':
      return inside(node.children, { ...look, italic: true });
    case 'link':
      if (!/^(https:|mailto:|tel:)/.test(node.url))
        complain(node, 'found a link, expected https:, mailto: or tel: in it');
      return inside(node.children, { ...look, href: node.url });
    default:
      complain(node, `found ${nameOf(node.type)}, expected plain text, bold, italic or a link`);
      return [];
  }
}

function checkPlaceholders(node: Nodes, text: string, known: PlaceholderSet, complain: Complain): void {
  for (const { index, message } of findProblems(text, known)) {
    const before = text.slice(0, index).split('\n');
    complain(node, message, { line: before.length - 1, column: before.at(-1)?.length ?? 0 });
  }
}

function nameOf(type: string): string {
  const names: Record<string, string> = {
    html: 'HTML',
    image: 'an image',
    code: 'code',
    inlineCode: 'code',
    blockquote: 'a quotation',
    table: 'a table',
  };
  return names[type] ?? type;
}
