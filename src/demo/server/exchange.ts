import type { CollectionName } from './collections.ts';
import type { PageQuery } from './page-query.ts';

const edFi = ['edFiEvents', 'edFiDeletes', 'edFiChangeVersions'] as const;

/** What the Ed-Fi host answers: events, deletes, and which change versions it knows. */
type EdFiCollection = (typeof edFi)[number];

/** Everything that is answered by GET. */
export type Served = CollectionName | EdFiCollection;

export function isEdFi(served: Served): served is EdFiCollection {
  return edFi.some((name) => name === served);
}

/** One call of an API, after authorization and before the answer. */
export interface Exchange {
  readonly collection: Served;
  /** sourcedId, for `GET /students/{sourcedId}`. */
  readonly single: string | null;
  readonly query: PageQuery;
  /** Origin and path of the call, without the query. */
  readonly url: string;
  readonly search: URLSearchParams;
  /** How often the token was used, this call included. */
  readonly tokenUses: number;
}
