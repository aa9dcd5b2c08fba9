import type { Block, Span } from './content.ts';

const WIDTH = 74;

/** Plain text for mail readers without HTML: wrapped, with lists and tables that read well line by line. */
export function toText(blocks: readonly Block[]): string {
  return `${blocks.map(blockText).join('\n\n')}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'heading': {
      const text = plain(block.spans);
      return block.level === 1
        ? `${text}\n${'='.repeat(Math.min(text.length, WIDTH))}`
        : `${text}\n${'-'.repeat(Math.min(text.length, WIDTH))}`;
    }
    case 'paragraph':
      return wrap(plain(block.spans), '', '');
    case 'list':
      return block.items
        .map((item, index) =>
          wrap(plain(item), block.ordered ? `${index + 1}. ` : '- ', block.ordered ? '   ' : '  '),
        )
        .join('\n');
    case 'rule':
      return '-'.repeat(WIDTH);
    case 'grid':
      return block.items.map((item) => `- ${item}`).join('\n');
    case 'signatures':
      return block.people
        .map((person) => `______________________________  ${person}\n____________  ${block.date}`)
        .join('\n\n');
    case 'table':
      return block.rows
        .map((row) =>
          block.head.length === 0
            ? row.join(': ')
            : row.map((cell, column) => `${block.head[column] ?? ''}: ${cell}`).join('\n'),
        )
        .join(block.head.length === 0 ? '\n' : '\n\n');
  }
}

function plain(spans: readonly Span[]): string {
  return spans.map(spanText).join('');
}

/** A number to call stands in the text already; nobody clicks on one in plain text. */
function spanText({ text, href }: Span): string {
  return href === null || href.startsWith('tel:') ? text : `${text} <${href}>`;
}

function wrap(text: string, first: string, rest: string): string {
  return text
    .split('\n')
    .map((paragraph, index) => wrapLine(paragraph, index === 0 ? first : rest, rest))
    .join('\n');
}

function wrapLine(text: string, first: string, rest: string): string {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].join('\n');
}
