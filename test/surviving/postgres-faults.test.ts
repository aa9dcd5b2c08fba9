import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type BundledScript, bundleScript } from '../support/bundle-script.ts';
import { fillDiskOf } from '../support/full-disk.ts';
import { createOrdinaryAccount } from '../support/ordinary-account.ts';
import { onServer } from '../support/postgres.ts';
import { openSendingBench, type SendingBench } from '../support/sending-bench.ts';

/** `npm run test:faults` lets each thing happen at more places. */
const LONG = process.env.SURVIVING === 'long';
const LETTERS = LONG ? 60 : 12;
/** After how many mails it happens. */
const PLACES = LONG ? [2, 25] : [4];
const DEATHS = LONG ? 20 : 4;
/** For how long a server that says nothing is waited for. */
const SILENCE_MS = 2_000;

let script: BundledScript;
beforeAll(async () => {
  script = await bundleScript('send-worker');
});
afterAll(() => script.remove());

let bench: SendingBench;
const afterwards: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await bench.close();
  for (const undo of afterwards.splice(0)) await undo();
});

const both = () => [bench.proxies.postgres, bench.proxies.queue];
const database = () => new URL(bench.store.url).pathname.slice(1);

describe('PostgreSQL', () => {
  test.each(PLACES)(
    'G3, G14: that takes no writes from mail %i on stops everything; afterwards it goes on',
    async (place) => {
      bench = await openSendingBench(script, { letters: LETTERS });
      const readOnly = (is: boolean) =>
        bench.behindTheirBacks(both(), () =>
          onServer(`alter database ${database()} set default_transaction_read_only = ${is}`),
        );
      const away = bench.atMail(place, 'begins', () => bench.away(...both()));
      bench.start();
      await away;
      await readOnly(true);
      expect(await bench.quiet()).toBeLessThan(LETTERS);
      await readOnly(false);
      await bench.ended();
      await bench.expectOnceAndHonest();
    },
  );

  test.each(PLACES)(
    'G3, G14: that has no connection left from mail %i on stops everything; afterwards it goes on',
    async (place) => {
      const account = await createOrdinaryAccount();
      afterwards.push(account.remove);
      bench = await openSendingBench(script, { letters: LETTERS, account });
      const away = bench.atMail(place, 'begins', () => bench.away(...both()));
      bench.start();
      await away;
      await bench.behindTheirBacks(both(), () => account.limit(0));
      expect(await bench.quiet()).toBeLessThan(LETTERS);
      await account.limit(null);
      await bench.ended();
      await bench.expectOnceAndHonest();
    },
  );

  test('G1, G3: whose disk is full never says “sent”, and with room again it goes on', async () => {
    bench = await openSendingBench(script, { letters: LETTERS });
    const disk = await fillDiskOf(bench.store.url, ['letter', 'send_attempt']);
    afterwards.push(disk.remove);
    bench.start();
    await bench.quiet();
    // Of what has left the word could not be kept.
    expect(await bench.states()).not.toHaveProperty('sent');
    await disk.makeRoom();
    await bench.ended();
    await bench.expectOnceAndHonest();
  });

  test.each(LONG ? ['claimed', 'transmitting', 'sent'] : ['sent'])(
    'G1, G15: whose sessions end in the COMMIT that says “%s” leaves nothing half done',
    async (state) => {
      bench = await openSendingBench(script, { letters: LETTERS });
      await endInCommit(bench.store.url, state, DEATHS);
      bench.start();
      await bench.ended();
      await bench.expectOnceAndHonest();
      const [row] = await onServer<{ ended: string }>(
        'select last_value as ended from deaths',
        bench.store.url,
      );
      expect(Number(row?.ended)).toBeGreaterThanOrEqual(DEATHS);
    },
  );

  test.each(LONG ? ['40001', '40P01'] : ['40P01'])(
    'G1, G3: that ends every third change of a letter because of others (%s) loses none',
    async (code) => {
      bench = await openSendingBench(script, { letters: LETTERS });
      await refuseEveryThird(bench.store.url, code);
      bench.start();
      await bench.ended();
      await bench.expectOnceAndHonest();
    },
  );

  test('G1, G15: whose word about every fourth COMMIT is lost is asked before anything is done again', async () => {
    bench = await openSendingBench(script, { letters: LETTERS });
    let commits = 0;
    bench.proxies.postgres.losesAnswerTo = (said) => {
      if (!said.includes('commit')) return false;
      commits += 1;
      return commits % 4 === 0 && commits <= LETTERS * 4;
    };
    bench.start();
    await bench.ended();
    await bench.expectOnceAndHonest();
    expect(commits).toBeGreaterThan(LETTERS);
  });

  test.each(PLACES)(
    'G3, G14: that says nothing any more from mail %i on is left, and found again',
    async (place) => {
      bench = await openSendingBench(script, { letters: LETTERS, silenceMs: SILENCE_MS });
      const silent = bench.atMail(place, 'begins', () => {
        for (const proxy of both()) proxy.mode = 'swallow';
      });
      bench.start();
      await silent;
      await bench.looks(2);
      expect(bench.sink.delivered.length).toBeLessThan(LETTERS);
      // Now the server, too, sees that nobody is there any more.
      for (const proxy of both()) {
        proxy.mode = 'pass';
        proxy.cut();
      }
      await bench.ended();
      await bench.expectOnceAndHonest();
    },
  );
});

/** The sessions that set a letter to `state` end while they commit it, so many times. */
async function endInCommit(url: string, state: string, times: number): Promise<void> {
  await onServer('create sequence deaths', url);
  await onServer(
    `create function end_in_commit() returns trigger language plpgsql as $$
      begin
        if nextval('deaths') <= ${times} then
          perform pg_terminate_backend(pg_backend_pid());
          perform pg_sleep(1);
        end if;
        return null;
      end $$`,
    url,
  );
  await onServer(
    `create constraint trigger end_in_commit after update of state on letter deferrable initially deferred
      for each row when (new.state = '${state}') execute function end_in_commit()`,
    url,
  );
}

/** As where two transactions wait for each other, or cannot both be true. */
async function refuseEveryThird(url: string, code: string): Promise<void> {
  await onServer('create sequence changes', url);
  await onServer(
    `create function refuse_third() returns trigger language plpgsql as $$
      begin
        if nextval('changes') between 1 and 40 and currval('changes') % 3 = 0 then raise exception 'because of others' using errcode = '${code}'; end if;
        return new;
      end $$`,
    url,
  );
  await onServer(
    'create trigger refuse_third before update on letter for each row execute function refuse_third()',
    url,
  );
}
