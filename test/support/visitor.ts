/** What came back. */
export interface Answer {
  readonly status: number;
  /** Where a redirect leads, without the origin. */
  readonly location: string | null;
  readonly headers: Headers;
  readonly body: string;
  /** Text without markup, spaces made one. */
  readonly text: string;
}

/** Fields by name; a list stands several times. */
export type Fields = Readonly<Record<string, string | readonly string[]>>;

/** A browser of few words: it keeps cookies, follows nothing by itself and runs no scripts. */
export interface Visitor {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  head(path: string): Promise<Answer>;
  post(path: string, fields: Fields, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Sends the form of a page with a file at its end. @param action where it goes */
  upload(
    page: Answer,
    action: string,
    fields: Fields,
    file: { readonly name: string; readonly bytes: Buffer },
  ): Promise<Answer>;
  /** Sends the form of a page: its hidden fields, and these. @param action where it goes; not given: the first in `main` */
  submit(page: Answer, fields: Fields, action?: string): Promise<Answer>;
  /** The same browser once more, with the cookies that it has now. */
  copy(): Visitor;
}

export function visitorAt(origin: string, cookies = new Map<string, string>()): Visitor {
  const ask = async (method: string, path: string, init: RequestInit = {}): Promise<Answer> => {
    const headers = new Headers(init.headers);
    if (cookies.size > 0)
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(new URL(path, origin), { ...init, method, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) keep(cookies, line);
    const body = await response.text();
    const location = response.headers.get('location');
    return {
      status: response.status,
      location: location === null ? null : location.replace(origin, ''),
      headers: response.headers,
      body,
      text: textOf(body),
    };
  };
  const visitor: Visitor = {
    cookies,
    get: (path, headers = {}) => ask('GET', path, { headers }),
    head: (path) => ask('HEAD', path),
    post: (path, fields, headers = {}) => ask('POST', path, { body: bodyOf(fields), headers }),
    submit(page, fields, action) {
      const form = formOf(page.body, action);
      return visitor.post(form.action, { ...form.hidden, ...fields });
    },
    upload(page, action, fields, file) {
      const body = new FormData();
      const form = formOf(page.body, action);
      for (const [name, value] of bodyOf({ ...form.hidden, ...fields })) body.append(name, value);
      body.append('file', new Blob([new Uint8Array(file.bytes)]), file.name);
      return ask('POST', form.action, { body });
    },
    copy: () => visitorAt(origin, new Map(cookies)),
  };
  return visitor;
}

/** The hidden fields of a form, and where it goes. @throws Error when the page has none like it */
export function formOf(
  body: string,
  action?: string,
): { readonly action: string; readonly hidden: Readonly<Record<string, string>> } {
  const main = body.slice(body.indexOf('<main'));
  const forms = [
    ...(action === undefined ? main : body).matchAll(/<form[^>]* action="([^"]*)"[^>]*>(.*?)<\/form>/gs),
  ];
  const form = forms.find(([, to]) => action === undefined || unescaped(to ?? '') === action);
  if (form === undefined)
    throw new Error(`no form${action === undefined ? '' : ` to ${action}`} in the page`);
  const hidden = [...(form[2] ?? '').matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  return {
    action: unescaped(form[1] ?? ''),
    hidden: Object.fromEntries(hidden.map(([, name, value]) => [name ?? '', unescaped(value ?? '')])),
  };
}

function bodyOf(fields: Fields): URLSearchParams {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    for (const one of typeof value === 'string' ? [value] : value) body.append(name, one);
  return body;
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';');
  const name = pair.slice(0, pair.indexOf('='));
  const gone = attributes.some((one) => /^\s*(max-age=0|expires=Thu, 01 Jan 1970)/i.test(one));
  if (gone) cookies.delete(name);
  else cookies.set(name, pair.slice(pair.indexOf('=') + 1));
}

function textOf(body: string): string {
  return unescaped(body.replace(/<head>.*?<\/head>/s, '').replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

function unescaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    lt: '<',
    gt: '>',
    quot: '"',
    '#39': "'",
    '#96': '`',
    amp: '&',
  };
  return text.replace(/&(lt|gt|quot|#39|#96|amp);/g, (_whole, name: string) => entities[name] ?? '');
}
