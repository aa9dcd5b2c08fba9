import type { KnownRows } from '../../domain/sis-records.ts';
import type { RowList } from '../json-document.ts';
import { SisError } from '../sis-error.ts';
import type { OneRosterClient } from './client.ts';
import { readPageAnswer } from './page-answer.ts';
import { type FetchOptions, PagesAhead } from './pages-ahead.ts';
import { digestOf } from './row-digest.ts';
import { printOfDigest, printOfText, SeenPrints } from './seen-prints.ts';
import { idOf, isRow, lookUp } from './wire-fields.ts';

export interface PageOptions extends FetchOptions {
  /** Keys under which servers send this collection; the first is the standard's. */
  readonly envelopes: readonly string[];
  /** Rows that need not be read again. Default: none. */
  readonly known?: KnownRows;
  /** Goes into the digests of rows: how they are read. */
  readonly salt: Buffer;
  /** Told of every page whose next link leads to another origin. */
  readonly onStrangeLink?: () => void;
}

/** A part of a page: a few hundred rows live at a time, whatever the server gives at once. */
export interface RawPage {
  readonly rows: readonly unknown[];
  /** Of `rows`, in their order. */
  readonly digests: readonly Uint8Array[];
  /** Rows that came before in this read, unchanged. */
  readonly repeated: number;
  /** Known rows that came as they are. */
  readonly unchanged: number;
  /** The server's clock when it answered (`Date` header); null where it says nothing. */
  readonly servedAt: string | null;
}

const ROWS_AT_A_TIME = 500;
const NOTHING = { rows: [], digests: [], repeated: 0, unchanged: 0 } as const;

/**
 * Reads a collection to its end, whatever the server makes of `limit`, `X-Total-Count` and `Link`. The next pages are
 * fetched while the caller works on this one. A row that comes again unchanged is dropped; a different row under the
 * same id is passed on, since somebody has to see it. An iteration that ends without an error was complete.
 */
export async function* readPages(client: OneRosterClient, options: PageOptions): AsyncGenerator<RawPage> {
  const first = yield* readOnce(client, options, null);
  if (first.complete) return;
  const second = yield* readOnce(client, options, first.rows);
  if (!second.complete) {
    const found = `${second.rows.count} rows where the server counts ${second.total ?? 'another number'}`;
    throw new SisError(
      'incomplete',
      `${options.path.slice(1)} stays incomplete: ${found}, also after reading it again`,
    );
  }
}

interface Read {
  /** The total was known and reached, and did not move while we read. */
  readonly complete: boolean;
  readonly total: number | null;
  readonly rows: RowsSeen;
}

async function* readOnce(
  client: OneRosterClient,
  options: PageOptions,
  earlier: RowsSeen | null,
): AsyncGenerator<RawPage, Read> {
  const collection = options.path.slice(1);
  const seen = new RowsSeen(options, earlier);
  const ahead = new PagesAhead(client, options);
  let total: number | null = null;
  let moved = false;
  let offset = 0;
  let longest = 0;
  let next: string | null = null;
  let linked = false;
  const atTotal = (rows: number) => total !== null && rows >= total;
  const end = (): Read => ({
    complete: !moved && (total === null || total === seen.count),
    total,
    rows: seen,
  });
  for (;;) {
    const page = await ahead.take(offset, next, next === null && atTotal(seen.count));
    if (page === null) return end();
    const answer = readPageAnswer(page, collection, options.envelopes);
    const { rows, servedAt } = answer;
    if (answer.strangeLink) options.onStrangeLink?.();
    if (answer.total !== null && total !== null && answer.total !== total) moved = true;
    total = answer.total ?? total;
    // Whoever reads wants to know when there was nothing.
    if (rows.length === 0 && offset === 0) yield { ...NOTHING, servedAt };
    if (rows.length === 0) return end();
    const came: string | null = next;
    if (answer.next !== null && answer.next === came) {
      throw new SisError('protocol', `${collection} links a page to itself`);
    }
    offset += rows.length;
    next = isPlainOffset(answer.next, offset, options.path) ? null : answer.next;
    // A total that one full page reaches may be the page's own length: only a short page, or the next one, tells.
    const last = answer.next === null && rows.length < longest;
    longest = Math.max(longest, rows.length);
    const over = answer.next === null && total !== null && (offset > total || (last && offset === total));
    let anyNew = false;
    for (let begin = 0; begin < rows.length; begin += ROWS_AT_A_TIME) {
      const part = seen.sift(rows, begin, Math.min(rows.length, begin + ROWS_AT_A_TIME), collection);
      anyNew ||= part.anyNew;
      // A page that begins with what we know may be the first one again: that shows only at its end.
      if (begin === 0 && anyNew && !over) ahead.ask(offset, next, total, rows.length);
      yield { ...part, servedAt };
    }
    if (!anyNew) {
      // A server that knows no offset begins again where we ask past the end that it has told.
      if (came === null && (linked || atTotal(seen.count))) return end();
      throw new SisError(
        'protocol',
        `${collection} goes round in a loop: a page brought only rows that came before`,
      );
    }
    linked ||= answer.next !== null;
    if (last && atTotal(seen.count)) return end();
  }
}

/** What has come in one pass over a collection, and what is to be done with a row. */
class RowsSeen {
  private readonly ids = new SeenPrints();
  private readonly texts = new SeenPrints();
  private readonly options: PageOptions;
  private readonly earlier: RowsSeen | null;
  /** Known rows, and different rows under an id that came before. */
  private others = 0;

  constructor(options: PageOptions, earlier: RowsSeen | null) {
    this.options = options;
    this.earlier = earlier;
    options.known?.beginPass();
  }

  /** Rows so far, without repeats. */
  get count(): number {
    return this.ids.count + this.others;
  }

  sift(
    list: RowList,
    begin: number,
    end: number,
    collection: string,
  ): Omit<RawPage, 'servedAt'> & { anyNew: boolean } {
    const rows: unknown[] = [];
    const digests: Uint8Array[] = [];
    let anyNew = false;
    let unchanged = 0;
    let repeated = 0;
    for (let index = begin; index < end; index += 1) {
      const digest = digestOf(list.bytes(index), this.options.salt);
      const met = this.options.known?.meet(digest) ?? 'unknown';
      if (met !== 'unknown') {
        anyNew ||= met !== 'again';
        if (met !== 'again') this.others += 1;
        if (met === 'first') unchanged += 1;
        else repeated += 1;
        continue;
      }
      const row = parseRow(list, index, collection);
      const id = printOfText(keyOf(row, this.options));
      const newText = this.texts.add(printOfDigest(digest));
      const newId = this.ids.add(id);
      anyNew ||= newId;
      if (!newId && newText) this.others += 1;
      const cameEarlier = this.earlier !== null && (!newId || this.earlier.ids.has(id));
      if ((newId || newText) && !cameEarlier) {
        rows.push(row);
        digests.push(digest);
      } else repeated += 1;
    }
    return { rows, digests, repeated, unchanged, anyNew };
  }
}

function parseRow(list: RowList, index: number, collection: string): unknown {
  try {
    return list.parse(index);
  } catch {
    throw new SisError('protocol', `${collection} answered a row that is no JSON`);
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

/** A row without an id is told by what it says. */
function keyOf(row: unknown, options: PageOptions): string {
  const id = isRow(row) ? idOf(lookUp(row, options.idName ?? 'sourcedId')) : null;
  return id ?? ` ${JSON.stringify(row)}`;
}
