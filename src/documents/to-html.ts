import type { Block, Span } from './content.ts';
import { escapeXml } from './escape-xml.ts';
import { readsRightToLeft } from './language-tags.ts';

/** Mail readers know few styles and only inline ones; this is what they all show, on a phone too. */
const styles = {
  body: 'margin:0;padding:0;background:#f3f4f1',
  sheet:
    'max-width:640px;margin:0 auto;padding:24px 20px;background:#ffffff;color:#1f2933;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;overflow-wrap:anywhere',
  letterhead: 'margin:0 0 20px;padding:0 0 12px;border-bottom:2px solid #2f6f6d;font-size:14px;color:#4a5662',
  h1: 'margin:0 0 16px;font-size:22px;line-height:1.25',
  h2: 'margin:24px 0 8px;font-size:17px;line-height:1.3',
  h3: 'margin:18px 0 6px;font-size:16px;line-height:1.3',
  p: 'margin:0 0 14px',
  list: 'margin:0 0 14px;padding:0 0 0 22px',
  item: 'margin:0 0 6px',
  help: 'margin:0 0 18px;padding:10px 14px;border-left:4px solid #d9a441;background:#fbf6ea',
  rule: 'margin:32px 0;border:0;border-top:1px solid #c9ced3',
  cell: 'padding:6px 12px 6px 0;border-bottom:1px solid #e3e6e9;text-align:left;vertical-align:top;font-size:15px',
  footer: 'margin:28px 0 0;padding:12px 0 0;border-top:1px solid #e3e6e9;font-size:13px;color:#5b6875',
};

export interface HtmlPart {
  /** BCP 47. */
  readonly language: string;
  /** A line on top in another language, that says how to get help. */
  readonly help: { readonly language: string; readonly text: string } | null;
  readonly blocks: readonly Block[];
}

/** A whole HTML document for a mail: one part per language, letterhead above, reference below. */
export function toHtml(mail: {
  readonly title: string;
  readonly letterhead: readonly string[];
  readonly parts: readonly HtmlPart[];
  readonly footer: string;
}): string {
  const language = mail.parts[0]?.language ?? 'en';
  const [name = '', ...rest] = mail.letterhead;
  const lines = rest.map((line) => `<br>${escapeXml(line)}`).join('');
  const parts = mail.parts
    .map((part, index) => {
      const rule = index === 0 ? '' : `<hr style="${styles.rule}">`;
      const help =
        part.help === null
          ? ''
          : `<p lang="${escapeXml(part.help.language)}" dir="auto" style="${styles.help}">${escapeXml(part.help.text)}</p>`;
      return `${rule}<div lang="${escapeXml(part.language)}"${readsRightToLeft(part.language) ? ' dir="rtl"' : ''}>${help}${part.blocks.map(blockHtml).join('\n')}</div>`;
    })
    .join('\n');
  return `<!doctype html>
<html lang="${escapeXml(language)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(mail.title)}</title></head>
<body style="${styles.body}"><div role="article" aria-label="${escapeXml(mail.title)}" style="${styles.sheet}">
<p style="${styles.letterhead}"><strong>${escapeXml(name)}</strong>${lines}</p>
${parts}
<p style="${styles.footer}">${escapeXml(mail.footer)}</p>
</div></body></html>
`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'heading': {
      const tag = `h${block.level}` as const;
      return `<${tag} style="${styles[tag]}">${spansHtml(block.spans)}</${tag}>`;
    }
    case 'paragraph':
      return `<p style="${styles.p}">${spansHtml(block.spans)}</p>`;
    case 'list': {
      const tag = block.ordered ? 'ol' : 'ul';
      const items = block.items.map((item) => `<li style="${styles.item}">${spansHtml(item)}</li>`).join('');
      return `<${tag} style="${styles.list}">${items}</${tag}>`;
    }
    case 'rule':
      return `<hr style="${styles.rule}">`;
    case 'grid':
      return `<ul style="${styles.list}">${block.items.map((item) => `<li style="${styles.item}">${escapeXml(item)}</li>`).join('')}</ul>`;
    case 'signatures':
      return block.people
        .map(
          (person) =>
            `<p style="${styles.p}">______________________________ ${escapeXml(person)}<br>____________ ${escapeXml(block.date)}</p>`,
        )
        .join('\n');
    case 'table':
      return tableHtml(block);
  }
}

function tableHtml(block: Extract<Block, { kind: 'table' }>): string {
  const named = block.head.length === 0;
  const cell = (tag: string, text: string) =>
    `<${tag} style="${styles.cell}">${lines(text)}</${tag.slice(0, 2)}>`;
  const head = block.head.map((text) => cell('th scope="col"', text)).join('');
  const rows = block.rows
    .map((row) => {
      const cells = row.map((text, column) => cell(named && column === 0 ? 'th scope="row"' : 'td', text));
      return `<tr>${cells.join('')}</tr>`;
    })
    .join('\n');
  const top = named ? '' : `<thead><tr>${head}</tr></thead>`;
  return `<table style="width:100%;border-collapse:collapse;margin:0 0 18px">${top}<tbody>${rows}</tbody></table>`;
}

function spansHtml(spans: readonly Span[]): string {
  return spans
    .map((span) => {
      let html = lines(span.text);
      if (span.italic) html = `<em>${html}</em>`;
      if (span.bold) html = `<strong>${html}</strong>`;
      return span.href === null ? html : `<a href="${escapeXml(span.href)}">${html}</a>`;
    })
    .join('');
}

function lines(text: string): string {
  return text.split('\n').map(escapeXml).join('<br>');
}
