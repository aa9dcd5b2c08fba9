import type { District } from '../../district/model.ts';
import { jsonReply, type Reply } from '../reply.ts';
import { buildEvents, changeVersion, type EventVersion } from './events.ts';

const MOST_ROWS = 500;
const DEFAULT_ROWS = 25;
const EVENTS = '/data/v3/ed-fi/studentSchoolAttendanceEvents';

export interface EdFiHost {
  /** @param path below `/edfi` @param now milliseconds since 1970 */
  answer(path: string, search: URLSearchParams, now: number): Reply;
}

/** An Ed-Fi ODS/API into which the district's SIS reports. @param changeQueries whether the host offers them */
export function openEdFiHost(district: District, changeQueries: boolean): EdFiHost {
  let built: readonly EventVersion[] | null = null;
  return {
    answer(path, search, now) {
      built ??= buildEvents(district);
      const newest = changeVersion(district, now);
      if (path === '/changeQueries/v1/availableChangeVersions') {
        if (!changeQueries) return missing();
        return jsonReply(200, { oldestChangeVersion: 0, newestChangeVersion: newest });
      }
      const known = built.filter(({ from }) => from <= newest);
      const within = (version: number) =>
        version >= Number(search.get('minChangeVersion') ?? 0) &&
        version <= Number(search.get('maxChangeVersion') ?? newest);
      switch (path) {
        case EVENTS:
          return pageOf(
            known
              .filter(({ from, until }) => (until === null || until > newest) && within(from))
              .map(({ id, body }) => ({ id, ...body, attendanceEventReason: null, _etag: id.slice(0, 16) })),
            search,
          );
        case `${EVENTS}/deletes`:
          if (!changeQueries) return missing();
          return pageOf(
            known.flatMap((event) =>
              event.until !== null && event.until <= newest && within(event.until) ? [deletion(event)] : [],
            ),
            search,
          );
        default:
          return missing();
      }
    },
  };
}

function deletion({ id, until, body }: EventVersion) {
  const { schoolId } = body.schoolReference as { readonly schoolId: number };
  const { studentUniqueId } = body.studentReference as { readonly studentUniqueId: string };
  const { eventDate, attendanceEventCategoryDescriptor } = body;
  return {
    id,
    changeVersion: until,
    keyValues: { schoolId, studentUniqueId, eventDate, attendanceEventCategoryDescriptor },
  };
}

function pageOf(rows: readonly { readonly id: string }[], search: URLSearchParams): Reply {
  const limit = Number(search.get('limit') ?? DEFAULT_ROWS);
  const offset = Number(search.get('offset') ?? 0);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ROWS || !Number.isInteger(offset) || offset < 0) {
    return jsonReply(400, { message: `limit must be from 1 to ${MOST_ROWS}, offset 0 or more` });
  }
  const ordered = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  const headers: Record<string, string> =
    search.get('totalCount') === 'true' ? { 'Total-Count': String(rows.length) } : {};
  return jsonReply(200, ordered.slice(offset, offset + limit), headers);
}

function missing(): Reply {
  return jsonReply(404, { message: 'The specified resource could not be found.' });
}
