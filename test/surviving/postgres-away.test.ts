import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { instantInZone } from '../../src/domain/school-date.ts';
import { type BundledScript, bundleScript } from '../support/bundle-script.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { lettersInLine, TODAY, ZONE } from '../support/letters-in-line.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import type { SendWorker, Told } from '../support/send-worker.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const LETTERS = 24;
const CLOCK = instantInZone(TODAY, '09:00', ZONE).getTime();

let script: BundledScript;
beforeAll(async () => {
  script = await bundleScript('send-worker');
});
afterAll(() => script.remove());

let store: Awaited<ReturnType<typeof openTestDatabase>>;
let proxy: FaultProxy;
let sink: SmtpSink;
let worker: ChildProcess;
beforeEach(async () => {
  store = await openTestDatabase();
  await lettersInLine(store.db, { students: LETTERS, guardians: 1, attachment: 2_000 });
  proxy = await startFaultProxy(store.url);
  sink = await startSmtpSink();
});
afterEach(async () => {
  const gone = once(worker, 'exit');
  worker.kill('SIGKILL');
  if (worker.signalCode === null && worker.exitCode === null) await gone;
  await sink.stop();
  await proxy.stop();
  await store.drop();
});

/** A process that sends what is due, whose every connection to the database goes by way of the proxy. */
function startWorker(): void {
  const url = proxy.through(store.url);
  const told: SendWorker = {
    databaseUrl: url,
    backend: { kind: 'postgres', connectionString: url },
    smtpUrl: sink.url,
  };
  worker = fork(script.file, [JSON.stringify(told)], { execArgv: [] });
  worker.send({ clock: CLOCK } satisfies Told);
}

/** So many looks of the worker at what is due, whatever came of them. */
async function looks(count: number): Promise<void> {
  for (let seen = 0; seen < count; ) {
    const [message] = (await once(worker, 'message')) as unknown[];
    if (message === 'reconciled') seen += 1;
  }
}

const states = async (): Promise<Record<string, number>> => {
  const rows = await store.db
    .selectFrom('letter')
    .select(['state', ({ fn }) => fn.countAll<string>().as('count')])
    .groupBy('state')
    .execute();
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
};

/** Until nothing waits any more; what is to be tried again has its time come. */
async function everythingEnded(): Promise<Record<string, number>> {
  for (let hours = 1; ; hours += 1) {
    const now = await states();
    if ((now.queued ?? 0) + (now.claimed ?? 0) + (now.transmitting ?? 0) === 0) return now;
    await looks(2);
    worker.send({ clock: CLOCK + hours * 3_600_000 } satisfies Told);
  }
}

function deliveries(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { raw } of sink.delivered) {
    const id = /^Message-ID: (.+)\r$/m.exec(raw.subarray(0, 4_000).toString('latin1'))?.[1] ?? 'none';
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

async function expectOnceAndHonest(ended: Record<string, number>): Promise<void> {
  const counts = deliveries();
  expect([...counts.values()].filter((count) => count > 1)).toEqual([]);
  const letters = await store.db.selectFrom('letter').select(['id', 'state', 'message_id']).execute();
  const asked = await store.db.selectFrom('task').select('letter_id').where('state', '=', 'open').execute();
  for (const { id, state, message_id } of letters) {
    if (state === 'sent') expect(counts.get(message_id ?? '')).toBe(1);
    else
      expect({ state, asked: asked.some((task) => task.letter_id === id) }).toEqual({
        state: 'uncertain',
        asked: true,
      });
  }
  expect((ended.sent ?? 0) + (ended.uncertain ?? 0)).toBe(LETTERS);
}

test('G14: while PostgreSQL is away nothing is sent and the process stays; when it is back everything goes on', async () => {
  const away = new Promise<void>((resolve) => {
    sink.fault = ({ message }) => {
      if (message === 8 && proxy.mode === 'pass') {
        proxy.mode = 'refuse';
        proxy.reset();
        resolve();
      }
      return null;
    };
  });
  startWorker();
  await away;
  await looks(2);
  const sent = sink.delivered.length;
  await looks(4);
  expect(sink.delivered).toHaveLength(sent);
  expect({ code: worker.exitCode, signal: worker.signalCode }).toEqual({ code: null, signal: null });
  expect(sent).toBeLessThan(LETTERS);
  sink.fault = null;
  proxy.mode = 'pass';
  await expectOnceAndHonest(await everythingEnded());
});

test('G15: a 2xx whose record is lost with the database is not sent again; a person is asked', async () => {
  const away = new Promise<void>((resolve) => {
    sink.fault = () => {
      // Asked last when a mail is kept and its 250 is about to leave.
      if (sink.delivered.length === 5 && proxy.mode === 'pass') {
        proxy.mode = 'refuse';
        proxy.reset();
        resolve();
      }
      return null;
    };
  });
  startWorker();
  await away;
  await looks(3);
  sink.fault = null;
  proxy.mode = 'pass';
  const ended = await everythingEnded();
  await expectOnceAndHonest(ended);
  expect(ended.uncertain).toBeGreaterThan(0);
});
