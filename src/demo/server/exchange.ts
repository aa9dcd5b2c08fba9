import type { CollectionName } from './collections.ts';
import type { PageQuery } from './page-query.ts';

/** One call of the API, after authorization and before the answer. */
export interface Exchange {
  readonly collection: CollectionName;
  /** sourcedId, for `GET /students/{sourcedId}`. */
  readonly single: string | null;
  readonly query: PageQuery;
  /** Origin and path of the call, without the query. */
  readonly url: string;
  readonly search: URLSearchParams;
  /** How often the token was used, this call included. */
  readonly tokenUses: number;
}
