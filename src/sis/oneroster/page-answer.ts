import type { JsonDocument, RowList } from '../json-document.ts';
import { SisError } from '../sis-error.ts';
import type { OneRosterPage } from './judge-answer.ts';

export interface PageAnswer {
  readonly rows: RowList;
  /** `X-Total-Count`; null where it is missing or says nothing. */
  readonly total: number | null;
  /** `Link rel=next`, whole. */
  readonly next: string | null;
  /** The server's clock when it answered (`Date`). */
  readonly servedAt: string | null;
}

/**
 * What one page says. @param envelopes keys under which servers send this collection; the first is the standard's
 * @throws SisError without a list, and when the next page is on another server
 */
export function readPageAnswer(
  page: OneRosterPage,
  collection: string,
  envelopes: readonly string[],
): PageAnswer {
  return {
    rows: rowsOf(page.body, collection, envelopes),
    total: totalOf(page.headers),
    next: nextLink(page),
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

function nextLink(page: OneRosterPage): string | null {
  for (const part of (page.headers.link ?? '').split(/,(?=\s*<)/)) {
    const match = /<([^>]+)>[^,]*;\s*rel=(?:next\b(?!-)|"next")/i.exec(part);
    if (match?.[1] === undefined) continue;
    const url = URL.canParse(match[1], page.url) ? new URL(match[1], page.url) : null;
    if (url === null || url.origin !== new URL(page.url).origin) {
      throw new SisError('protocol', 'a next link points to another server; it is not followed');
    }
    return url.href;
  }
  return null;
}
