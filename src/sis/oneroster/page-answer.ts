import type { JsonDocument, RowList } from '../json-document.ts';
import { SisError } from '../sis-error.ts';
import type { OneRosterPage } from './judge-answer.ts';

export interface PageAnswer {
  readonly rows: RowList;
  /** `X-Total-Count`; null where it is missing or says nothing. */
  readonly total: number | null;
  /** `Link rel=next`, whole; null where there is none that may be followed. */
  readonly next: string | null;
  /** There is a next link, and it leads to another origin: as often as not the server's own name behind a proxy. */
  readonly strangeLink: boolean;
  /** The server's clock when it answered (`Date`). */
  readonly servedAt: string | null;
}

/**
 * What one page says. @param envelopes keys under which servers send this collection; the first is the standard's
 * @throws SisError without a list
 */
export function readPageAnswer(
  page: OneRosterPage,
  collection: string,
  envelopes: readonly string[],
): PageAnswer {
  return {
    rows: rowsOf(page.body, collection, envelopes),
    total: totalOf(page.headers),
    ...nextLink(page),
    servedAt: page.headers.date ?? null,
  };
}

function rowsOf(body: JsonDocument, collection: string, envelopes: readonly string[]): RowList {
  const rows = body.rowsUnder(envelopes);
  if (rows !== null) return rows;
  throw new SisError(
    'protocol',
    `${collection} answered without "${envelopes[0]}"; expected a list under that key`,
  );
}

function totalOf(headers: Readonly<Record<string, string>>): number | null {
  const text = headers['x-total-count'];
  return text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : null;
}

/** A link to another origin would carry the token there. It is passed over, and paging goes on by offset. */
function nextLink(page: OneRosterPage): Pick<PageAnswer, 'next' | 'strangeLink'> {
  for (const part of (page.headers.link ?? '').split(/,(?=\s*<)/)) {
    const match = /<([^>]+)>[^,]*;\s*rel=(?:next\b(?!-)|"next")/i.exec(part);
    if (match?.[1] === undefined) continue;
    const url = URL.canParse(match[1], page.url) ? new URL(match[1], page.url) : null;
    const ours = url !== null && url.origin === new URL(page.url).origin;
    return ours ? { next: url.href, strangeLink: false } : { next: null, strangeLink: true };
  }
  return { next: null, strangeLink: false };
}
