import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { silentLog } from '../../src/ops/log.ts';
import { defineJob, jobItem, listJobs } from '../../src/queue/define-job.ts';
import { NeedsAttentionError, RetryLaterError } from '../../src/queue/errors.ts';
import { type OpenQueueOptions, openQueue, type Queue } from '../../src/queue/queue.ts';
import { aGate } from '../support/gate.ts';
import { queueBackends, type TestBackend } from '../support/queue-backends.ts';
import { takeAndDie } from '../support/take-and-die.ts';

interface Deps {
  readonly act: (id: string, attempt: number) => Promise<unknown> | unknown;
}

const payload = z.strictObject({ id: z.string().max(100) });
const runs = new Map<string, number>();
const act = async ({ id }: { id: string }, deps: Deps) => {
  runs.set(id, (runs.get(id) ?? 0) + 1);
  return deps.act(id, runs.get(id) ?? 0);
};
const evaluate = defineJob({
  name: 'evaluate',
  lane: 'work',
  payload,
  attempts: 3,
  retryAfterMs: 1,
  run: act,
});
const send = defineJob({ name: 'send', lane: 'mail', payload, attempts: 3, retryAfterMs: 1, run: act });
const old = defineJob({
  name: 'evaluate',
  lane: 'work',
  payload: z.strictObject({ was: z.int() }),
  attempts: 1,
  run: async () => {},
});
const removed = defineJob({ name: 'removed', lane: 'work', payload, attempts: 1, run: act });
const jobs = listJobs([evaluate, send]);

