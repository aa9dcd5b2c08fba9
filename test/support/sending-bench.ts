import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { expect } from '@jest/globals';
import { instantInZone } from '../../src/domain/school-date.ts';
import type { QueueBackend } from '../../src/queue/connections.ts';
import type { BundledScript } from './bundle-script.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { lettersInLine, TODAY, ZONE } from './letters-in-line.ts';
import { openTestDatabase } from './open-test-database.ts';
import { onServer } from './postgres.ts';
import type { SendWorker, Told } from './send-worker.ts';
import { type SmtpSink, startSmtpSink } from './smtp-sink.ts';

const CLOCK = instantInZone(TODAY, '09:00', ZONE).getTime();

/** Letters in line, and processes that send them, with a proxy before each server that they use. */
export interface SendingBench {
  readonly sink: SmtpSink;
  /** The test's own way to the database, without a proxy. */
  readonly store: Awaited<ReturnType<typeof openTestDatabase>>;
  readonly proxies: Readonly<Record<'postgres' | 'smtp' | 'queue', FaultProxy>>;
  /** Starts one more process. */
  start(): ChildProcess;
  /** Resolves once `happens` was called: as a mail begins, or when it has come and its 250 is about to leave. */
  atMail(place: number, when: 'begins' | 'has come', happens: () => void): Promise<void>;
  /** From now on nobody gets a connection by these, and whoever has one loses it. */
  away(...proxies: FaultProxy[]): void;
  /** Changes something about the server of these while nobody is connected. */
  behindTheirBacks(proxies: readonly FaultProxy[], change: () => Promise<unknown>): Promise<void>;
  /** How many letters there are by state. */
  states(): Promise<Readonly<Record<string, number>>>;
  /** Until no more mails arrive; what had been marked before still may. @returns how many have arrived */
  quiet(): Promise<number>;
  /** So many looks of the first process at what is due, whatever comes of them. */
  looks(count: number): Promise<void>;
  /** Until nothing waits any more; what is to be tried again has its time come. */
  ended(): Promise<Readonly<Record<string, number>>>;
  /** Nothing went twice; sent means delivered; of whatever else became of a letter, a person has been asked. */
  expectOnceAndHonest(): Promise<void>;
  close(): Promise<void>;
}

interface BenchOptions {
  readonly letters: number;
  /** Left out: the queue is on PostgreSQL, by a proxy of its own. */
  readonly redisUrl?: string;
  /** For how long the processes wait for a server that says nothing; left out: as long as usual. */
  readonly silenceMs?: number;
  /** The account in PostgreSQL by which they work; left out: that of the tests, which may do everything. */
  readonly account?: { readonly user: string; readonly password: string };
}

