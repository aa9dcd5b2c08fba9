import type { Served } from '../server/exchange.ts';
import { imsxError } from '../server/imsx.ts';
import { jsonReply, type Reply } from '../server/reply.ts';
import type { WireRow } from '../server/wire-row.ts';
import type { Fault, FaultList } from './fault.ts';
import { transportFaults } from './transport-faults.ts';

const source = 'ed-fi';
const rowsOnly: readonly Served[] = ['edFiEvents', 'edFiDeletes'];
const events: readonly Served[] = ['edFiEvents'];
const changeVersions: readonly Served[] = ['edFiChangeVersions'];
const everything: readonly Served[] = [...rowsOnly, ...changeVersions];
const MONTH_SECONDS = 30 * 86_400;
/** A host that is filled anew counts every row as a change. */
const REFILLED = 1_000_000;

export const edFiFaults = {
  'ed-fi-rate-limited': onEdFi(
    transportFaults['rate-limited'],
    'The Ed-Fi host answers 429 with an HTML page and Retry-After.',
  ),
  'ed-fi-bad-gateway': onEdFi(
    transportFaults['bad-gateway'],
    'The Ed-Fi host answers 502 with an HTML page.',
  ),
  'ed-fi-cut-off': onEdFi(
    transportFaults['truncated-json'],
    'The events end in the middle, and the connection closes in order.',
  ),
  'ed-fi-stalled': onEdFi(
    transportFaults['stalled-body'],
    'Half of a page of events comes, and then nothing.',
  ),
  'ed-fi-token-expired': onEdFi(
    transportFaults['token-revoked'],
    'Every token of the Ed-Fi host stops working after three calls: 401 in mid-run.',
    everything,
  ),
  'ed-fi-html': onEdFi(
    transportFaults['html-with-200'],
    'The Ed-Fi host answers a login page with status 200.',
    events,
  ),
  'ed-fi-forbidden': {
    source,
    on: rowsOnly,
    description: 'The claim set of the credentials does not have attendance events: 403.',
    instead: () => imsxError(403, 'Access to the resource could not be authorized.'),
  },
  'ed-fi-not-found': {
    source,
    on: rowsOnly,
    description: 'The Ed-Fi host knows no attendance events: 404.',
    instead: () => imsxError(404, 'The specified resource could not be found.'),
  },
  'ed-fi-no-total-count': {
    source,
    on: rowsOnly,
    description: 'No Total-Count.',
    reply: ({ headers: { 'Total-Count': _, ...headers }, ...reply }) => ({ ...reply, headers }),
  },
  'ed-fi-wrong-total-count': {
    source,
    on: events,
    description: 'Total-Count says three events more than there are.',
    reply: (reply) => ({
      ...reply,
      headers: { ...reply.headers, 'Total-Count': String(Number(reply.headers['Total-Count']) + 3) },
    }),
  },
  'ed-fi-no-list': {
    source,
    on: events,
    description: 'The events come in an envelope instead of a bare list.',
    reply: (reply) => ({
      ...reply,
      body: { kind: 'json', value: { value: reply.body.kind === 'json' ? reply.body.value : null } },
    }),
  },
  'ed-fi-empty': {
    source,
    on: events,
    description:
      'An empty list where there were events: the claim set was narrowed, though it does not say so.',
    rows: () => [],
  },
  'ed-fi-events-missing': {
    source,
    on: events,
    description: 'Every fourth event is missing, and the total agrees.',
    rows: (rows) => rows.filter((_, position) => position % 4 !== 3),
  },
  'ed-fi-unknown-descriptor': {
    source,
    on: events,
    description: 'Three events have a category of the state’s own that nobody has given a meaning.',
    rows: (rows) => rows.map((row, position) => (position < 3 ? withCategory(row, 'Awaiting Review') : row)),
  },
  'ed-fi-no-change-queries': {
    source,
    on: [...changeVersions, 'edFiDeletes'],
    description: 'Change queries are no longer offered: 404.',
    instead: () => imsxError(404, 'The specified resource could not be found.'),
  },
  'ed-fi-no-deletes': {
    source,
    on: ['edFiDeletes'],
    changesOnly: true,
    description: 'Changes are offered, but not what was deleted: 404 for /deletes.',
    instead: () => imsxError(404, 'The specified resource could not be found.'),
  },
  'ed-fi-changes-gone': {
    source,
    on: changeVersions,
    changesOnly: true,
    description: 'The host was filled anew: its oldest change version lies after the last one that was read.',
    reply: (reply) =>
      withVersions(reply, (newest) => ({
        oldestChangeVersion: newest + REFILLED,
        newestChangeVersion: newest + REFILLED,
      })),
  },
  'ed-fi-restored-backup': {
    source,
    on: everything,
    description:
      'The host was restored from a backup of last month: its versions, and its events, end there.',
    newestChange: (version) => Math.max(0, version - MONTH_SECONDS),
  },
} as const satisfies FaultList;

/** A fault of any server, on the Ed-Fi host alone. */
function onEdFi(fault: Fault, description: string, on = rowsOnly) {
  return { ...fault, source, on, description } as const;
}

function withCategory(row: WireRow, category: string): WireRow {
  return {
    ...row,
    attendanceEventCategoryDescriptor: `uri://state.example.org/AttendanceEventCategoryDescriptor#${category}`,
  };
}

function withVersions(reply: Reply, change: (newest: number) => Record<string, number>): Reply {
  if (reply.body.kind !== 'json') return reply;
  const { newestChangeVersion } = reply.body.value as { readonly newestChangeVersion: number };
  return jsonReply(200, change(newestChangeVersion), reply.headers);
}