describe.each(queueBackends)('the queue on $name', ({ start }) => {
  let server: TestBackend;
  let open: Queue<Deps>[] = [];
  let prefixes = 0;

  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());
  afterEach(async () => {
    await Promise.all(open.map((queue) => queue.close({ graceMs: 0 })));
    open = [];
    runs.clear();
  });

  async function aQueue(options: Partial<OpenQueueOptions<Deps>> = {}): Promise<Queue<Deps>> {
    const usual = { jobs, backend: server.backend, log: silentLog(), prefix: `test${prefixes++}` };
    const queue = await openQueue({ ...usual, ...options });
    open.push(queue);
    return queue;
  }

  test('runs each job once, in either lane, and is empty afterwards', async () => {
    const queue = await aQueue();
    queue.startWorkers({ act: () => undefined });
    const ids = Array.from({ length: 1_200 }, (_, index) => `s${index}`);
    await queue.enqueue([...ids.map((id) => jobItem(evaluate, { id })), jobItem(send, { id: 'letter' })]);
    await queue.drain();
    expect(runs.size).toBe(1_201);
    expect(new Set(runs.values())).toEqual(new Set([1]));
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 });
  });

  test('a drain waits for jobs that jobs add, from lane to lane', async () => {
    const queue = await aQueue();
    queue.startWorkers({
      act: async (id) => {
        const left = Number(id) - 1;
        if (left > 0) await queue.enqueue([jobItem(left % 2 ? send : evaluate, { id: `${left}` })]);
      },
    });
    await queue.enqueue([jobItem(evaluate, { id: '20' })]);
    await queue.drain();
    expect(runs.size).toBe(20);
  });

  test('a job that waits or runs under the same key is not added again; one that ended is', async () => {
    const gate = aGate();
    const queue = await aQueue();
    const twice = [jobItem(evaluate, { id: 'a' }), jobItem(evaluate, { id: 'a' })];
    await queue.enqueue(twice);
    await queue.enqueue(twice);
    expect((await queue.counts()).waiting).toBe(1);
    queue.startWorkers({ act: () => gate.enter() });
    await gate.entered;
    await queue.enqueue(twice);
    expect(await queue.counts()).toMatchObject({ waiting: 0, active: 1 });
    gate.open();
    await queue.drain();
    expect(runs.get('a')).toBe(1);
    await queue.enqueue(twice);
    await queue.drain();
    expect(runs.get('a')).toBe(2);
  });

  test('ids that the queue software would refuse are carried safely', async () => {
    const queue = await aQueue();
    queue.startWorkers({ act: () => undefined });
    const ids = ['1', 'a:b', 'a%3Ab', 'x|y z/é'];
    await queue.enqueue(ids.map((id) => jobItem(evaluate, { id })));
    await queue.drain();
    expect([...runs.keys()].sort()).toEqual([...ids].sort());
  });

  test('an unexpected error is tried again, as often as the job allows', async () => {
    const failures: unknown[] = [];
    const queue = await aQueue({ onFailure: (...failure) => void failures.push(failure) });
    queue.startWorkers({
      act(id, attempt) {
        if (id === 'hopeless' || attempt < 3) throw new Error('no luck');
      },
    });
    await queue.enqueue([jobItem(evaluate, { id: 'lucky' }), jobItem(send, { id: 'hopeless' })]);
    await queue.drain();
    expect(Object.fromEntries(runs)).toEqual({ lucky: 3, hopeless: 3 });
    expect(failures).toEqual([['send', { id: 'hopeless' }, new Error('no luck')]]);
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 1 });
  });

  test('RetryLater puts a job off without using up its attempts, and a drain does not wait for it', async () => {
    const queue = await aQueue();
    queue.startWorkers({
      act(_id, attempt) {
        if (attempt <= 5) throw new RetryLaterError('busy', 0);
        throw new RetryLaterError('busy', 3_600_000);
      },
    });
    await queue.enqueue([jobItem(send, { id: 'greylisted' })]);
    await untilTrue(async () => (runs.get('greylisted') ?? 0) === 6 && (await queue.counts()).active === 0);
    await queue.drain();
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 1, failed: 0 });
    await queue.enqueue([jobItem(send, { id: 'greylisted' })]);
    await queue.drain();
    expect(runs.get('greylisted')).toBe(6);
  });

  test('NeedsAttention ends a job at once and tells, before the drain ends', async () => {
    const failures: string[] = [];
    const gate = aGate();
    const queue = await aQueue({
      async onFailure(jobName, _payload, error) {
        await gate.enter();
        failures.push(`${jobName}: ${error instanceof NeedsAttentionError && error.code}`);
      },
    });
    queue.startWorkers({
      act() {
        throw new NeedsAttentionError('no-template');
      },
    });
    await queue.enqueue([jobItem(evaluate, { id: 'a' })]);
    await gate.entered;
    const drained = queue.drain();
    gate.open();
    await drained;
    expect(runs.get('a')).toBe(1);
    expect(failures).toEqual(['evaluate: no-template']);
  });

  test('a failure that cannot be recorded does not stop the rest', async () => {
    const queue = await aQueue({
      onFailure() {
        throw new Error('the database is away');
      },
    });
    queue.startWorkers({
      act(id) {
        if (id === 'bad') throw new NeedsAttentionError('bad');
      },
    });
    await queue.enqueue([jobItem(evaluate, { id: 'bad' }), jobItem(evaluate, { id: 'good' })]);
    await queue.drain();
    expect([...runs.keys()].sort()).toEqual(['bad', 'good']);
  });

  test.each([
    ['an unknown job', listJobs([removed]), jobItem(removed, { id: 'a' }), 'unknown-job'],
    ['a payload of another version', listJobs([old]), jobItem(old, { was: 1 }), 'unreadable-payload'],
  ])('%s fails without running and without a retry', async (_case, otherJobs, item, code) => {
    const codes: unknown[] = [];
    const prefix = `test${prefixes++}`;
    const producer = await openQueue({ jobs: otherJobs, backend: server.backend, log: silentLog(), prefix });
    await producer.enqueue([item]);
    await producer.close({ graceMs: 0 });
    const queue = await aQueue({
      prefix,
      onFailure: (_n, _p, error) => void codes.push((error as NeedsAttentionError).code),
    });
    queue.startWorkers({ act: () => undefined });
    await queue.drain();
    expect(codes).toEqual([code]);
    expect(runs.size).toBe(0);
  });

  test('refuses to enqueue what no worker could run', async () => {
    const queue = await aQueue();
    await expect(queue.enqueue([jobItem(removed, { id: 'a' })])).rejects.toThrow('not in the job list');
    await expect(queue.enqueue([{ job: evaluate, payload: { id: 'a', name: 'Ana' } }])).rejects.toThrow(
      'does not fit',
    );
    expect((await queue.counts()).waiting).toBe(0);
  });

  test('G13: stores no word of an error and nothing that a job returns', async () => {
    const queue = await aQueue();
    queue.startWorkers({
      act(id, attempt) {
        if (id === 'throws' && attempt < 3) throw new Error('Canary Müller, 12 Elm Street');
        if (id === 'ends') throw new NeedsAttentionError('ends', { cause: new Error('Canary cause') });
        return { kind: 'sent', to: 'Canary <canary@example.org>' };
      },
    });
    await queue.enqueue(['throws', 'ends', 'returns'].map((id) => jobItem(send, { id })));
    await queue.drain();
    expect(runs.get('throws')).toBe(3);
    const contents = await server.contents();
    expect(contents).toContain('completed');
    expect(contents.toLowerCase()).not.toContain('canary');
  });

  test('a process may enqueue without running workers, and another does the work', async () => {
    const prefix = `test${prefixes++}`;
    const producer = await aQueue({ prefix });
    await producer.enqueue([jobItem(evaluate, { id: 'a' })]);
    await expect(producer.drain()).rejects.toThrow('no workers run');
    const worker = await aQueue({ prefix });
    worker.startWorkers({ act: () => undefined });
    await worker.drain();
    await producer.drain();
    expect(runs.get('a')).toBe(1);
  });

  test('check makes a round trip and leaves nothing behind', async () => {
    const queue = await aQueue();
    queue.startWorkers({ act: () => undefined });
    await queue.check();
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 });
  });

  test('G12: close stops taking jobs at once and lets the running one end', async () => {
    const gate = aGate();
    const prefix = `test${prefixes++}`;
    const queue = await aQueue({ prefix, concurrency: { work: 1, mail: 1 } });
    queue.startWorkers({ act: () => gate.enter() });
    await queue.enqueue([jobItem(evaluate, { id: 'a' }), jobItem(evaluate, { id: 'b' })]);
    await gate.entered;
    const closed = queue.close({ graceMs: 10_000 });
    gate.open();
    expect(await closed).toEqual({ kind: 'drained' });
    expect(Object.fromEntries(runs)).toEqual({ a: 1 });
    expect(await (await aQueue({ prefix })).counts()).toMatchObject({ waiting: 1, active: 0 });
  });

  test('G12: close gives up a hung job after the grace, and another worker takes it', async () => {
    const gate = aGate();
    const prefix = `test${prefixes++}`;
    const hung = await aQueue({ prefix });
    hung.startWorkers({ act: () => gate.enter() });
    await hung.enqueue([jobItem(send, { id: 'a' })]);
    await gate.entered;
    const draining = expect(hung.drain()).rejects.toThrow('no workers run');
    expect(await hung.close({ graceMs: 20 })).toEqual({ kind: 'forced' });
    await draining;
    const next = await aQueue({ prefix });
    next.startWorkers({ act: () => undefined });
    await next.drain();
    expect(runs.get('a')).toBe(2);
    gate.open();
  });

  test('closing twice, or before anything was done, is harmless', async () => {
    const queue = await aQueue();
    expect(await Promise.all([queue.close({ graceMs: 0 }), queue.close({ graceMs: 0 })])).toEqual([
      { kind: 'drained' },
      { kind: 'drained' },
    ]);
  });

  test('the job of a worker that was killed is taken by another', async () => {
    const prefix = `test${prefixes++}`;
    const timing = { lockMs: 300, stalledCheckMs: 150 };
    await takeAndDie({ backend: server.backend, prefix, id: 'orphan', timing });
    const queue = await aQueue({ prefix, timing });
    expect(await queue.counts()).toMatchObject({ waiting: 0, active: 1 });
    queue.startWorkers({ act: () => undefined });
    await queue.drain();
    expect(runs.get('orphan')).toBe(1);
  });
});

async function untilTrue(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
