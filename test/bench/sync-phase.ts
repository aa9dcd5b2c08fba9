import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { from as copyFrom } from 'pg-copy-streams';
import { schoolDate } from '../../src/domain/school-date.ts';
import { syncDistrict } from '../../src/procedure/sync-district.ts';
import { openAttendanceSource, openRoster, type SisOptions } from '../../src/sis/open-sis.ts';
import { openDatabase } from '../../src/store/database.ts';
import { metadataNames, syncSettings } from '../support/sis-records.ts';

/** One measured piece of work in a process of its own, so that its memory is its own too. */
interface Phase {
  readonly what: 'floor' | 'full' | 'delta';
  readonly databaseUrl: string;
  readonly origin: string;
  readonly collections: readonly (readonly [name: string, rows: number])[];
  readonly now: string;
}

export interface Measured {
  readonly seconds: number;
  readonly peakMb: number;
  readonly outcome: string;
  readonly counts: Readonly<Record<string, number>>;
}

const PAGE_SIZE = 2_000;
const phase = JSON.parse(process.argv[2] ?? '') as Phase;
const database = openDatabase({ url: phase.databaseUrl });
const began = performance.now();
const { outcome, counts } = phase.what === 'floor' ? await floor() : await sync();
const measured: Measured = {
  seconds: (performance.now() - began) / 1000,
  peakMb: process.resourceUsage().maxRSS / 1024,
  outcome,
  counts,
};
await database.close();
process.send?.(measured, () => process.disconnect());

/** The same pages by a bare client, their bodies as they are into one table. */
async function floor(): Promise<Pick<Measured, 'outcome' | 'counts'>> {
  const agent = new Agent({ keepAlive: true });
  const client = await database.pool.connect();
  await client.query('drop table if exists bench_page');
  await client.query('create table bench_page (body text)');
  const copy = client.query(copyFrom('copy bench_page from stdin'));
  const finished = once(copy, 'finish');
  for (const [name, rows] of phase.collections) {
    for (let offset = 0; offset < rows; offset += PAGE_SIZE) {
      const body = await bodyOf(`${phase.origin}/${name}?limit=${PAGE_SIZE}&offset=${offset}`, agent);
      if (!copy.write(`${body.replace(/[\\\n\t\r]/g, '\\$&')}\n`)) await once(copy, 'drain');
    }
  }
  copy.end();
  await finished;
  client.release();
  agent.destroy();
  return { outcome: 'copied', counts: {} };
}

function bodyOf(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
      response.on('error', reject);
    }).on('error', reject);
  });
}

async function sync(): Promise<Pick<Measured, 'outcome' | 'counts'>> {
  const now = new Date(phase.now);
  const client = {
    baseUrl: phase.origin,
    tokenUrl: `${phase.origin}/token`,
    clientId: 'bench',
    clientSecret: 'bench',
    scopes: [],
    clientAuth: 'basic' as const,
    requestTimeoutMs: 60_000,
    totalTimeoutMs: 3_600_000,
    pageSize: PAGE_SIZE,
    overlapMs: 86_400_000,
    now: () => new Date(),
    requestsAtOnce: () => 3,
    edition: 'bench',
  };
  const options: SisOptions = {
    roster: {
      ...client,
      guardians: 'guardians',
      metadata: metadataNames,
      flagFields: [],
    },
    attendance: {
      ...client,
      source: 'oneroster-service',
      paths: { attendances: '/attendances', attendanceCodes: '/attendanceCodes' },
      fields: {},
      codeFields: {},
    },
    contacts: null,
  };
  const marks: Record<string, number> = {};
  const result = await syncDistrict(
    {
      db: database.db,
      pool: database.pool,
      ...syncSettings,
      fullDue: () => phase.what === 'full',
      roster: openRoster(options),
      attendance: openAttendanceSource(options),
      progress: (collection) => {
        marks[`ms ${collection}`] = Math.round(performance.now() - began);
      },
    },
    { now, today: schoolDate(phase.now.slice(0, 10)) },
  );
  const why = 'reason' in result ? `: ${result.reason}` : '';
  return { outcome: `${result.kind}${why}`, counts: { ...result.counts, ...marks } };
}
