import type { District } from '../../district/model.ts';
import type { Faults } from '../../faults/switchboard.ts';
import { underFaults } from '../../faults/under-faults.ts';
import type { Exchange, Served } from '../exchange.ts';
import type { PageQuery } from '../page-query.ts';
import { jsonReply, type Reply } from '../reply.ts';
import type { WireRow } from '../wire-row.ts';
import { buildEvents, changeVersion, type EventVersion } from './events.ts';

const MOST_ROWS = 500;
const DEFAULT_ROWS = 25;
const EVENTS = '/data/v3/ed-fi/studentSchoolAttendanceEvents';
const SERVED: Readonly<Record<string, Served>> = {
  '/changeQueries/v1/availableChangeVersions': 'edFiChangeVersions',
  [EVENTS]: 'edFiEvents',
  [`${EVENTS}/deletes`]: 'edFiDeletes',
};

export interface EdFiCall {
  /** Below `/edfi`. */
  readonly path: string;
  /** Origin and path, without the query. */
  readonly url: string;
  readonly search: URLSearchParams;
  readonly tokenUses: number;
  /** What the SIS has reported so far. */
  readonly district: District;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface EdFiHost {
  answer(call: EdFiCall): Reply;
}

/** An Ed-Fi ODS/API into which the district's SIS reports. @param changeQueries whether the host offers them */
export function openEdFiHost(faults: Faults, changeQueries: boolean): EdFiHost {
  let built: { readonly district: District; readonly events: readonly EventVersion[] } | null = null;
  return {
    answer({ path, url, search, tokenUses, district, now }) {
      const collection = SERVED[path];
      if (collection === undefined || (collection !== 'edFiEvents' && !changeQueries)) return missing();
      if (built?.district !== district) built = { district, events: buildEvents(district) };
      const query = readQuery(search);
      if (query === null) {
        return jsonReply(400, { message: `limit must be from 1 to ${MOST_ROWS}, offset 0 or more` });
      }
      const call = underFaults(faults.concerning(collection));
      const exchange: Exchange = {
        collection,
        single: null,
        query: call.query(query),
        url,
        search,
        tokenUses,
      };
      const instead = call.instead(exchange);
      if (instead !== null) return instead;
      const newest = call.newestChange(changeVersion(district, now));
      if (collection === 'edFiChangeVersions') {
        const reply = jsonReply(200, { oldestChangeVersion: 0, newestChangeVersion: newest });
        return call.reply(reply, exchange);
      }
      const within = windowOf(search, newest);
      const known = built.events.filter(({ from }) => from <= newest);
      const rows =
        collection === 'edFiDeletes' ? deletions(known, newest, within) : events(known, newest, within);
      return call.reply(pageOf(call.rows(byId(rows), exchange), exchange), exchange);
    },
  };
}

type Within = (version: number) => boolean;

function windowOf(search: URLSearchParams, newest: number): Within {
  const least = Number(search.get('minChangeVersion') ?? 0);
  const most = Number(search.get('maxChangeVersion') ?? newest);
  return (version) => version >= least && version <= most;
}

function events(known: readonly EventVersion[], newest: number, within: Within): WireRow[] {
  return known
    .filter(({ from, until }) => (until === null || until > newest) && within(from))
    .map(({ id, body }) => ({ id, ...body, attendanceEventReason: null, _etag: id.slice(0, 16) }));
}

function deletions(known: readonly EventVersion[], newest: number, within: Within): WireRow[] {
  return known.flatMap(({ id, until, body }) => {
    if (until === null || until > newest || !within(until)) return [];
    const { schoolId } = body.schoolReference as { readonly schoolId: number };
    const { studentUniqueId } = body.studentReference as { readonly studentUniqueId: string };
    const { eventDate, attendanceEventCategoryDescriptor } = body;
    return [
      {
        id,
        changeVersion: until,
        keyValues: { schoolId, studentUniqueId, eventDate, attendanceEventCategoryDescriptor },
      },
    ];
  });
}

function byId(rows: readonly WireRow[]): WireRow[] {
  return [...rows].sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
}

function readQuery(search: URLSearchParams): PageQuery | null {
  const limit = Number(search.get('limit') ?? DEFAULT_ROWS);
  const offset = Number(search.get('offset') ?? 0);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ROWS || !Number.isInteger(offset) || offset < 0) {
    return null;
  }
  return { limit, offset, sort: 'id', descending: false, filter: null, fields: null };
}

function pageOf(rows: readonly WireRow[], { query, search }: Exchange): Reply {
  const headers: Record<string, string> =
    search.get('totalCount') === 'true' ? { 'Total-Count': String(rows.length) } : {};
  return jsonReply(200, rows.slice(query.offset, query.offset + query.limit), headers);
}

function missing(): Reply {
  return jsonReply(404, { message: 'The specified resource could not be found.' });
}
