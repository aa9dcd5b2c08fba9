import { describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { createClient } from '../../src/sis/oneroster/client.ts';
import { type PageOptions, type RawPage, readPages } from '../../src/sis/oneroster/pages.ts';
import { saltOf } from '../../src/sis/oneroster/row-digest.ts';
import {
  BASE_PATH,
  clientOptions,
  failureOf,
  ORIGIN,
  PAYLOAD,
  pageOf,
  rows,
  serve,
  serveTokens,
  useNoNetwork,
} from './sis-server.ts';

useNoNetwork();

const USERS = { path: '/users', envelopes: ['users', 'user'], pageSize: 2, salt: saltOf('test') };

interface Reading {
  readonly ids: readonly unknown[];
  readonly rows: readonly unknown[];
  readonly repeated: number;
  readonly pages: readonly RawPage[];
}

async function readAll(options: Partial<PageOptions> = {}, client = createClient(clientOptions())) {
  const pages: RawPage[] = [];
  for await (const page of readPages(client, { ...USERS, ...options })) pages.push(page);
  const all = pages.flatMap((page) => page.rows);
  const reading: Reading = {
    ids: all.map((row) => (row as { sourcedId?: unknown }).sourcedId),
    rows: all,
    repeated: pages.reduce((sum, page) => sum + page.repeated, 0),
    pages,
  };
  return reading;
}

const offsets = (asked: readonly { query: URLSearchParams }[]) =>
  asked.map(({ query }) => query.get('offset'));

describe('a collection', () => {
  test('ends where X-Total-Count is reached, without one request more', async () => {
    serveTokens();
    const all = rows(5);
    const asked = serve('/users', (query) => ({
      body: pageOf(all, query),
      headers: { 'x-total-count': '5' },
    }));
    const reading = await readAll({ filter: "status='active'" });
    expect(reading.ids).toEqual(['u1', 'u2', 'u3', 'u4', 'u5']);
    expect(reading.repeated).toBe(0);
    expect(offsets(asked)).toEqual(['0', '2', '4']);
    for (const { query } of asked) {
      expect(Object.fromEntries(query)).toMatchObject({
        limit: '2',
        sort: 'sourcedId',
        orderBy: 'asc',
        filter: "status='active'",
      });
    }
  });

  test('ends with an empty page where the server gives no total', async () => {
    serveTokens();
    const all = rows(4);
    const asked = serve('/users', (query) => ({ body: pageOf(all, query) }));
    expect((await readAll()).ids).toEqual(['u1', 'u2', 'u3', 'u4']);
    expect(offsets(asked)).toEqual(['0', '2', '4']);
  });

  test('may be empty, which is one empty page', async () => {
    serveTokens();
    const asked = serve('/users', () => ({ body: { users: [] }, headers: { 'x-total-count': '0' } }));
    expect((await readAll()).pages).toEqual([
      { rows: [], digests: [], repeated: 0, unchanged: 0, servedAt: null },
    ]);
    expect(asked).toHaveLength(1);
  });

  test('is read by what came where the server clamps the limit in silence', async () => {
    serveTokens();
    const all = rows(7);
    const asked = serve('/users', (query) => {
      const offset = Number(query.get('offset'));
      return { body: { users: all.slice(offset, offset + 3) } };
    });
    expect((await readAll({ pageSize: 5_000 })).ids).toEqual(all.map((row) => row.sourcedId));
    expect(offsets(asked)).toEqual(['0', '3', '6', '7']);
  });

  test.each([
    ['no number', 'many'],
    ['below zero', '-1'],
    ['empty', ''],
    ['a fraction', '4.5'],
    ['too long to be one', '99999999999'],
  ])('an X-Total-Count that is %s says nothing', async (_name, total) => {
    serveTokens();
    const all = rows(3);
    serve('/users', (query) => ({ body: pageOf(all, query), headers: { 'x-total-count': total } }));
    expect((await readAll()).ids).toEqual(['u1', 'u2', 'u3']);
  });

  test('one object instead of a list is a list of one', async () => {
    serveTokens();
    serve('/users', () => ({ body: { user: { sourcedId: 'u1' } }, headers: { 'x-total-count': '1' } }));
    expect((await readAll()).rows).toEqual([{ sourcedId: 'u1' }]);
  });

  test('may come under another of its names', async () => {
    serveTokens();
    serve('/users', (query) => ({ body: pageOf(rows(1), query, 'user'), headers: { 'x-total-count': '1' } }));
    expect((await readAll()).ids).toEqual(['u1']);
  });

  test.each([
    ['without its key', { people: [{ name: PAYLOAD }] }],
    ['with null under it', { users: null }],
    ['with text under it', { users: PAYLOAD }],
    ['as a bare list', [{ sourcedId: PAYLOAD }]],
    ['as null', 'null'],
    ['as text', `"${PAYLOAD}"`],
    ['with a status instead', { imsx_StatusInfo: { imsx_codeMajor: 'failure', imsx_description: PAYLOAD } }],
  ])('%s is refused', async (_name, body) => {
    serveTokens();
    serve('/users', () => ({ body }));
    const failure = await failureOf(readAll());
    expect(failure).toMatchObject({
      kind: 'protocol',
      message: 'users answered without "users"; expected a list under that key',
    });
  });

  test('what lost its key in mid-read is refused, not taken as its end', async () => {
    serveTokens();
    serve('/users', (query, before) => ({ body: before === 0 ? pageOf(rows(4), query) : {} }));
    expect((await failureOf(readAll())).kind).toBe('protocol');
  });
});

describe('rows that come again', () => {
  test('are dropped and counted where pages shift', async () => {
    serveTokens();
    const all = [...rows(4)];
    serve('/users', (query, before) => {
      if (before === 1) all.unshift({ sourcedId: 'u0', name: 'new' });
      return { body: pageOf(all, query) };
    });
    const reading = await readAll();
    expect(reading.ids).toEqual(['u1', 'u2', 'u3', 'u4']);
    expect(reading.repeated).toBe(1);
  });

  test('lead to a second read where a total shows that others are missing', async () => {
    serveTokens();
    const all = [...rows(4)];
    const asked = serve('/users', (query, before) => {
      if (before === 1) all.unshift({ sourcedId: 'u0', name: 'new' });
      return { body: pageOf(all, query), headers: { 'x-total-count': String(all.length) } };
    });
    const reading = await readAll();
    expect([...reading.ids].sort()).toEqual(['u0', 'u1', 'u2', 'u3', 'u4']);
    expect(reading.repeated).toBe(5);
    expect(offsets(asked).filter((offset) => offset === '0')).toHaveLength(2);
  });

  test('under one id with other contents are passed on, both', async () => {
    serveTokens();
    const all = [
      { sourcedId: 'u1', name: 'Ana' },
      { sourcedId: 'u1', name: 'Ben' },
      { sourcedId: 'u2', name: 'Cleo' },
      { sourcedId: 'u2', name: 'Cleo' },
    ];
    serve('/users', (query) => ({ body: pageOf(all, query) }));
    const reading = await readAll({ pageSize: 4 });
    expect(reading.rows).toEqual([all[0], all[1], all[2]]);
    expect(reading.repeated).toBe(1);
  });

  test('a number and its text are one id', async () => {
    serveTokens();
    const all = [{ sourcedId: 7 }, { sourcedId: 8 }, { sourcedId: '7' }, { sourcedId: 9 }];
    serve('/users', (query) => ({ body: pageOf(all, query), headers: { 'x-total-count': '4' } }));
    expect((await readAll()).ids).toEqual([7, 8, '7', 9]);
  });

  test('and nothing else on a page are a loop', async () => {
    serveTokens();
    const asked = serve('/users', () => ({ body: { users: rows(2) } }));
    const failure = await failureOf(readAll());
    expect(failure).toMatchObject({
      kind: 'protocol',
      message: 'users goes round in a loop: a page brought only rows that came before',
    });
    expect(asked).toHaveLength(2);
  });
});

describe('a total that does not agree', () => {
  test.each([
    ['above', '9', '4 rows where the server counts 9'],
    ['below', '3', '4 rows where the server counts 3'],
  ])('%s what came: read once more, then incomplete', async (_name, total, words) => {
    serveTokens();
    const all = rows(4);
    const asked = serve('/users', (query) => ({
      body: pageOf(all, query),
      headers: { 'x-total-count': total },
    }));
    const failure = await failureOf(readAll());
    expect(failure).toMatchObject({
      kind: 'incomplete',
      message: `users stays incomplete: ${words}, also after reading it again`,
    });
    expect(offsets(asked).filter((offset) => offset === '0')).toHaveLength(2);
  });

  test('at first, and agrees when read again', async () => {
    serveTokens();
    const all = rows(3);
    let reads = 0;
    serve('/users', (query) => {
      if (query.get('offset') === '0') reads += 1;
      return {
        body: pageOf(reads === 1 ? all.slice(0, 2) : all, query),
        headers: { 'x-total-count': '3' },
      };
    });
    const reading = await readAll();
    expect(reading.ids).toEqual(['u1', 'u2', 'u3']);
    expect(reading.repeated).toBe(2);
  });

  test('and comes late, with the last page only', async () => {
    serveTokens();
    const all = rows(4);
    const asked = serve('/users', (query) => ({
      body: pageOf(all, query),
      ...(query.get('offset') === '4' && { headers: { 'x-total-count': '6' } }),
    }));
    expect((await failureOf(readAll())).kind).toBe('incomplete');
    expect(offsets(asked)).toEqual(['0', '2', '4', '0', '2', '4']);
  });

  test('that comes late and agrees ends the collection', async () => {
    serveTokens();
    const all = rows(4);
    const asked = serve('/users', (query) => ({
      body: pageOf(all, query),
      ...(query.get('offset') === '2' && { headers: { 'x-total-count': '4' } }),
    }));
    expect((await readAll()).ids).toEqual(['u1', 'u2', 'u3', 'u4']);
    expect(offsets(asked)).toEqual(['0', '2', '4']);
  });
});

describe('sorting', () => {
  test.each([400, 422])(
    'is left out for a server that refuses it (%i), which is remembered',
    async (status) => {
      serveTokens();
      const all = rows(3);
      const asked = serve('/users', (query) =>
        query.has('sort') ? { status } : { body: pageOf(all, query) },
      );
      const client = createClient(clientOptions());
      expect((await readAll({}, client)).ids).toEqual(['u1', 'u2', 'u3']);
      expect(asked.map(({ query }) => query.has('sort'))).toEqual([true, false, false, false]);
      await readAll({}, client);
      expect(asked.slice(4).every(({ query }) => !query.has('sort') && !query.has('orderBy'))).toBe(true);
    },
  );

  test('is not what a server refuses that refuses both ways', async () => {
    serveTokens();
    let broken = true;
    const asked = serve('/users', (query) => (broken ? { status: 400 } : { body: pageOf(rows(1), query) }));
    const client = createClient(clientOptions());
    expect(await failureOf(readAll({}, client))).toMatchObject({ kind: 'protocol', status: 400 });
    expect(asked).toHaveLength(2);
    broken = false;
    await readAll({}, client);
    expect(asked[2]?.query.get('sort')).toBe('sourcedId');
  });

  test('is kept where the server refuses something else', async () => {
    serveTokens();
    const asked = serve('/users', () => ({ status: 403 }));
    expect((await failureOf(readAll())).kind).toBe('refused');
    expect(asked).toHaveLength(1);
  });
});

describe('links', () => {
  const linked = (query: URLSearchParams, link: string | null) => ({
    body: pageOf(rows(4), query),
    ...(link !== null && { headers: { link } }),
  });
  const next = (offset: number) => `${ORIGIN}${BASE_PATH}/users?limit=2&offset=${offset}&cursor=abc`;

  test('to the next page are followed as they are', async () => {
    serveTokens();
    const asked = serve('/users', (query) => {
      const offset = Number(query.get('offset'));
      return linked(
        query,
        offset < 4 ? `<${next(0)}>; rel="first", <${next(offset + 2)}>; rel="next"` : null,
      );
    });
    expect((await readAll()).ids).toEqual(['u1', 'u2', 'u3', 'u4']);
    expect(asked.map(({ query }) => query.get('cursor')).slice(0, 3)).toEqual([null, 'abc', 'abc']);
  });

  test('are followed past a total that is too low, so that no row is lost', async () => {
    serveTokens();
    serve('/users', (query) => ({
      body: pageOf(rows(4), query),
      headers: {
        'x-total-count': '4',
        ...(query.get('offset') === '0' && { link: `<${next(2)}>; rel=next` }),
      },
    }));
    expect((await readAll()).ids).toEqual(['u1', 'u2', 'u3', 'u4']);
  });

  test('that end are the end, for a server that knows cursors and no offset', async () => {
    serveTokens();
    const all = rows(4);
    serve('/users', (query) => {
      const second = query.get('cursor') === 'abc';
      return {
        body: { users: second ? all.slice(2) : all.slice(0, 2) },
        ...(!second && { headers: { link: `<${next(2)}>; rel="next"` } }),
      };
    });
    expect((await readAll()).ids).toEqual(['u1', 'u2', 'u3', 'u4']);
  });

  test('to something else are none', async () => {
    serveTokens();
    const asked = serve('/users', (query) =>
      linked(query, `<${next(9)}>; rel="next-archive", <${next(8)}>; rel="prev"`),
    );
    expect((await readAll()).ids).toEqual(['u1', 'u2', 'u3', 'u4']);
    expect(asked.every(({ query }) => !query.has('cursor'))).toBe(true);
  });

  test('from the root of the server are completed', async () => {
    serveTokens();
    const asked = serve('/users', (query) =>
      linked(
        query,
        query.get('offset') === '0' ? `<${BASE_PATH}/users?limit=2&offset=2&cursor=abc>; rel="next"` : null,
      ),
    );
    expect((await readAll()).ids).toEqual(['u1', 'u2', 'u3', 'u4']);
    expect(asked[1]?.query.get('cursor')).toBe('abc');
  });

  test.each([
    ['another host', 'https://evil.example.net/users?offset=2'],
    ['another port', 'https://sis.example.org:444/users?offset=2'],
    ['the same host without TLS', 'http://sis.example.org/users?offset=2'],
    ['another host without a scheme', '//evil.example.net/users?offset=2'],
  ])(
    'to %s are passed over and counted: paging goes on by offset, and the token does not go there',
    async (_name, url) => {
      serveTokens();
      const tokensThere: unknown[] = [];
      for (const origin of [
        'https://evil.example.net',
        'https://sis.example.org:444',
        'http://sis.example.org',
      ]) {
        nock(origin)
          .get('/users')
          .query(true)
          .reply(function reply() {
            tokensThere.push(this.req.headers.authorization);
            return [200, { users: [] }];
          });
      }
      serve('/users', (query) => linked(query, `<${url}>; rel="next"`));
      let counted = 0;
      const { ids } = await readAll({
        onStrangeLink: () => {
          counted += 1;
        },
      });
      expect(ids).toEqual(['u1', 'u2', 'u3', 'u4']);
      expect(counted).toBeGreaterThan(0);
      expect(tokensThere).toEqual([]);
    },
  );

  test('to the page itself are refused', async () => {
    serveTokens();
    const asked = serve('/users', (_query, before) => ({
      body: { users: [{ sourcedId: `u${before}` }] },
      headers: { link: `<${next(2)}>; rel="next"` },
    }));
    expect(await failureOf(readAll())).toMatchObject({
      kind: 'protocol',
      message: 'users links a page to itself',
    });
    expect(asked).toHaveLength(2);
  });

  test('in a circle are refused', async () => {
    serveTokens();
    const asked = serve('/users', (query) =>
      linked(query, `<${next(query.get('offset') === '2' ? 0 : 2)}>; rel="next"`),
    );
    expect((await failureOf(readAll())).message).toMatch(/^users goes round in a loop/);
    expect(asked).toHaveLength(3);
  });
});

describe('totals and ids that mislead', () => {
  test.each([2, 5_000])('a total that counts the page only loses no row (limit %i)', async (pageSize) => {
    serveTokens();
    const all = rows(5);
    serve('/users', (query) => {
      const offset = Number(query.get('offset'));
      const page = all.slice(offset, offset + 2);
      return { body: { users: page }, headers: { 'x-total-count': String(page.length) } };
    });
    expect(await failureOf(readAll({ pageSize }))).toMatchObject({ kind: 'incomplete' });
  });

  test.each([400, 404, 416, 422])('a server may answer %i past the end that it has told', async (status) => {
    serveTokens();
    const all = rows(4);
    serve('/users', (query) =>
      Number(query.get('offset')) >= 4
        ? { status }
        : { body: pageOf(all, query), headers: { 'x-total-count': '4' } },
    );
    expect((await readAll()).ids).toEqual(['u1', 'u2', 'u3', 'u4']);
  });

  test.each([404, 416])('but not %i before that end', async (status) => {
    serveTokens();
    serve('/users', (query) =>
      Number(query.get('offset')) >= 2
        ? { status }
        : { body: pageOf(rows(4), query), headers: { 'x-total-count': '4' } },
    );
    expect(await failureOf(readAll())).toMatchObject({ status });
  });

  test('nor an error of the server there', async () => {
    serveTokens();
    serve('/users', (query) =>
      query.get('offset') === '2'
        ? { status: 500 }
        : { body: { users: rows(2) }, headers: { 'x-total-count': '2' } },
    );
    expect(await failureOf(readAll())).toMatchObject({ kind: 'server-error' });
  });

  test('a server that knows no offset has told everything where its total agrees', async () => {
    serveTokens();
    serve('/users', () => ({ body: { users: rows(3) }, headers: { 'x-total-count': '3' } }));
    expect((await readAll()).ids).toEqual(['u1', 'u2', 'u3']);
  });

  test('an empty last page does not make a short read complete', async () => {
    serveTokens();
    serve('/users', (query) =>
      query.get('offset') === '0'
        ? { body: { users: rows(2) }, headers: { 'x-total-count': '5' } }
        : { body: { users: [] } },
    );
    expect(await failureOf(readAll())).toMatchObject({ kind: 'incomplete' });
  });

  test('a total that moves while we read makes us read once more', async () => {
    serveTokens();
    const four = rows(4);
    let reads = 0;
    serve('/users', (query) => {
      if (query.get('offset') === '0') reads += 1;
      const total = reads === 1 && query.get('offset') === '0' ? '5' : '4';
      const offset = Number(query.get('offset'));
      return { body: { users: four.slice(offset, offset + 2) }, headers: { 'x-total-count': total } };
    });
    expect((await readAll()).ids).toHaveLength(4);
    expect(reads).toBe(2);
  });

  test('rows without an id end a server that ignores the offset', async () => {
    serveTokens();
    serve('/users', () => ({ body: { users: [{}, { name: 'x' }] } }));
    expect(await failureOf(readAll())).toMatchObject({ kind: 'protocol' });
  });

  test('one row without an id does not cost the run', async () => {
    serveTokens();
    const [first, , third] = rows(3);
    serve('/users', (query) => ({
      body: pageOf([first, { nameless: true }, third], query),
      headers: { 'x-total-count': '3' },
    }));
    expect((await readAll()).ids).toHaveLength(3);
  });
});
