import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type BundledScript, bundleScript } from '../support/bundle-script.ts';
import type { Told } from '../support/send-worker.ts';
import { openSendingBench, type SendingBench } from '../support/sending-bench.ts';

/** `npm run test:faults` lets each thing happen at more places. */
const LONG = process.env.SURVIVING === 'long';
const LETTERS = LONG ? 60 : 15;
/** After how many mails it happens. */
const PLACES = LONG ? [2, 25] : [5];

/** In which a process does nothing of what it has to do. */
const WAYS = LONG ? (['does only one thing', 'is stopped'] as const) : (['is stopped'] as const);

/** At a tenth of a second or more each. */
const LOOKS_IN_VAIN = 12;

let script: BundledScript;
beforeAll(async () => {
  script = await bundleScript('send-worker');
});
afterAll(() => script.remove());

let bench: SendingBench;
afterEach(() => bench.close());

describe('PostgreSQL', () => {
  test.each(PLACES)(
    'G14: away from mail %i on: nothing is sent, no process ends; back again, everything goes on',
    async (place) => {
      bench = await openSendingBench(script, { letters: LETTERS });
      const { proxies } = bench;
      const both = [proxies.postgres, proxies.queue];
      const away = bench.atMail(place, 'begins', () => bench.away(...both));
      bench.start();
      await away;
      // This comes to an end before the letters.
      expect(await bench.quiet()).toBeLessThan(LETTERS);
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
      const away = bench.atMail(place, 'has come', () => bench.away(postgres));
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

describe('the mail server', () => {
  test.each(LONG ? [20, 260, 700] : [260])(
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

describe('a mail server', () => {
  test.each(PLACES)(
    'G1, G2: that says nothing any more from mail %i on, and speaks again, gets nothing twice',
    async (place) => {
      bench = await openSendingBench(script, { letters: LETTERS });
      const { smtp } = bench.proxies;
      const silent = bench.atMail(place, 'begins', () => {
        smtp.mode = 'swallow';
      });
      bench.start();
      await silent;
      expect(await bench.quiet()).toBeLessThan(LETTERS);
      smtp.mode = 'pass';
      await bench.ended();
      await bench.expectOnceAndHonest();
    },
  );
});

describe('a process', () => {
  test.each(PLACES.flatMap((place) => WAYS.map((how) => [how, place] as const)))(
    'G1, G4: that %s at mail %i, until others have taken its job, doubles nothing',
    async (how, place) => {
      bench = await openSendingBench(script, { letters: LETTERS });
      const other = bench.start();
      const still = bench.start();
      const stopped = bench.atMail(place, 'has come', () => {
        // Longer than its jobs are locked for.
        if (how === 'is stopped') still.kill('SIGSTOP');
        else still.send({ busyMs: 3_500 } satisfies Told);
      });
      await stopped;
      await bench.looks(LONG ? 40 : 25);
      still.kill('SIGCONT');
      await bench.ended();
      await bench.expectOnceAndHonest();
      expect(other.exitCode).toBeNull();
    },
  );
});
