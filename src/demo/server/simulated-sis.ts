import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { District } from '../district/model.ts';
import { endOfDate, type SisState, stateAt } from '../district/state-on.ts';
import { underDistrictFaults } from '../faults/faulty-district.ts';
import { createFaults, type Faults } from '../faults/switchboard.ts';
import { answerCall, type Service } from './answer-call.ts';
import { createRows } from './collections.ts';
import { deliver } from './deliver.ts';
import { openEdFiHost } from './ed-fi/answer-ed-fi.ts';
import { imsxError } from './imsx.ts';
import type { Reply } from './reply.ts';
import { openTokenDesk, scopes } from './tokens.ts';
import { createVersion11 } from './version-1-1.ts';
import { createWire } from './wire.ts';

export interface SimulatedSisOptions {
  readonly district: District;
  /** What the SIS takes for now. A date stands for its end, after the offices have closed. */
  readonly today: () => SchoolDate | Date;
  readonly faults?: Faults;
  /** A fixed port instead of any free one. */
  readonly port?: number;
  /** Whether the Ed-Fi host tells changes and deletes. Default: true. */
  readonly changeQueries?: boolean;
}

export interface SimulatedSis {
  /** OneRoster 1.2 rostering. */
  readonly baseUrl: string;
  /** The same district as OneRoster 1.1 shows it, and its attendance with the ids of that version. */
  readonly baseUrlV1p1: string;
  readonly attendanceBaseUrlV1p1: string;
  readonly edFi: { readonly baseUrl: string; readonly tokenUrl: string };
  readonly tokenUrl: string;
  /** The attendance service in OneRoster's manner. */
  readonly attendanceBaseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: typeof scopes;
  readonly faults: Faults;
  /** The district with what faults have changed in it, for what the SIS says in files. */
  district(): District;
  close(): Promise<void>;
}

const rosteringPath = '/campus/api/oneroster/v1p2/rollcall/ims/oneroster/rostering/v1p2';
const attendancePath = '/campus/api/attendance/v1';
const rosteringPathV1p1 = '/campus/api/oneroster/v1p1/rollcall/ims/oneroster/v1p1';
const attendancePathV1p1 = '/campus/api/attendance/v1-older';
const edFiPath = '/edfi';
const tokenPath = '/campus/oauth2/token';
const credentials = { clientId: 'rollcall-demo', clientSecret: 'not-a-secret-in-a-simulated-district' };
const largestForm = 64 * 1024;

/** Starts the simulated SIS on a free port of the loopback interface. */
export async function startSimulatedSis(options: SimulatedSisOptions): Promise<SimulatedSis> {
  const { district, faults = createFaults() } = options;
  const tokens = openTokenDesk(credentials);
  const edFi = openEdFiHost(faults, options.changeQueries ?? true);
  const current = currentState(options, faults);
  // References name the port, which is known once the server listens.
  let services: readonly Service[] = [];

  const server = createServer((request, response) => {
    const { now, ...known } = current();
    respond(request, known, now)
      .then((reply) => deliver(response, reply, now))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : new Error('no answer')));
  });

  async function respond(request: IncomingMessage, known: Known, now: Date): Promise<Reply> {
    const url = new URL(request.url ?? '/', origin(server));
    if (url.pathname === tokenPath || url.pathname === `${edFiPath}/oauth/token`) {
      if (request.method !== 'POST') return imsxError(405, 'tokens are asked for by POST');
      const form = new URLSearchParams(await textOf(request));
      const reply = tokens.issue(request.headers.authorization, request.headers['content-type'], form);
      return tokenReply(reply, faults);
    }
    if (url.pathname.startsWith(`${edFiPath}/`)) {
      const grant = tokens.use(request.headers.authorization);
      if (grant === null) return imsxError(401, 'a valid token is needed');
      return edFi.answer({
        path: url.pathname.slice(edFiPath.length),
        url: `${url.origin}${url.pathname}`,
        search: url.searchParams,
        tokenUses: grant.uses,
        district: known.district,
        now: now.getTime(),
      });
    }
    const service = services.find(({ path }) => url.pathname.startsWith(`${path}/`));
    if (service === undefined) return imsxError(404, 'no such endpoint');
    if (request.method !== 'GET') return imsxError(405, 'this service is read by GET');
    return answerCall(service, url, tokens.use(request.headers.authorization), known.state, faults);
  }

  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const rostering = `${origin(server)}${rosteringPath}`;
  const attendance = `${origin(server)}${attendancePath}`;
  const addresses = { rostering, attendance };
  const rows = createRows(district, addresses, createWire(district, addresses));
  const inVersion11 = createVersion11(district, addresses, {
    rostering: `${origin(server)}${rosteringPathV1p1}`,
    attendance: `${origin(server)}${attendancePathV1p1}`,
  });
  const olderRows: typeof rows = (name, state) => inVersion11(name, rows(name, state));
  services = [
    { path: rosteringPath, kinds: ['roster', 'demographics'], rows },
    { path: attendancePath, kinds: ['attendance'], rows },
    { path: rosteringPathV1p1, kinds: ['roster', 'demographics'], rows: olderRows },
    { path: attendancePathV1p1, kinds: ['attendance'], rows: olderRows },
  ];
  return {
    baseUrl: rostering,
    baseUrlV1p1: `${origin(server)}${rosteringPathV1p1}`,
    attendanceBaseUrlV1p1: `${origin(server)}${attendancePathV1p1}`,
    edFi: {
      baseUrl: `${origin(server)}${edFiPath}/data/v3`,
      tokenUrl: `${origin(server)}${edFiPath}/oauth/token`,
    },
    tokenUrl: `${origin(server)}${tokenPath}?appName=rollcall`,
    attendanceBaseUrl: attendance,
    ...credentials,
    scopes,
    faults,
    district: () => current().district,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function tokenReply(reply: Reply, faults: Faults): Reply {
  return faults.concerning(null).reduce((before, { fault, spend }) => {
    const after = fault.token?.(before) ?? before;
    if (after !== before) spend();
    return after;
  }, reply);
}

interface Known {
  readonly district: District;
  readonly state: SisState;
}

/** The state is the same for every call of one instant, and is worked out once. */
function currentState(
  { district, today }: SimulatedSisOptions,
  faults: Faults,
): () => Known & { readonly now: Date } {
  const present = underDistrictFaults(district, faults);
  let known: (Known & { readonly instant: number }) | null = null;
  return () => {
    const now = today();
    const instant = typeof now === 'string' ? endOfDate(district, now) : now.getTime();
    const current = present(instant);
    if (known?.instant !== instant || known.district !== current) {
      known = { instant, district: current, state: stateAt(current, instant) };
    }
    return { district: current, state: known.state, now: new Date(instant) };
  };
}

function origin(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestForm) throw new Error('the form of a token request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
