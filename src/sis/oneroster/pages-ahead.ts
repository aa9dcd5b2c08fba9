import { SisError } from '../sis-error.ts';
import type { OneRosterClient } from './client.ts';
import type { OneRosterPage } from './judge-answer.ts';

export interface FetchOptions {
  /** `/users`. */
  readonly path: string;
  readonly pageSize: number;
  readonly filter?: string;
  /** Where this server keeps a row's id. Default: `sourcedId`. */
  readonly idName?: string;
  /** Requests that may be under way at once now. Default: 1, which still fetches one page ahead. */
  readonly requestsAtOnce?: () => number;
}

/** Servers that refuse `sort` are asked without it from then on. */
const refusesSort = new WeakSet<OneRosterClient>();

/** Fetches pages before they are taken. Offsets that turn out wrong are forgotten. */
export class PagesAhead {
  private readonly fetched = new Map<number, Promise<OneRosterPage>>();
  private readonly client: OneRosterClient;
  private readonly options: FetchOptions;
  private linked: { readonly link: string; readonly page: Promise<OneRosterPage> } | null = null;

  constructor(client: OneRosterClient, options: FetchOptions) {
    this.client = client;
    this.options = options;
  }

  /** @param pastTotal there, some servers refuse the offset instead of answering an empty page: null */
  async take(offset: number, link: string | null, pastTotal: boolean): Promise<OneRosterPage | null> {
    try {
      return await this.page(offset, link);
    } catch (error) {
      const refused = error instanceof SisError && [400, 404, 416, 422].includes(error.status ?? 0);
      if (pastTotal && refused) return null;
      throw error;
    }
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

  private page(offset: number, link: string | null): Promise<OneRosterPage> {
    if (link !== null) return this.linked?.link === link ? this.linked.page : this.fetch(offset, link);
    const page = this.fetched.get(offset);
    this.fetched.delete(offset);
    return page ?? this.fetch(offset, null);
  }

  private fetch(offset: number, link: string | null): Promise<OneRosterPage> {
    const page = fetchPage(this.client, this.options, offset, link);
    page.catch(() => undefined);
    return page;
  }
}

async function fetchPage(
  client: OneRosterClient,
  options: FetchOptions,
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
