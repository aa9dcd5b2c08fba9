import { SisError } from '../sis-error.ts';
import type { OneRosterClient, OneRosterPage } from './client.ts';

export interface PageOptions {
  /** `/users`. */
  readonly path: string;
  /** Keys under which servers send this collection; the first is the standard's. */
  readonly envelopes: readonly string[];
  readonly pageSize: number;
  readonly filter?: string;
}

export interface RawPage {
  readonly rows: readonly unknown[];
  /** Rows of earlier pages that came again. */
  readonly repeated: number;
}

/** Servers that refuse `sort` are asked without it from then on. */
const refusesSort = new WeakSet<OneRosterClient>();

/**
 * Reads a collection to its end, whatever the server makes of `limit`, `X-Total-Count` and `Link`. The next page is
 * fetched while the caller works on this one. An iteration that ends without an error was complete.
 */
export async function* readPages(client: OneRosterClient, options: PageOptions): AsyncGenerator<RawPage> {
  const seen = new Map<string, number>();
  const first = yield* readOnce(client, options, seen);
  if (first.complete) return;
  const second = yield* readOnce(client, options, seen);
  if (!second.complete) {
    const found = `${seen.size} rows where the server counts ${second.total ?? 'another number'}`;
    throw new SisError(
      'incomplete',
      `${nameOf(options)} stays incomplete: ${found}, also after reading it again`,
    );
  }
}

async function* readOnce(
  client: OneRosterClient,
  options: PageOptions,
  seen: Map<string, number>,
): AsyncGenerator<RawPage, { complete: boolean; total: number | null }> {
  const ofThisRead = new Set<string>();
  let offset = 0;
  let next: string | null = null;
  let fetched = fetchPage(client, options, offset, next);
  for (;;) {
    const page: OneRosterPage = await fetched;
    const rows = rowsOf(page.body, options);
    const total = totalOf(page.headers);
    if (rows.length === 0) return { complete: total === null || total === ofThisRead.size, total };
    const ids = rows.map(idOf);
    const known = ids.filter((id) => id !== null && ofThisRead.has(id)).length;
    if (known === rows.length) {
      throw new SisError(
        'protocol',
        `${nameOf(options)} goes round in a loop: a page brought only rows that came before`,
      );
    }
    const fresh = rows.filter((row, index) => isNews(row, ids[index] ?? null, seen));
    for (const id of ids) if (id !== null) ofThisRead.add(id);
    offset += rows.length;
    const link = nextLink(page.headers, client.origin);
    if (link !== null && link === next) {
      throw new SisError('protocol', `${nameOf(options)} links a page to itself`);
    }
    next = link;
    const done = next === null && total !== null && ofThisRead.size >= total;
    if (!done) {
      fetched = fetchPage(client, options, offset, next);
      fetched.catch(() => undefined);
    }
    yield { rows: fresh, repeated: rows.length - fresh.length };
    if (done) return { complete: total === ofThisRead.size, total };
  }
}

/** A row that came before is dropped; a different row under the same id is not: somebody has to see it. */
function isNews(row: unknown, id: string | null, seen: Map<string, number>): boolean {
  if (id === null) return true;
  const content = fingerprint(JSON.stringify(row));
  if (seen.get(id) === content) return false;
  seen.set(id, content);
  return true;
}

/** FNV-1a: 32 bits a row keep the memory small; a clash would only hide a contradiction. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
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
    return await client.get(options.path, { ...query, sort: 'sourcedId', orderBy: 'asc' });
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

function idOf(row: unknown): string | null {
  const id = typeof row === 'object' && row !== null ? (row as { sourcedId?: unknown }).sourcedId : undefined;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : null;
}

function totalOf(headers: Readonly<Record<string, string>>): number | null {
  const text = headers['x-total-count'];
  return text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : null;
}

function nextLink(headers: Readonly<Record<string, string>>, origin: string): string | null {
  for (const part of (headers.link ?? '').split(/,(?=\s*<)/)) {
    const match = /<([^>]+)>[^,]*;\s*rel="?next"?/i.exec(part);
    if (match?.[1] === undefined) continue;
    const url = URL.canParse(match[1], origin) ? new URL(match[1], origin) : null;
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
