import type { Collection } from './collections.ts';
import type { Exchange } from './exchange.ts';
import { valuesAt } from './filter.ts';
import { imsxError } from './imsx.ts';
import { jsonReply, type Reply } from './reply.ts';
import type { WireRow } from './wire-row.ts';

/** One page of a collection, with its total and the way to the next. */
export function pageReply(exchange: Exchange, collection: Collection, rows: readonly WireRow[]): Reply {
  const { query } = exchange;
  const chosen = ordered(query.filter === null ? rows : rows.filter(query.filter.matches), exchange);
  const page = chosen
    .slice(query.offset, query.offset + query.limit)
    .map((row) => selected(row, query.fields));
  const headers: Record<string, string> = { 'X-Total-Count': String(chosen.length) };
  const next = query.offset + query.limit;
  if (next < chosen.length) headers.Link = `<${pageUrl(exchange, next)}>; rel="next"`;
  return jsonReply(200, { [collection.plural]: page }, headers);
}

export function singleReply(collection: Collection, rows: readonly WireRow[], sourcedId: string): Reply {
  const row = rows.find((some) => some.sourcedId === sourcedId);
  return row === undefined
    ? imsxError(404, 'no entity with this sourcedId')
    : jsonReply(200, { [collection.singular]: row });
}

export function pageUrl(exchange: Exchange, offset: number): string {
  const search = new URLSearchParams(exchange.search);
  search.set('limit', String(exchange.query.limit));
  search.set('offset', String(offset));
  return `${exchange.url}?${search}`;
}

/** Rows come by sourcedId, the order of a client that does not ask for another. */
function ordered(rows: readonly WireRow[], exchange: Exchange): readonly WireRow[] {
  const { sort, descending } = exchange.query;
  if (sort === 'sourcedId' && !descending) return rows;
  const path = sort.split('.');
  const key = (row: WireRow) => valuesAt(row, path)[0] ?? '';
  const direction = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left !== right) return left < right ? -direction : direction;
    return String(a.sourcedId) < String(b.sourcedId) ? -1 : 1;
  });
}

function selected(row: WireRow, fields: readonly string[] | null): WireRow {
  if (fields === null) return row;
  return Object.fromEntries(
    Object.entries(row).filter(([field]) => field === 'sourcedId' || fields.includes(field)),
  );
}
