/** Markup that is safe to send: made by `html`, which escapes every value. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/** Values are escaped as text, in elements and in attributes in quotes; markup and lists of it stay as they are. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = parts[0] ?? '';
  for (let index = 0; index < values.length; index += 1)
    text += written(values[index]) + (parts[index + 1] ?? '');
  return new Html(text);
}

/** Markup of our own that no `html` has made, such as a drawing. Never for anything that came from outside. */
export function ownMarkup(text: string): Html {
  return new Html(text);
}

/** The same as one piece of memory, for what is kept: text that was put together holds on to all of its parts. */
export function inOnePiece({ text }: Html): Html {
  return new Html(Buffer.from(text).toString());
}

export const nothing = new Html('');

function escapeHtml(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? character);
}

function written(value: HtmlValue): string {
  if (typeof value === 'string') return escapeHtml(value);
  if (value instanceof Html) return value.text;
  if (typeof value === 'number') return String(value);
  if (value === null || value === undefined || value === false) return '';
  let text = '';
  for (const one of value) text += written(one);
  return text;
}

const SPECIAL = /[&<>"'`]/;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};
