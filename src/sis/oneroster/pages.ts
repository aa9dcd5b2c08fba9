import { SisError } from '../sis-error.ts';
import type { OneRosterClient } from './client.ts';
import type { OneRosterPage } from './judge-answer.ts';
import { readPageAnswer } from './page-answer.ts';
import { SeenRows } from './seen-rows.ts';
import { idOf, isRow, lookUp } from './wire-fields.ts';

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
  let longest = 0;
  let next: string | null = null;
  let linked = false;
  const atTotal = () => total !== null && seen.rows >= total;
  const end = (): Read => ({ complete: !moved && (total === null || total === seen.rows), total, seen });
  let fetched = fetchPage(client, options, offset, next);
  for (;;) {
    const page = await endOr(fetched, next === null && atTotal());
    if (page === null) return end();
    const answer = readPageAnswer(page, nameOf(options), options.envelopes);
    const { rows } = answer;
    if (answer.total !== null && total !== null && answer.total !== total) moved = true;
    total = answer.total ?? total;
    if (rows.length === 0) return end();
    const news = rows.map((row) => seen.add(idIn(row, options), row));
    if (!news.includes(true)) {
      // A server that knows no offset begins again where we ask past the end that it has told.
      if (next === null && (linked || atTotal())) return end();
      throw new SisError(
        'protocol',
        `${nameOf(options)} goes round in a loop: a page brought only rows that came before`,
      );
    }
    const fresh = rows.filter((row, index) => news[index] && !earlier?.has(idIn(row, options), row));
    offset += rows.length;
    if (answer.next !== null && answer.next === next) {
      throw new SisError('protocol', `${nameOf(options)} links a page to itself`);
    }
    next = answer.next;
    linked ||= next !== null;
    // A total that one full page reaches may be the page's own length: only a short page, or the next one, tells.
    const done = next === null && atTotal() && rows.length < longest;
    longest = Math.max(longest, rows.length);
    if (!done) {
      fetched = fetchPage(client, options, offset, next);
      fetched.catch(() => undefined);
    }
    yield { rows: fresh, repeated: rows.length - fresh.length, servedAt: answer.servedAt };
    if (done) return end();
  }
}

/** Past the end that the total tells, some servers refuse the offset instead of answering an empty page. */
async function endOr(fetched: Promise<OneRosterPage>, pastTotal: boolean): Promise<OneRosterPage | null> {
  try {
    return await fetched;
  } catch (error) {
    const refused = error instanceof SisError && [400, 404, 416, 422].includes(error.status ?? 0);
    if (pastTotal && refused) return null;
    throw error;
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
    if (!(error instanceof SisError) || (error.status !== 400 && error.status !== 422)) throw error;
    const page = await client.get(options.path, query);
    refusesSort.add(client);
    return page;
  }
}

function idIn(row: unknown, options: PageOptions): string | null {
  return isRow(row) ? idOf(lookUp(row, options.idName ?? 'sourcedId')) : null;
}

function nameOf(options: PageOptions): string {
  return options.path.replace(/^\//, '');
}
