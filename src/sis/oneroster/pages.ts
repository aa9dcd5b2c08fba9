import { SisError } from '../sis-error.ts';
import type { OneRosterClient } from './client.ts';
import type { OneRosterPage } from './judge-answer.ts';
import { readPageAnswer } from './page-answer.ts';
import { SeenIds } from './seen-ids.ts';
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
  /** Requests that may be under way at once now. Default: 1, which still fetches one page ahead. */
  readonly requestsAtOnce?: () => number;
  /** Told of every page whose next link leads to another origin. */
  readonly onStrangeLink?: () => void;
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
 * Reads a collection to its end, whatever the server makes of `limit`, `X-Total-Count` and `Link`. The next pages are
 * fetched while the caller works on this one. A row that comes again unchanged is dropped; a different row under the
 * same id is passed on, since somebody has to see it. An iteration that ends without an error was complete.
 */
export async function* readPages(client: OneRosterClient, options: PageOptions): AsyncGenerator<RawPage> {
  const first = yield* readOnce(client, options, null);
  if (first.complete) return;
  const second = yield* readOnce(client, options, first.seen);
  if (!second.complete) {
    const found = `${second.rows} rows where the server counts ${second.total ?? 'another number'}`;
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
  readonly seen: SeenIds;
  readonly rows: number;
}

async function* readOnce(
  client: OneRosterClient,
  options: PageOptions,
  earlier: SeenIds | null,
): AsyncGenerator<RawPage, Read> {
  const seen = new SeenIds();
  const ahead = new PagesAhead(client, options);
  let previous: readonly unknown[] = [];
  let total: number | null = null;
  let moved = false;
  let offset = 0;
  let rowsSeen = 0;
  let differing = 0;
  let longest = 0;
  let next: string | null = null;
  let linked = false;
  const atTotal = () => total !== null && rowsSeen >= total;
  const end = (): Read => ({
    complete: !moved && (total === null || total === rowsSeen),
    total,
    seen,
    rows: rowsSeen,
  });
  for (;;) {
    const page = await endOr(ahead.take(offset, next), next === null && atTotal());
    if (page === null) return end();
    const answer = readPageAnswer(page, nameOf(options), options.envelopes);
    const { rows } = answer;
    if (answer.strangeLink) options.onStrangeLink?.();
    if (answer.total !== null && total !== null && answer.total !== total) moved = true;
    total = answer.total ?? total;
    // Whoever reads wants to know when there was nothing.
    if (rows.length === 0 && offset === 0) yield { rows, repeated: 0, servedAt: answer.servedAt };
    if (rows.length === 0) return end();
    const { fresh, repeated, anyNew, different } = sift(rows, options, seen, earlier, previous);
    if (!anyNew) {
      // A server that knows no offset begins again where we ask past the end that it has told.
      if (next === null && (linked || atTotal())) return end();
      throw new SisError(
        'protocol',
        `${nameOf(options)} goes round in a loop: a page brought only rows that came before`,
      );
    }
    differing += different;
    rowsSeen = seen.count + differing;
    previous = rows;
    offset += rows.length;
    if (answer.next !== null && answer.next === next) {
      throw new SisError('protocol', `${nameOf(options)} links a page to itself`);
    }
    next = isPlainOffset(answer.next, offset, options.path) ? null : answer.next;
    linked ||= answer.next !== null;
    // A total that one full page reaches may be the page's own length: only a short page, or the next one, tells.
    const done = answer.next === null && atTotal() && rows.length < longest;
    longest = Math.max(longest, rows.length);
    if (!done) ahead.ask(offset, next, total, rows.length);
    yield { rows: fresh, repeated, servedAt: answer.servedAt };
    if (done) return end();
  }
}

/** Tells rows that are new from those that came before; `different`: other rows under an id that has come. */
function sift(
  rows: readonly unknown[],
  options: PageOptions,
  seen: SeenIds,
  earlier: SeenIds | null,
  previous: readonly unknown[],
): { fresh: unknown[]; repeated: number; anyNew: boolean; different: number } {
  const fresh: unknown[] = [];
  let anyNew = false;
  let different = 0;
  for (const [index, row] of rows.entries()) {
    const key = keyOf(row, options);
    if (seen.add(key)) {
      anyNew = true;
      if (earlier?.has(key) !== true) fresh.push(row);
    } else if (!isRepeat(row, key, options, rows.slice(0, index), previous)) {
      different += 1;
      if (earlier === null) fresh.push(row);
    }
  }
  return { fresh, repeated: rows.length - fresh.length, anyNew, different };
}

/** Pages that shift bring rows of the page before again; whatever is not word for word the same is passed on. */
function isRepeat(
  row: unknown,
  key: string,
  options: PageOptions,
  ...pages: (readonly unknown[])[]
): boolean {
  const known = pages.flat().filter((other) => keyOf(other, options) === key);
  const text = JSON.stringify(row);
  return known.length === 0 || known.some((other) => JSON.stringify(other) === text);
}

/** Fetches pages before they are taken. Offsets that turn out wrong are forgotten. */
class PagesAhead {
  private readonly fetched = new Map<number, Promise<OneRosterPage>>();
  private readonly client: OneRosterClient;
  private readonly options: PageOptions;
  private linked: { readonly link: string; readonly page: Promise<OneRosterPage> } | null = null;

  constructor(client: OneRosterClient, options: PageOptions) {
    this.client = client;
    this.options = options;
  }

  async take(offset: number, link: string | null): Promise<OneRosterPage> {
    if (link !== null) return this.linked?.link === link ? this.linked.page : this.fetch(offset, link);
    const page = this.fetched.get(offset);
    this.fetched.delete(offset);
    return page ?? this.fetch(offset, null);
  }

  /** @param stride rows of the last page: what the server gives at once, whatever we asked for */
  ask(offset: number, link: string | null, total: number | null, stride: number): void {
    if (link !== null) {
      this.linked = { link, page: this.fetch(offset, link) };
      return;
    }
    // The server cuts its pages otherwise than we took for granted.
    if (this.fetched.size > 0 && !this.fetched.has(offset)) this.fetched.clear();
    const atOnce = this.options.requestsAtOnce?.() ?? 1;
    for (let place = 0; place < atOnce; place += 1) {
      const wanted = offset + place * stride;
      if (place > 0 && (total === null || wanted >= total)) return;
      if (!this.fetched.has(wanted)) this.fetched.set(wanted, this.fetch(wanted, null));
    }
  }

  private fetch(offset: number, link: string | null): Promise<OneRosterPage> {
    const page = fetchPage(this.client, this.options, offset, link);
    page.catch(() => undefined);
    return page;
  }
}

/** A link that only says what we would ask for anyway. */
function isPlainOffset(link: string | null, offset: number, path: string): boolean {
  if (link === null) return false;
  const { searchParams, pathname } = new URL(link);
  return (
    searchParams.get('offset') === String(offset) &&
    pathname.endsWith(path) &&
    [...searchParams.keys()].every((name) => OUR_PARAMETERS.has(name))
  );
}

const OUR_PARAMETERS: ReadonlySet<string> = new Set(['limit', 'offset', 'sort', 'orderBy', 'filter']);

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

/** A row without an id is told by what it says. */
function keyOf(row: unknown, options: PageOptions): string {
  const id = isRow(row) ? idOf(lookUp(row, options.idName ?? 'sourcedId')) : null;
  return id ?? ` ${JSON.stringify(row)}`;
}

function nameOf(options: PageOptions): string {
  return options.path.replace(/^\//, '');
}
