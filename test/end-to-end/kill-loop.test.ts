import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { sql } from 'kysely';
import { type Random, randomOf } from '../../src/demo/district/random.ts';
import { instantInZone } from '../../src/domain/school-date.ts';
import { type BundledScript, bundleScript } from '../support/bundle-script.ts';
import { lettersInLine, TODAY, ZONE } from '../support/letters-in-line.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import { queueBackends } from '../support/queue-backends.ts';
import type { Death, SendWorker, Told } from '../support/send-worker.ts';
import { type Fault, type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

/** More of each on demand; the same each time where everything must be proved. */
const STUDENTS = Number(process.env.KILL_LOOP_STUDENTS ?? 170);
const KILLS = Number(process.env.KILL_LOOP_KILLS ?? 7);
const FLUSHES = 4;
const SEED = Number(process.env.KILL_LOOP_SEED ?? (process.env.CI ? 1 : Date.now() % 100_000));
const GUARDIANS = 3;
const WORKERS = 3;
const DEATHS: readonly (Death | 'at once')[] = ['claimed', 'marked', 'answered', 'at once'];
const LONGEST_MS = 120_000 + (STUDENTS + 20 * KILLS) * 1_000;

const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

let script: BundledScript;
beforeAll(async () => {
  script = await bundleScript('send-worker');
});
afterAll(() => script.remove());

/** Every way in which a server can go wrong about one message. */
const FAULTS: readonly Fault[] = [
  ...([421, 451, 550] as const).map((code) => ({ at: 'mail', does: 'reply', code }) as const),
  ...([421, 450, 452, 550, 552] as const).map((code) => ({ at: 'rcpt', does: 'reply', code }) as const),
  ...([421, 451, 452, 554] as const).map((code) => ({ at: 'dot', does: 'reply', code }) as const),
  ...(['mail', 'rcpt', 'message', 'dot'] as const).map((at) => ({ at, does: 'drop' }) as const),
  ...(['mail', 'rcpt', 'dot'] as const).map((at) => ({ at, does: 'stall' }) as const),
  { at: 'dot', does: 'keep-and-drop' },
  { at: 'dot', does: 'keep-and-drop' },
];
const AT_CONNECT: readonly Fault[] = [
  { at: 'connect', does: 'reply', code: 421 },
  { at: 'connect', does: 'reply', code: 554 },
  { at: 'connect', does: 'drop' },
  { at: 'connect', does: 'stall' },
];

/** What is wrong with a message or a connection depends on its number alone. */
function faultyServer(seed: number): SmtpSink['fault'] {
  const remembered = new Map<string, Fault | null>();
  const faultOf = (what: string, share: number, among: readonly Fault[]): Fault | null => {
    const known = remembered.get(what);
    if (known !== undefined) return known;
    const random = randomOf(seed, what);
    const fault = random.chance(share) ? random.pick(among) : null;
    remembered.set(what, fault);
    return fault;
  };
  return ({ connection, message }) => {
    const ofConnection = faultOf(`connection ${connection}`, 0.06, AT_CONNECT);
    return ofConnection ?? faultOf(`message ${message}`, 0.5, FAULTS);
  };
}

/** Three processes that send, one that waits to take the place of the next that dies, and somebody who kills. */
async function sendUnderFire(options: {
  readonly worker: SendWorker;
  readonly random: Random;
  readonly flush: (() => Promise<unknown>) | null;
  readonly clock: number;
  /** Asked each time a process has looked for due work; the next time is set once nothing is left to do at this one. */
  readonly next: (clock: number) => Promise<'busy' | 'done' | number>;
}): Promise<{ killed: number; flushed: number }> {
  const { worker, random, flush, next } = options;
  let { clock } = options;
  const tell = (child: ChildProcess, told: Told) => {
    if (child.connected) child.send(told);
  };
  const workers = new Set<ChildProcess>();
  let killed = 0;
  let flushed = 0;
  let answers = 0;
  let nextKill = random.integer(5, 30);
  let nextFlush = random.integer(20, 120);
  let ending = false;
  let asking = false;
  let finish: () => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const finished = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });

  function start(): ChildProcess {
    const child = fork(script.file, [JSON.stringify(worker)], { execArgv: [] });
    child.on('message', (message) => {
      if (message === 'answered') strike();
      if (message === 'reconciled') ask();
    });
    child.on('error', fail);
    running.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    });
    return child;
  }
  function enlist(child: ChildProcess): void {
    workers.add(child);
    tell(child, { clock });
    child.once('exit', (code, signal) => {
      workers.delete(child);
      if (ending) return;
      if (signal !== 'SIGKILL') return fail(new Error(`a worker ended by itself with ${code ?? signal}`));
      killed += 1;
      enlist(spare);
      spare = start();
    });
  }
  function strike(): void {
    answers += 1;
    if (killed < KILLS && answers >= nextKill) {
      nextKill = answers + random.integer(10, 45);
      const victim = random.pick([...workers]);
      const death = random.pick(DEATHS);
      if (death === 'at once') victim.kill('SIGKILL');
      else tell(victim, { dieAt: death });
    }
    if (flush !== null && flushed < FLUSHES && answers >= nextFlush) {
      nextFlush = answers + random.integer(60, 180);
      flushed += 1;
      flush().catch(fail);
    }
  }
  function ask(): void {
    if (asking) return;
    asking = true;
    next(clock).then((answer) => {
      asking = false;
      if (answer === 'done') return finish();
      if (answer === 'busy') return;
      clock = answer;
      for (const child of workers) tell(child, { clock });
    }, fail);
  }

  let spare = start();
  for (let count = 0; count < WORKERS; count += 1) enlist(start());
  try {
    await finished;
  } finally {
    ending = true;
    for (const child of [...workers, spare]) child.kill('SIGKILL');
  }
  return { killed, flushed };
}

