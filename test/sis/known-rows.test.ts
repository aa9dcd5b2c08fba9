import { describe, expect, test } from '@jest/globals';
import { createClient } from '../../src/sis/oneroster/client.ts';
import { type RawPage, readPages } from '../../src/sis/oneroster/pages.ts';
import { digestOf, saltOf } from '../../src/sis/oneroster/row-digest.ts';
import { DigestSet } from '../../src/store/sync/known-rows.ts';
import { clientOptions, pageOf, rows, serve, serveTokens, useNoNetwork } from './sis-server.ts';

useNoNetwork();

const SALT = saltOf('test');

function knowing(known: readonly unknown[], salt = SALT): DigestSet {
  const set = new DigestSet(known.length);
  for (const row of known) {
    const digest = digestOf(Buffer.from(JSON.stringify(row)), salt);
    set.add(digest.readUInt32LE(0), digest.readUInt32LE(4));
  }
  return set;
}

async function readAll(known: DigestSet) {
  const options = { path: '/users', envelopes: ['users'], pageSize: 2, salt: SALT, known };
  const pages: RawPage[] = [];
  for await (const page of readPages(createClient(clientOptions()), options)) pages.push(page);
  return {
    ids: pages.flatMap((page) => page.rows).map((row) => (row as { sourcedId: string }).sourcedId),
    unchanged: pages.reduce((sum, page) => sum + page.unchanged, 0),
    repeated: pages.reduce((sum, page) => sum + page.repeated, 0),
    digests: pages.flatMap((page) => page.digests).length,
    unmet: [...known.unmet()].length,
  };
}

const serveAll = (all: readonly unknown[], total: number | null = all.length) =>
  serve('/users', (query) => ({
    body: pageOf(all, query),
    ...(total !== null && { headers: { 'x-total-count': String(total) } }),
  }));

describe('rows that are in force', () => {
  test('are noted and not read again; what is new or worded otherwise is read', async () => {
    serveTokens();
    const known = rows(4);
    serveAll([...known.slice(0, 2), { ...known[2], name: 'other' }, ...rows(5).slice(4)]);
    expect(await readAll(knowing(known))).toEqual({
      ids: ['u3', 'u5'],
      unchanged: 2,
      repeated: 0,
      digests: 2,
      unmet: 2,
    });
  });

  test('count for the total, so that a read of known rows only is complete', async () => {
    serveTokens();
    serveAll(rows(5));
    expect(await readAll(knowing(rows(5)))).toMatchObject({ ids: [], unchanged: 5, unmet: 0 });
  });

  test('that come again when pages shift are told as repeated', async () => {
    serveTokens();
    const all = rows(4);
    const shifted = [all[0], all[1], all[1], all[2], all[3]];
    serve('/users', (query) => ({ body: pageOf(shifted, query) }));
    expect(await readAll(knowing(all))).toMatchObject({ ids: [], unchanged: 4, repeated: 1 });
  });

  test('are counted once when the collection is read a second time', async () => {
    serveTokens();
    const all = rows(4);
    let answers = 0;
    serve('/users', (query) => {
      answers += 1;
      return { body: pageOf(all, query), headers: { 'x-total-count': answers === 1 ? '5' : '4' } };
    });
    expect(await readAll(knowing(all.slice(0, 3)))).toMatchObject({ ids: ['u4'], unchanged: 3 });
  });

  test('end no loop: a server that goes round is told', async () => {
    serveTokens();
    serve('/users', () => ({ body: { users: rows(2) } }));
    await expect(readAll(knowing(rows(2)))).rejects.toMatchObject({ kind: 'protocol' });
  });

  test('are all read anew once rows are read in another way', async () => {
    serveTokens();
    serveAll(rows(3));
    expect(await readAll(knowing(rows(3), saltOf('another edition')))).toMatchObject({
      ids: ['u1', 'u2', 'u3'],
      unmet: 3,
    });
  });
});
