import type { SisState } from '../district/state-on.ts';
import type { Faults } from '../faults/switchboard.ts';
import { underFaults } from '../faults/under-faults.ts';
import { type Collection, type CollectionName, collections, isCollection } from './collections.ts';
import type { Exchange } from './exchange.ts';
import { imsxError } from './imsx.ts';
import { pageReply, singleReply } from './page.ts';
import { readPageQuery } from './page-query.ts';
import type { Reply } from './reply.ts';
import { type Grant, scopes } from './tokens.ts';
import type { WireRow } from './wire-row.ts';

/** One of the services behind a base path. */
export interface Service {
  readonly path: string;
  readonly kinds: readonly Collection['service'][];
  readonly rows: (collection: CollectionName, state: SisState) => readonly WireRow[];
}

const openedBy: Readonly<Record<Collection['service'], readonly string[]>> = {
  roster: [scopes.roster, scopes.rosterCore],
  demographics: [scopes.demographics],
  attendance: [scopes.attendance],
};

/** One GET, from the address to the answer; faults act at their places on the way. */
export function answerCall(
  service: Service,
  url: URL,
  grant: Grant | null,
  state: SisState,
  faults: Faults,
): Reply {
  const [name = '', single = null, ...rest] = url.pathname
    .slice(service.path.length + 1)
    .split('/')
    .map(decodeURIComponent);
  const definition: Collection | null = isCollection(name) ? collections[name] : null;
  if (
    !isCollection(name) ||
    definition === null ||
    !service.kinds.includes(definition.service) ||
    rest.length > 0
  ) {
    return imsxError(404, 'no such endpoint');
  }
  if (grant === null) return imsxError(401, 'a valid access token is needed');
  if (!openedBy[definition.service].some((scope) => grant.scopes.includes(scope))) {
    return imsxError(403, 'the token does not carry the scope of this endpoint');
  }
  const read = readPageQuery(url.searchParams, definition.fields);
  if (read.kind === 'refused') return read.reply;
  const call = underFaults(faults.concerning(name));
  const exchange: Exchange = {
    collection: name,
    single,
    query: call.query(read.query),
    url: `${url.origin}${url.pathname}`,
    search: url.searchParams,
    tokenUses: grant.uses,
  };
  const instead = call.instead(exchange);
  if (instead !== null) return instead;
  const rows = call.rows(service.rows(name, state), exchange);
  const reply =
    single === null ? pageReply(exchange, definition, rows) : singleReply(definition, rows, single);
  return call.reply(reply, exchange);
}
