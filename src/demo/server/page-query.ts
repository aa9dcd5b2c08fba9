import { type Filter, parseFilter } from './filter.ts';
import { imsxError } from './imsx.ts';
import type { Reply } from './reply.ts';

/** The parameters of a collection call, checked. */
export interface PageQuery {
  readonly limit: number;
  readonly offset: number;
  readonly sort: string;
  readonly descending: boolean;
  readonly filter: (Filter & { readonly kind: 'filter' }) | null;
  readonly fields: readonly string[] | null;
}

const defaultLimit = 100;

/** @param known the fields of the collection. */
export function readPageQuery(
  search: URLSearchParams,
  known: readonly string[],
):
  | { readonly kind: 'query'; readonly query: PageQuery }
  | { readonly kind: 'refused'; readonly reply: Reply } {
  const refused = (reply: Reply) => ({ kind: 'refused' as const, reply });
  const limit = wholeNumber(search.get('limit'), defaultLimit);
  const offset = wholeNumber(search.get('offset'), 0);
  if (limit === null || limit < 1)
    return refused(imsxError(400, 'limit: expected a whole number of at least 1'));
  if (offset === null) return refused(imsxError(400, 'offset: expected a whole number of at least 0'));
  const sort = search.get('sort') ?? 'sourcedId';
  if (!isKnown(sort, known)) return refused(imsxError(400, 'sort: no such field', 'invalid_sort_field'));
  const order = search.get('orderBy') ?? 'asc';
  if (order !== 'asc' && order !== 'desc') return refused(imsxError(400, 'orderBy: expected asc or desc'));
  const filterText = search.get('filter');
  const filter = filterText === null ? null : parseFilter(filterText);
  if (filter?.kind === 'malformed') {
    return refused(imsxError(400, "filter: expected field op 'value', at most twice", 'invalid_filter'));
  }
  if (filter !== null && !filter.fields.every((field) => isKnown(field, known))) {
    return refused(imsxError(400, 'filter: no such field', 'invalid_filter_field'));
  }
  const fields =
    search
      .get('fields')
      ?.split(',')
      .map((field) => field.trim()) ?? null;
  if (fields !== null && !fields.every((field) => known.includes(field))) {
    return refused(imsxError(400, 'fields: no such field', 'invalid_selection_field'));
  }
  return { kind: 'query', query: { limit, offset, sort, descending: order === 'desc', filter, fields } };
}

function isKnown(path: string, known: readonly string[]): boolean {
  return known.includes(path.split('.')[0] ?? '');
}

function wholeNumber(text: string | null, otherwise: number): number | null {
  if (text === null) return otherwise;
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
