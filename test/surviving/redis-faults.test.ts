import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { type BundledScript, bundleScript } from '../support/bundle-script.ts';
import { redisAvailable, startRedis, type TestRedis } from '../support/redis.ts';
import { openSendingBench, type SendingBench } from '../support/sending-bench.ts';

/** `npm run test:faults` lets each thing happen at more places. */
const LONG = process.env.SURVIVING === 'long';
const LETTERS = LONG ? 60 : 12;
/** After how many mails it happens. */
const PLACES = LONG ? [2, 25] : [4];
/** For how long a Redis that says nothing is waited for: longer than its reads wait for a job. */
const SILENCE_MS = 2_000;

interface Trouble {
  readonly what: string;
  readonly begins: (redis: TestRedis, keys: Redis) => Promise<unknown>;
  readonly ends: (keys: Redis) => Promise<unknown>;
}

const troubles: readonly Trouble[] = [
  { what: 'is restarted, and empty', begins: (redis) => redis.restart(), ends: async () => undefined },
  {
    what: 'is out of memory',
    begins: (_redis, keys) => keys.config('SET', 'maxmemory', '1'),
    ends: (keys) => keys.config('SET', 'maxmemory', '0'),
  },
  {
    what: 'takes no writes, as a replica does',
    begins: (_redis, keys) => keys.replicaof('127.0.0.1', '1'),
    ends: (keys) => keys.replicaof('NO', 'ONE'),
  },
];

(redisAvailable() ? describe : describe.skip)('Redis', () => {
  let script: BundledScript;
  let redis: TestRedis;
  let keys: Redis;
  let bench: SendingBench;
  beforeAll(async () => {
    script = await bundleScript('send-worker');
    redis = await startRedis();
    keys = new Redis(redis.url);
    keys.on('error', () => undefined);
  });
  afterEach(async () => {
    await bench.close();
    await keys.flushall();
  });
  afterAll(async () => {
    keys.disconnect();
    await redis.stop();
    await script.remove();
  });
  const open = async () => {
    bench = await openSendingBench(script, {
      letters: LETTERS,
      redisUrl: redis.url,
      silenceMs: SILENCE_MS,
    });
    return bench.proxies.queue;
  };

  test.each(
    troubles
      .slice(0, LONG ? troubles.length : 2)
      .flatMap(({ what, ...does }) => PLACES.map((place) => ({ what, place, ...does }))),
  )('G3, G13: that $what from mail $place on costs delay only', async ({ place, begins, ends }) => {
    const queue = await open();
    const away = bench.atMail(place, 'begins', () => bench.away(queue));
    bench.start();
    await away;
    await bench.looks(3);
    await begins(redis, keys);
    queue.mode = 'pass';
    await bench.looks(3);
    await ends(keys);
    const ended = await bench.ended();
    await bench.expectOnceAndHonest();
    expect(ended).toEqual({ sent: LETTERS });
  });

  test.each(PLACES)(
    'G3, G13: that says nothing any more from mail %i on is left, and found again',
    async (place) => {
      const queue = await open();
      const silent = bench.atMail(place, 'begins', () => {
        queue.mode = 'swallow';
      });
      bench.start();
      await silent;
      await bench.looks(2);
      expect(bench.sink.delivered.length).toBeLessThan(LETTERS);
      queue.mode = 'pass';
      const ended = await bench.ended();
      await bench.expectOnceAndHonest();
      expect(ended).toEqual({ sent: LETTERS });
    },
  );
});
