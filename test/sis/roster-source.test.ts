import { describe, expect, test } from '@jest/globals';
import type { RecordPage } from '../../src/domain/sis-records.ts';
import { openRosterSource, type RosterOptions } from '../../src/sis/oneroster/roster-source.ts';
import { metadataNames } from '../support/sis-records.ts';
import { allOf } from './all-of.ts';
import { clientOptions, failureOf, PAYLOAD, serve, serveTokens, useNoNetwork } from './sis-server.ts';

useNoNetwork();

function roster(changes: Partial<RosterOptions> = {}) {
  return openRosterSource({
    ...clientOptions(),
    pageSize: 100,
    overlapMs: 86_400_000,
    edition: 'test',
    guardians: 'auto',
    metadata: metadataNames,
    flagFields: [],
    ...changes,
  });
}

const once = (key: string, rows: unknown) => () => ({
  body: { [key]: rows },
  headers: { 'x-total-count': '1' },
});
const parent = { sourcedId: 'g1', givenName: 'Eva', familyName: 'Ruiz', role: 'parent' };

describe('rosters', () => {
  test.each(['orgs', 'schools', 'school', 'org'])('schools may come under "%s"', async (key) => {
    serveTokens();
    serve('/schools', once(key, [{ sourcedId: 'o1', name: 'North', type: 'school' }]));
    expect((await allOf(roster().schools())).records.map((school) => school.name)).toEqual(['North']);
  });

  test('one school may come as an object', async () => {
    serveTokens();
    serve('/schools', once('school', { sourcedId: 1, name: 'North' }));
    expect((await allOf(roster().schools())).records).toMatchObject([{ sourcedId: '1', name: 'North' }]);
  });

  test.each(['students', 'guardians'] as const)(
    '%s that were removed are told by their id alone',
    async (who) => {
      serveTokens();
      serve(`/${who}`, once('users', [{ sourcedId: 'u1', status: 'tobedeleted' }]));
      expect(
        await allOf<object>(roster({ guardians: 'guardians' })[who]({ after: '2026-09-05T00:00:00.000Z' })),
      ).toEqual({
        records: [{ sourcedId: 'u1', deleted: true }],
        problems: [],
      });
    },
  );

  test('links to another server are counted', async () => {
    serveTokens();
    serve('/schools', () => ({
      body: { orgs: [{ sourcedId: 'o1', name: 'North', type: 'school' }] },
      headers: { 'x-total-count': '1', link: '<http://sis.example.org/schools?offset=1>; rel="next"' },
    }));
    const source = roster();
    await allOf(source.schools());
    expect(source.report()).toMatchObject({ linksToOtherServers: 2 });
  });

  test('a row that cannot be used is listed beside the others', async () => {
    serveTokens();
    serve('/students', () => ({
      body: {
        users: [
          { sourcedId: 's1', givenName: 'Ana', familyName: 'Ruiz' },
          { sourcedId: 's2', email: PAYLOAD },
        ],
      },
      headers: { 'x-total-count': '2' },
    }));
    const { records, problems } = await allOf(roster().students({ after: null }));
    expect(records.map((record) => record.sourcedId)).toEqual(['s1']);
    expect(problems).toEqual([
      { collection: 'students', row: 's2', field: 'familyName', found: 'nothing', expected: 'a name' },
    ]);
  });
});

test('students are read anew where other fields can mean a hold, guardians are not', async () => {
  serveTokens();
  const ana = { sourcedId: 's1', givenName: 'Ana', familyName: 'Ruiz', metadata: { homeless: 'Y' } };
  serve('/students', once('users', [ana]));
  serve('/guardians', once('users', [parent]));
  const digest = async (who: 'students' | 'guardians', flagFields: readonly string[]) => {
    const known = { beginPass: () => undefined, meet: () => 'unknown' as const };
    const source = roster({ guardians: 'guardians', flagFields });
    const pages: AsyncIterable<RecordPage<unknown>> = source[who]({ after: null, known });
    for await (const page of pages)
      if (page.digests?.[0]) return Buffer.from(page.digests[0]).toString('hex');
    throw new Error('no row has come');
  };
  expect(await digest('students', ['homeless'])).toBe(await digest('students', ['homeless']));
  expect(await digest('students', ['homeless'])).not.toBe(await digest('students', ['foster']));
  expect(await digest('guardians', ['homeless'])).toBe(await digest('guardians', []));
});

describe('guardians', () => {
  test('come from /guardians where the server has it', async () => {
    serveTokens();
    serve('/guardians', once('users', [parent]));
    const users = serve('/users', once('users', []));
    expect(
      (await allOf(roster().guardians({ after: null }))).records.map((record) => record.sourcedId),
    ).toEqual(['g1']);
    expect(users).toHaveLength(0);
  });

  test.each([400, 403, 404, 405, 501])('come from /users where /guardians answers %i', async (status) => {
    serveTokens();
    serve('/guardians', () => ({ status }));
    serve('/users', once('users', [parent]));
    expect((await allOf(roster().guardians({ after: null }))).records).toHaveLength(1);
  });

  test('come from /users at once where the district says so', async () => {
    serveTokens();
    const guardians = serve('/guardians', once('users', [parent]));
    serve('/users', once('users', [parent]));
    expect((await allOf(roster({ guardians: 'users' }).guardians({ after: null }))).records).toHaveLength(1);
    expect(guardians).toHaveLength(0);
  });

  test('are an error where the district relies on /guardians and it is not there', async () => {
    serveTokens();
    serve('/guardians', () => ({ status: 404 }));
    expect((await failureOf(allOf(roster({ guardians: 'guardians' }).guardians({ after: null })))).kind).toBe(
      'missing',
    );
  });

  test('are an error where /guardians fails for another reason', async () => {
    serveTokens();
    serve('/guardians', () => ({ status: 502 }));
    const users = serve('/users', once('users', [parent]));
    expect((await failureOf(allOf(roster().guardians({ after: null })))).kind).toBe('server-error');
    expect(users).toHaveLength(0);
  });
});

describe('demographics', () => {
  test.each([403, 404])('that are not granted (%i) are no failure, and noted', async (status) => {
    serveTokens();
    serve('/demographics', () => ({ status }));
    const source = roster();
    expect((await allOf(source.demographics({ after: null }))).records).toEqual([]);
    expect(source.report()).toEqual({ demographicsRefused: 1, retries: 0 });
  });

  test('not granted in one read are none of the next', async () => {
    serveTokens();
    serve('/demographics', (_query, before) =>
      before === 0 ? { status: 403 } : { body: { demographics: [] } },
    );
    serve('/academicSessions', () => ({ body: { academicSessions: [] } }));
    const source = roster();
    await allOf(source.demographics({ after: null }));
    await allOf(source.sessions());
    await allOf(source.demographics({ after: null }));
    expect(source.report()).toEqual({ retries: 0 });
  });

  test.each([500, 400])('that fail with %i are a failure', async (status) => {
    serveTokens();
    serve('/demographics', () => ({ status }));
    const source = roster();
    expect((await failureOf(allOf(source.demographics({ after: null })))).status).toBe(status);
    expect(source.report()).toEqual({ retries: 0 });
  });

  test('retries are reported', async () => {
    serveTokens();
    serve('/demographics', (_query, before) =>
      before < 3 ? { status: 502 } : { body: { demographics: [] } },
    );
    const source = roster();
    await allOf(source.demographics({ after: null }));
    expect(source.report()).toEqual({ retries: 3 });
  });
});
