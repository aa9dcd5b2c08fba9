const LONGEST_SOURCE = 200_000;
const LONGEST_TEXT = 8_000;
const MOST_LINES = 200;

/** What a person wrote, as lines without markup and invisible characters, cut to what fits into a mail. */
export function plainLines(text: string | undefined, html: string | undefined): string[] {
  const source =
    text === undefined || text.trim() === ''
      ? withoutTags((html ?? '').slice(0, LONGEST_SOURCE))
      : text.slice(0, LONGEST_SOURCE);
  return source
    .normalize('NFC')
    .replace(INVISIBLE, '')
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => line.replace(/[\p{Cc}\s]+/gu, ' ').trim())
    .filter((line, index, lines) => line !== '' || (index > 0 && lines[index - 1] !== ''))
    .join('\n')
    .slice(0, LONGEST_TEXT)
    .trim()
    .split('\n')
    .slice(0, MOST_LINES);
}

/** Marks that turn the reading direction around, and other characters of no width. */
const INVISIBLE = /[\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu;

/** One pass over the source, whatever it holds: a tag that never ends swallows the rest. */
function withoutTags(html: string): string {
  const parts: string[] = [];
  const lower = html.toLowerCase();
  let from = 0;
  while (from < html.length) {
    const open = html.indexOf('<', from);
    if (open < 0) break;
    parts.push(html.slice(from, open));
    const name = /^\/?[a-z0-9]{1,10}/i.exec(html.slice(open + 1, open + 12))?.[0].toLowerCase() ?? '';
    if (BREAKS.has(name.replace('/', ''))) parts.push('\n');
    const end = lower.indexOf('>', HIDDEN.has(name) ? closing(lower, name, open) : open);
    if (end < 0) return decoded(parts.join(''));
    from = end + 1;
  }
  return decoded(parts.join('') + html.slice(from));
}

const BREAKS = new Set(['br', 'p', 'div', 'li', 'tr', 'h1', 'h2', 'h3', 'blockquote']);
const HIDDEN = new Set(['style', 'script', 'head', 'title']);

function closing(lower: string, name: string, from: number): number {
  const at = lower.indexOf(`</${name}`, from);
  return at < 0 ? lower.length : at;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
      ? String.fromCodePoint(code)
      : '';
  });
}
