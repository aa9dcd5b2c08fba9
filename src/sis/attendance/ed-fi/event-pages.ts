import type { JsonDocument } from '../../json-document.ts';
import type { OneRosterClient } from '../../oneroster/client.ts';
import type { OneRosterPage } from '../../oneroster/judge-answer.ts';
import { printOfText, SeenPrints } from '../../oneroster/seen-prints.ts';
import { idOf, isRow } from '../../oneroster/wire-fields.ts';
import { SisError } from '../../sis-error.ts';

export interface EventPage {
  readonly rows: readonly unknown[];
  readonly repeated: number;
  readonly servedAt: string | null;
}

/**
 * Reads an Ed-Fi collection by offset to its end: a bare list per page, the total in `Total-Count`. The next page is
 * fetched while the caller works on this one. A total that is not reached, or that moved while we read, means that
 * offsets have shifted and rows were passed over: everything is read once more. An empty collection is one empty page.
 */
export async function* readEventPages(
  client: OneRosterClient,
  path: string,
  pageSize: number,
  window: Readonly<Record<string, string>>,
): AsyncGenerator<EventPage> {
  const first = yield* readOnce(client, path, pageSize, window, null);
  if (first.complete) return;
  const second = yield* readOnce(client, path, pageSize, window, first.seen);
  if (second.complete) return;
  throw new SisError(
    'incomplete',
    `${path} stays incomplete: ${second.seen.count} rows where the server counts ${second.total}, also after reading it again`,
  );
}

interface Read {
  /** The total, where it was told, was reached and did not move while we read. */
  readonly complete: boolean;
  readonly total: number | null;
  readonly seen: SeenPrints;
}

async function* readOnce(
  client: OneRosterClient,
  path: string,
  pageSize: number,
  window: Readonly<Record<string, string>>,
  earlier: SeenPrints | null,
): AsyncGenerator<EventPage, Read> {
  const seen = new SeenPrints();
  const ask = (offset: number): Promise<OneRosterPage> => {
    const page = client.get(path, {
      offset: String(offset),
      limit: String(pageSize),
      totalCount: 'true',
      ...window,
    });
    page.catch(() => undefined);
    return page;
  };
  let total: number | null = null;
  let moved = false;
  const end = (): Read => ({ complete: !moved && (total === null || total === seen.count), total, seen });
  let next = ask(0);
  for (let offset = 0; ; ) {
    const page = await next;
    const rows = listIn(page.body, path);
    const told = totalIn(page.headers);
    if (told !== null && total !== null && told !== total) moved = true;
    total = told ?? total;
    const servedAt = page.headers.date ?? null;
    if (rows.length === 0) {
      // Whoever reads wants to know when there was nothing.
      if (offset === 0) yield { rows, repeated: 0, servedAt };
      return end();
    }
    const before = seen.count;
    const fresh = rows.filter((row) => {
      const key = printOfText(keyOf(row));
      return seen.add(key) && earlier?.has(key) !== true;
    });
    if (seen.count === before) {
      if (total !== null && seen.count >= total) return end();
      throw new SisError(
        'protocol',
        `${path} goes round in a loop: a page brought only rows that came before`,
      );
    }
    offset += rows.length;
    next = ask(offset);
    yield { rows: fresh, repeated: rows.length - fresh.length, servedAt };
  }
}

function listIn(body: JsonDocument, path: string): readonly unknown[] {
  const rows = body.rowsAtRoot();
  if (rows !== null) return Array.from({ length: rows.length }, (_, index) => rows.parse(index));
  throw new SisError('protocol', `${path} answered without a list; expected one at the root`);
}

function totalIn(headers: Readonly<Record<string, string>>): number | null {
  const told = headers['total-count']?.trim() ?? '';
  return /^\d{1,9}$/.test(told) ? Number(told) : null;
}

function keyOf(row: unknown): string {
  return (isRow(row) ? idOf(row.id) : null) ?? ` ${JSON.stringify(row)}`;
}
