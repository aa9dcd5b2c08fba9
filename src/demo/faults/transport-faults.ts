import type { Exchange } from '../server/exchange.ts';
import { imsxError } from '../server/imsx.ts';
import { htmlReply, type Reply } from '../server/reply.ts';
import { scopes } from '../server/tokens.ts';
import type { Fault, FaultList } from './fault.ts';

/** Pages that a token serves before it is revoked. */
const usesBeforeRevocation = 3;

export const transportFaults = {
  'token-revoked': {
    description: 'Every token stops working after three calls: 401 in mid-run.',
    instead: ({ tokenUses }) =>
      tokenUses > usesBeforeRevocation ? imsxError(401, 'the access token is no longer valid') : null,
  },
  'rate-limited': {
    description: '429 with an HTML page and Retry-After, from a gateway in front of the SIS.',
    instead: () => htmlReply(429, 'Too Many Requests', { 'Retry-After': '1' }),
  },
  'bad-gateway': {
    description: '502 with an HTML page.',
    instead: () => htmlReply(502, 'Bad Gateway'),
  },
  'gateway-timeout': {
    description: '504 with an HTML page.',
    instead: () => htmlReply(504, 'Gateway Time-out'),
  },
  'html-with-200': {
    description: 'A login page with status 200.',
    instead: () => htmlReply(200, 'Campus – please log in'),
  },
  'empty-body': {
    description: '200 with no body at all.',
    instead: () => ({ status: 200, headers: {}, body: { kind: 'empty' } }),
  },
  'truncated-json': {
    description: 'The JSON ends in the middle, the connection closes in order.',
    reply: delivered('cut'),
  },
  'stalled-body': {
    description: 'Half of the body comes, and then nothing.',
    reply: delivered('stall'),
  },
  'dripping-body': {
    description: 'The body comes a few bytes at a time.',
    reply: delivered('drip'),
  },
  'byte-order-mark': {
    description: 'A byte order mark before the JSON.',
    reply: (reply) =>
      reply.body.kind === 'json'
        ? {
            ...reply,
            body: {
              kind: 'text',
              type: 'application/json; charset=utf-8',
              text: `\uFEFF${JSON.stringify(reply.body.value)}`,
            },
          }
        : reply,
  },
  'demographics-forbidden': {
    description: 'The demographics scope was not granted: 403 there, everything else works.',
    instead: noDemographics,
  },
  'scope-left-out': {
    description: 'The token says that the demographics scope was left out: 403 there, everything else works.',
    token: (reply) =>
      withTokenField(reply, (value) => ({
        ...value,
        scope: String(value.scope)
          .split(' ')
          .filter((scope) => scope !== scopes.demographics)
          .join(' '),
      })),
    instead: noDemographics,
  },
  'no-guardians-endpoint': {
    description: 'A server without the vendor’s /guardians: 404 there, guardians are among /users.',
    instead: ({ collection }) => (collection === 'guardians' ? imsxError(404, 'no such endpoint') : null),
  },
  'attendance-not-found': noAttendance(404, 'no such endpoint'),
  'attendance-forbidden': noAttendance(403, 'the scope was not granted'),
  'attendance-not-implemented': noAttendance(501, 'not implemented'),
  'odd-expiry': {
    description: 'The token says expires_in as text.',
    token: (reply) => withTokenField(reply, (value) => ({ ...value, expires_in: '3600' })),
  },
  'no-expiry': {
    description: 'The token says nothing about when it expires.',
    token: (reply) => withTokenField(reply, ({ expires_in: _, ...value }) => value),
  },
} as const satisfies FaultList;

function noDemographics({ collection }: Exchange): Reply | null {
  return collection === 'demographics' ? imsxError(403, 'the scope was not granted') : null;
}

/** Core OneRoster has no attendance; a server may say so in one of three ways. */
function noAttendance(status: 403 | 404 | 501, words: string) {
  return {
    source: 'oneroster-service',
    on: ['attendances', 'attendanceCodes'],
    description: `The attendance service answers ${status}: this endpoint offers no attendance.`,
    instead: () => imsxError(status, words),
  } as const satisfies Fault;
}

function delivered(delivery: 'cut' | 'stall' | 'drip') {
  return (reply: Reply): Reply => ({ ...reply, delivery });
}

function withTokenField(
  reply: Reply,
  change: (value: Record<string, unknown>) => Record<string, unknown>,
): Reply {
  if (reply.status !== 200 || reply.body.kind !== 'json') return reply;
  return { ...reply, body: { kind: 'json', value: change(reply.body.value as Record<string, unknown>) } };
}
