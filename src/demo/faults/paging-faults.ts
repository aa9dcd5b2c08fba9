import { collections, isCollection } from '../server/collections.ts';
import type { Exchange } from '../server/exchange.ts';
import { imsxError } from '../server/imsx.ts';
import { pageUrl } from '../server/page.ts';
import type { Reply } from '../server/reply.ts';
import type { FaultList } from './fault.ts';

const silentLimit = 25;

export const pagingFaults = {
  'no-total-count': {
    description: 'No X-Total-Count.',
    reply: (reply) => withoutHeader(reply, 'X-Total-Count'),
  },
  'wrong-total-count': {
    description: 'X-Total-Count says three rows more than there are.',
    reply: (reply) => {
      const total = reply.headers['X-Total-Count'];
      return total === undefined ? reply : withHeader(reply, 'X-Total-Count', String(Number(total) + 3));
    },
  },
  'no-link': {
    description: 'No Link header.',
    reply: (reply) => withoutHeader(reply, 'Link'),
  },
  'clamped-limit': {
    description: `No page has more than ${silentLimit} rows, whatever limit was asked for.`,
    query: (query) => (query.limit > silentLimit ? { ...query, limit: silentLimit } : query),
  },
  'rows-shift': {
    description:
      'A row is inserted before the second page is read: one row comes twice, and the last page ends early.',
    query: (query) => (query.offset > 0 ? { ...query, offset: query.offset - 1 } : query),
  },
  'sort-refused': {
    description: '400 for any call with sort.',
    instead: ({ search }) =>
      search.has('sort') ? imsxError(400, 'sort is not supported', 'invalid_sort_field') : null,
  },
  'no-delta-filter': {
    changesOnly: true,
    description: '400 for any call that asks for what has changed.',
    instead: ({ search }) =>
      search.get('filter')?.includes('dateLastModified') === true
        ? imsxError(400, 'this filter is not supported', 'invalid_filter_field')
        : null,
  },
  'link-loop': {
    description: 'Link rel=next leads back to the first page.',
    reply: (reply, exchange) =>
      reply.status === 200 ? withHeader(reply, 'Link', `<${pageUrl(exchange, 0)}>; rel="next"`) : reply,
  },
  'cross-origin-link': {
    description: 'Link rel=next leads to another host, which must never see the token.',
    reply: (reply) =>
      reply.status === 200
        ? withHeader(reply, 'Link', '<http://collector.test/next?offset=100>; rel="next"')
        : reply,
  },
  'empty-200': {
    description: '200 with an empty list: permission is missing, though it does not say so.',
    rows: (rows) => (rows.length === 0 ? rows : []),
  },
  'missing-envelope-key': {
    description: 'The list comes under a key that nobody knows.',
    reply: (reply, exchange) => withEnvelope(reply, exchange, 'items'),
  },
  'school-for-org': {
    description: 'The schools come as `school` instead of `orgs`.',
    reply: (reply, exchange) =>
      pluralOf(exchange) === 'orgs' ? withEnvelope(reply, exchange, 'school') : reply,
  },
} as const satisfies FaultList;

function withHeader(reply: Reply, name: string, value: string): Reply {
  return { ...reply, headers: { ...reply.headers, [name]: value } };
}

function withoutHeader(reply: Reply, name: string): Reply {
  if (reply.headers[name] === undefined) return reply;
  const { [name]: _, ...headers } = reply.headers;
  return { ...reply, headers };
}

function withEnvelope(reply: Reply, exchange: Exchange, key: string): Reply {
  if (reply.status !== 200 || reply.body.kind !== 'json' || !isCollection(exchange.collection)) return reply;
  const { plural, singular } = collections[exchange.collection];
  const envelope = reply.body.value as Record<string, unknown>;
  return { ...reply, body: { kind: 'json', value: { [key]: envelope[plural] ?? envelope[singular] } } };
}

function pluralOf({ collection }: Exchange): string | null {
  return isCollection(collection) ? collections[collection].plural : null;
}
