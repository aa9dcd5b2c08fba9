export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body:
    | { readonly kind: 'json'; readonly value: unknown }
    | { readonly kind: 'text'; readonly type: string; readonly text: string }
    | { readonly kind: 'empty' };
  /** `cut`: ends in the middle. `stall`: stops in the middle without an end. `drip`: a few bytes at a time. */
  readonly delivery?: 'cut' | 'stall' | 'drip';
}

export function jsonReply(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { status, headers, body: { kind: 'json', value } };
}

export function htmlReply(
  status: number,
  title: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const text = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  return { status, headers, body: { kind: 'text', type: 'text/html; charset=utf-8', text } };
}