describe.each(queueBackends)(
  'letters sent by processes that are killed, the queue on $name',
  ({ name, start }) => {
    test(
      `G1, G2, G3: are delivered once or not at all, and none is lost (seed ${SEED})`,
      async () => {
        process.stderr.write(`Kill loop on ${name}: KILL_LOOP_SEED=${SEED}\n`);
        const store = await openTestDatabase();
        running.push(() => store.drop());
        const { db } = store;
        await lettersInLine(db, { students: STUDENTS, guardians: GUARDIANS, attachment: 3_000 });
        const sink = await startSmtpSink({ fault: faultyServer(SEED) });
        running.push(() => sink.stop());
        const queue = await start();
        running.push(() => queue.stop());
        const redis = queue.backend.kind === 'redis' ? new Redis(queue.backend.url) : null;
        running.push(async () => redis?.disconnect());

        const under = await sendUnderFire({
          worker: {
            databaseUrl: store.url,
            backend: queue.backend,
            smtpUrl: sink.url,
          },
          random: randomOf(SEED, 'kills'),
          flush: redis === null ? null : () => redis.flushall(),
          clock: instantInZone(TODAY, '00:00', ZONE).getTime(),
          async next(clock) {
            const { rows } = await sql<{ open: number; under_way: number; due_at: Date | null }>`
              select count(*)::int as open, min(due_at) as due_at,
                (count(*) filter (where state in ('claimed', 'transmitting')))::int as under_way
              from letter
              where channel = 'email' and (state in ('planned', 'queued', 'claimed', 'transmitting')
                or state = 'held' and due_at is not null)`.execute(db);
            const { open = 0, under_way = 0, due_at = null } = rows[0] ?? {};
            if (open === 0) return 'done';
            const next = due_at?.getTime() ?? clock;
            return under_way > 0 || next <= clock ? 'busy' : next;
          },
        });

        const letters = await db
          .selectFrom('letter')
          .select(['id', 'ref', 'state', 'channel', 'channel_reason', 'message_id', 'due_at'])
          .execute();
        const asked = new Set(
          (await db.selectFrom('task').select('letter_id').where('state', '=', 'open').execute()).map(
            (task) => task.letter_id,
          ),
        );
        const deliveries = new Map<string, number>();
        for (const { raw } of sink.delivered) {
          const id = /^Message-ID: (.+)\r$/m.exec(raw.subarray(0, 4_000).toString('latin1'))?.[1] ?? 'none';
          deliveries.set(id, (deliveries.get(id) ?? 0) + 1);
        }
        const of = (letter: (typeof letters)[number]) => deliveries.get(letter.message_id ?? '') ?? 0;
        const ends = { sent: 0, paper: 0, uncertain: 0, held: 0, other: 0 };
        for (const letter of letters) {
          if (letter.channel === 'paper' && letter.channel_reason === 'address-refused') ends.paper += 1;
          else if (letter.state === 'sent') ends.sent += 1;
          else if (letter.state === 'uncertain' && asked.has(letter.id)) ends.uncertain += 1;
          else if (letter.state === 'held' && asked.has(letter.id)) ends.held += 1;
          else ends.other += 1;
        }
        process.stderr.write(
          `  ${JSON.stringify({ ...ends, ...under, delivered: sink.delivered.length })}\n`,
        );
        expect(letters).toHaveLength(STUDENTS * GUARDIANS);
        // Nothing is lost: each has come to its end, or waits for a person who has been asked.
        expect(ends.other).toBe(0);
        // Nothing goes twice, whoever dies when.
        expect([...deliveries].filter(([, count]) => count > 1)).toEqual([]);
        // Sent means delivered, and delivered means sent or honestly uncertain.
        expect(letters.filter((letter) => letter.state === 'sent' && of(letter) !== 1)).toEqual([]);
        expect(
          letters.filter(
            (letter) => of(letter) > 0 && letter.state !== 'sent' && letter.state !== 'uncertain',
          ),
        ).toEqual([]);
        // And it was a fire: otherwise nothing was tried.
        expect(under.killed).toBeGreaterThanOrEqual(KILLS);
        if (redis !== null) expect(under.flushed).toBeGreaterThan(0);
        expect(ends.sent).toBeGreaterThan(letters.length / 2);
        expect(ends.uncertain).toBeGreaterThan(0);
        expect(ends.paper).toBeGreaterThan(0);
      },
      LONGEST_MS,
    );
  },
);