export async function openSendingBench(
  script: BundledScript,
  { letters, redisUrl, silenceMs, account }: BenchOptions,
): Promise<SendingBench> {
  const store = await openTestDatabase();
  await lettersInLine(store.db, { students: letters, guardians: 1, attachment: 2_000 });
  const sink = await startSmtpSink();
  const proxies = {
    postgres: await startFaultProxy(store.url),
    smtp: await startFaultProxy(sink.url),
    queue: await startFaultProxy(redisUrl ?? store.url),
  };
  const url = account === undefined ? store.url : await letIn(store.url, account);
  const backend: QueueBackend =
    redisUrl === undefined
      ? { kind: 'postgres', connectionString: proxies.queue.through(url) }
      : { kind: 'redis', url: proxies.queue.through(redisUrl) };
  const told: SendWorker = {
    databaseUrl: proxies.postgres.through(url),
    backend,
    smtpUrl: proxies.smtp.through(sink.url),
    ...(silenceMs !== undefined && { silenceMs }),
  };
  const workers: ChildProcess[] = [];
  const ends: Promise<never>[] = [];
  let clock = CLOCK;

  async function states(): Promise<Record<string, number>> {
    const rows = await store.db
      .selectFrom('letter')
      .select(['state', ({ fn }) => fn.countAll<string>().as('count')])
      .groupBy('state')
      .execute();
    return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
  }

  const bench: SendingBench = {
    sink,
    store,
    proxies,
    states,
    atMail(place, when, happens) {
      return new Promise((resolve) => {
        sink.fault = ({ message }) => {
          // Asked last before the answer.
          if (when === 'begins' ? message < place : sink.delivered.length < place) return null;
          sink.fault = null;
          happens();
          resolve();
          return null;
        };
      });
    },
    away(...away) {
      for (const proxy of away) proxy.mode = 'refuse';
      for (const proxy of away) proxy.cut();
    },
    async behindTheirBacks(those, change) {
      bench.away(...those);
      await change();
      for (const proxy of those) proxy.mode = 'pass';
    },
    async quiet() {
      let arrived: number;
      do {
        arrived = sink.delivered.length;
        await bench.looks(5);
      } while (sink.delivered.length > arrived);
      return arrived;
    },
    start() {
      const worker = fork(script.file, [JSON.stringify(told)], { execArgv: [] });
      worker.send({ clock } satisfies Told);
      workers.push(worker);
      const end = ended(worker);
      // Once nobody waits any more, it may.
      end.catch(() => undefined);
      ends.push(end);
      return worker;
    },
    async looks(count) {
      for (let seen = 0; seen < count; ) {
        const [message] = (await Promise.race([
          once(workers[0] as ChildProcess, 'message'),
          ends[0],
        ])) as unknown[];
        if (message === 'reconciled') seen += 1;
      }
    },
    async ended() {
      for (;;) {
        const now = await states();
        if ((now.queued ?? 0) + (now.claimed ?? 0) + (now.transmitting ?? 0) === 0) return now;
        await bench.looks(2);
        clock += 3_600_000;
        for (const worker of workers) if (worker.connected) worker.send({ clock } satisfies Told);
      }
    },
    async expectOnceAndHonest() {
      const counts = new Map<string, number>();
      for (const { raw } of sink.delivered) {
        const id = /^Message-ID: (.+)\r$/m.exec(raw.subarray(0, 4_000).toString('latin1'))?.[1] ?? 'none';
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      expect([...counts].filter(([, count]) => count > 1)).toEqual([]);
      const all = await store.db.selectFrom('letter').select(['id', 'ref', 'state', 'message_id']).execute();
      expect(all).toHaveLength(letters);
      const tasks = await store.db
        .selectFrom('task')
        .select('letter_id')
        .where('state', '=', 'open')
        .execute();
      const asked = new Set(tasks.map((task) => task.letter_id));
      for (const { id, ref, state, message_id } of all) {
        if (state === 'sent') expect({ ref, times: counts.get(message_id ?? '') }).toEqual({ ref, times: 1 });
        else expect({ ref, state, asked: asked.has(id) }).toEqual({ ref, state, asked: true });
      }
      for (const worker of workers)
        expect({ code: worker.exitCode, signal: worker.signalCode }).toEqual({ code: null, signal: null });
    },
    async close() {
      for (const worker of workers) {
        if (worker.exitCode !== null || worker.signalCode !== null) continue;
        const gone = once(worker, 'exit');
        worker.kill('SIGKILL');
        await gone;
      }
      await sink.stop();
      for (const proxy of Object.values(proxies)) await proxy.stop();
      await store.drop();
    },
  };
  return bench;
}

/** @throws Error when a process ends, which none may */
async function ended(worker: ChildProcess): Promise<never> {
  await once(worker, 'exit');
  throw new Error(`a process ended by itself with ${worker.exitCode ?? worker.signalCode}`);
}

/** Everything that the program needs, and nothing that only the owner of a server may do. */
async function letIn(url: string, { user, password }: { user: string; password: string }): Promise<string> {
  const by = new URL(url);
  const database = by.pathname.slice(1);
  await onServer(`grant all on database ${database} to ${user}`);
  for (const what of ['tables', 'sequences', 'functions'])
    await onServer(`grant all on all ${what} in schema public to ${user}`, url);
  await onServer(`grant all on schema public to ${user}`, url);
  by.username = user;
  by.password = password;
  return by.href;
}
