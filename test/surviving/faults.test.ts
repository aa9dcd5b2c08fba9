import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { type BundledScript, bundleScript } from '../support/bundle-script.ts';
import { redisAvailable, startRedis, type TestRedis } from '../support/redis.ts';
import { openSendingBench, type SendingBench } from '../support/sending-bench.ts';

/** `npm run test:faults` lets each thing happen at more places. */
const LONG = process.env.SURVIVING === 'long';
const LETTERS = LONG ? 60 : 18;
/** After how many mails it happens. */
const PLACES = LONG ? [1, 4, 9, 16, 30, 50] : [5];

/** At a tenth of a second or more each. */
const LOOKS_IN_VAIN = 12;

let script: BundledScript;
let redis: TestRedis | null = null;
beforeAll(async () => {
  script = await bundleScript('send-worker');
  if (redisAvailable()) redis = await startRedis();
});
afterAll(async () => {
  await redis?.stop();
  await script.remove();
});

let bench: SendingBench;
afterEach(() => bench.close());

/** Resolves once `happens` was called: as a mail begins, or when it has come and its 250 is about to leave. */
function atMail(place: number, when: 'begins' | 'has come', happens: () => void): Promise<void> {
  const { sink } = bench;
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
}

describe('PostgreSQL', () => {
  test.each(PLACES)(
    'G14: away from mail %i on: nothing is sent, no process ends; back again, everything goes on',
    async (place) => {
      bench = await openSendingBench(script, { letters: LETTERS });
      const { sink, proxies } = bench;
      const both = [proxies.postgres, proxies.queue];
      const away = atMail(place, 'begins', () => {
        for (const proxy of both) proxy.mode = 'refuse';
        for (const proxy of both) proxy.cut();
      });
      bench.start();
      await away;
      // What had been marked before may still arrive; nothing else does, so that this comes to an end before the letters.
      let sent: number;
      do {
        sent = sink.delivered.length;
        await bench.looks(5);
      } while (sink.delivered.length > sent);
      expect(sent).toBeLessThan(LETTERS);
      for (const proxy of both) proxy.mode = 'pass';
      await bench.ended();
      await bench.expectOnceAndHonest();
    },
  );

  test.each(PLACES)(
    'G15: gone between the 250 for mail %i and its record: not sent again, a person is asked',
    async (place) => {
      bench = await openSendingBench(script, { letters: LETTERS });
      const { postgres } = bench.proxies;
      const away = atMail(place, 'has come', () => {
        postgres.mode = 'refuse';
        postgres.cut();
      });
      bench.start();
      await away;
      // Longer than the worker tries to keep the answer.
      await bench.looks(LOOKS_IN_VAIN);
      postgres.mode = 'pass';
      const ended = await bench.ended();
      await bench.expectOnceAndHonest();
      expect(ended.uncertain).toBeGreaterThan(0);
    },
  );
});

describe('the queue', () => {
  test.each(PLACES)(
    'G3, G13: Redis away from mail %i on, and empty when it is back, costs delay only',
    async (place) => {
      if (redis === null) return;
      const keys = new Redis(redis.url);
      try {
        bench = await openSendingBench(script, { letters: LETTERS, redisUrl: redis.url });
        const { queue } = bench.proxies;
        const away = atMail(place, 'begins', () => {
          queue.mode = 'refuse';
          queue.cut();
        });
        bench.start();
        await away;
        await bench.looks(3);
        await keys.flushall();
        queue.mode = 'pass';
        const ended = await bench.ended();
        await bench.expectOnceAndHonest();
        expect(ended).toEqual({ sent: LETTERS });
      } finally {
        keys.disconnect();
      }
    },
  );
});

describe('the mail server', () => {
  test.each(LONG ? [20, 90, 150, 260, 400, 700] : [260])(
    'G1, G2: each connection is cut after %i bytes of answers; later it holds',
    async (bytes) => {
      bench = await openSendingBench(script, { letters: LETTERS });
      const { smtp } = bench.proxies;
      smtp.cutAfter = bytes;
      bench.start();
      await bench.looks(6);
      expect(smtp.begun).toBeGreaterThan(0);
      smtp.cutAfter = null;
      await bench.ended();
      await bench.expectOnceAndHonest();
    },
  );
});

describe('a process', () => {
  test.each(PLACES)(
    'G1, G4: that stands still at mail %i, until others have taken its job, doubles nothing',
    async (place) => {
      bench = await openSendingBench(script, { letters: LETTERS });
      const other = bench.start();
      const still = bench.start();
      const stopped = atMail(place, 'has come', () => still.kill('SIGSTOP'));
      await stopped;
      // Longer than its jobs are locked for.
      await bench.looks(LONG ? 40 : 25);
      still.kill('SIGCONT');
      await bench.ended();
      await bench.expectOnceAndHonest();
      expect(other.exitCode).toBeNull();
    },
  );
});
