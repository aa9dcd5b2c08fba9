import { SisError } from '../sis-error.ts';
import type { OneRosterClient, OneRosterPage } from './client.ts';
import { idOf, isRow, lookUp } from './row-reader.ts';
import { SeenRows } from './seen-rows.ts';

export interface PageOptions {
  /** `/users`. */
  readonly path: string;
  /** Keys under which servers send this collection; the first is the standard's. */
  readonly envelopes: readonly string[];
  readonly pageSize: number;
  readonly filter?: string;
  /** Where this server keeps a row's id. Default: `sourcedId`. */
  readonly idName?: string;
}

export interface RawPage {
  readonly rows: readonly unknown[];
  /** Rows of earlier pages that came again, unchanged. */
  readonly repeated: number;
  /** The server's clock when it answered (`Date` header); null where it says nothing. */
  readonly servedAt: string | null;
}

/** Servers that refuse `sort` are asked without it from then on. */
const refusesSort = new WeakSet<OneRosterClient>();

/**
 * Reads a collection to its end, whatever the server makes of `limit`, `X-Total-Count` and `Link`. The next page is
 * fetched while the caller works on this one. A row that comes again unchanged is dropped; a different row under the
 * same id is passed on, since somebody has to see it. An iteration that ends without an error was complete.
 */
export async function* readPages(client: OneRosterClient, options: PageOptions): AsyncGenerator<RawPage> {
  const first = yield* readOnce(client, options, null);
  if (first.complete) return;
  const second = yield* readOnce(client, options, first.seen);
  if (!second.complete) {
    const found = `${second.seen.rows} rows where the server counts ${second.total ?? 'another number'}`;
    throw new SisError(
      'incomplete',
      `${nameOf(options)} stays incomplete: ${found}, also after reading it again`,
    );
  }
}

interface Read {
  /** The total was known and reached, and did not move while we read. */
  readonly complete: boolean;
  readonly total: number | null;
  readonly seen: SeenRows;
}

async function* readOnce(
  client: OneRosterClient,
  options: PageOptions,
  earlier: SeenRows | null,
): AsyncGenerator<RawPage, Read> {
  const seen = new SeenRows();
  let total: number | null = null;
  let moved = false;
  let offset = 0;
  let next: string | null = null;
  const end = (): Read => ({ complete: !moved && (total === null || total === seen.rows), total, seen });
  let fetched = fetchPage(client, options, offset, next);
  for (;;) {
    const page: OneRosterPage = await fetched;
    const rows = rowsOf(page.body, options);
    const told = totalOf(page.headers);
    if (told !== null && total !== null && told !== total) moved = true;
    total = told ?? total;
    if (rows.length === 0) return end();
    const news = rows.map((row) => seen.add(idIn(row, options), row));
    if (!news.includes(true)) {
      throw new SisError(
        'protocol',
        `${nameOf(options)} goes round in a loop: a page brought only rows that came before`,
      );
    }
    const fresh = rows.filter((row, index) => news[index] && !earlier?.has(idIn(row, options), row));
    offset += rows.length;
    const link = nextLink(page, client.origin);
    if (link !== null && link === next) {
      throw new SisError('protocol', `${nameOf(options)} links a page to itself`);
    }
    next = link;
    const done = next === null && total !== null && seen.rows >= total;
    if (!done) {
      fetched = fetchPage(client, options, offset, next);
      fetched.catch(() => undefined);
    }
    yield { rows: fresh, repeated: rows.length - fresh.length, servedAt: page.headers.date ?? null };
    if (done) return end();
  }
}

async function fetchPage(
  client: OneRosterClient,
  options: PageOptions,
  offset: number,
  link: string | null,
): Promise<OneRosterPage> {
  if (link !== null) return client.get(link);
  const query = {
    limit: String(options.pageSize),
    offset: String(offset),
    ...(options.filter === undefined ? {} : { filter: options.filter }),
  };
  if (refusesSort.has(client)) return client.get(options.path, query);
  try {
    return await client.get(options.path, { ...query, sort: options.idName ?? 'sourcedId', orderBy: 'asc' });
  } catch (error) {
    if (!(error instanceof SisError) || error.status !== 400) throw error;
    const page = await client.get(options.path, query);
    refusesSort.add(client);
    return page;
  }
}

function rowsOf(body: unknown, options: PageOptions): unknown[] {
  const keys = options.envelopes;
  if (typeof body === 'object' && body !== null) {
    for (const key of keys) {
      const rows = (body as Record<string, unknown>)[key];
      if (Array.isArray(rows)) return rows;
      if (typeof rows === 'object' && rows !== null) return [rows];
    }
  }
  throw new SisError(
    'protocol',
    `${nameOf(options)} answered without "${keys[0]}"; expected a list under that key`,
  );
}

function idIn(row: unknown, options: PageOptions): string | null {
  return isRow(row) ? idOf(lookUp(row, options.idName ?? 'sourcedId')) : null;
}

function totalOf(headers: Readonly<Record<string, string>>): number | null {
  const text = headers['x-total-count'];
  return text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : null;
}

function nextLink(page: OneRosterPage, origin: string): string | null {
  for (const part of (page.headers.link ?? '').split(/,(?=\s*<)/)) {
    const match = /<([^>]+)>[^,]*;\s*rel="?next"?/i.exec(part);
    if (match?.[1] === undefined) continue;
    const url = URL.canParse(match[1], page.url) ? new URL(match[1], page.url) : null;
    if (url === null || url.origin !== origin) {
      throw new SisError('protocol', 'a next link points to another server; it is not followed');
    }
    return url.href;
  }
  return null;
}

function nameOf(options: PageOptions): string {
  return options.path.replace(/^\//, '');
}
