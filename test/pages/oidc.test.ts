import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startOidcServer } from '../support/oidc-server.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { formOf, type Visitor } from '../support/visitor.ts';

const SECRET = 'kd83-Qpw0-xm21-Zr77-canary';

let provider: Awaited<ReturnType<typeof startOidcServer>>;
let office: PagesOffice;
let clerk: string;

beforeAll(async () => {
  provider = await startOidcServer({ id: 'rollcall', secret: SECRET });
  office = await openPagesOffice({
    env: { ROLLCALL_OIDC_CLIENT_SECRET: SECRET },
    pages: `  oidc:\n    issuer: ${provider.url}\n    clientId: rollcall\n    name: Cedar Valley\n`,
  });
  await office.day('2026-09-01');
  clerk = office.config.staff.find(({ role }) => role === 'attendance-clerk')?.email ?? '';
});
afterAll(async () => {
  await office.close();
  await provider.stop();
});
beforeEach(() => {
  Object.assign(provider.answer, { email: clerk, verified: true, nonce: undefined, issuer: undefined });
});

/** From the button to where the provider sends the browser back to. */
async function callback(visitor: Visitor): Promise<string> {
  expect((await visitor.get('/sign-in?to=/tasks')).text).toContain('Sign in with Cedar Valley');
  const started = await visitor.get('/oidc/start?to=/tasks');
  const back = await fetch(started.location ?? '', { redirect: 'manual' });
  return (back.headers.get('location') ?? '').replace(office.origin, '');
}

test('somebody of the staff comes in without a code, once per attempt', async () => {
  const visitor = office.visitor();
  const path = await callback(visitor);
  const before = visitor.copy();
  const answer = await visitor.get(path);
  expect([answer.status, answer.location]).toEqual([303, '/tasks']);
  expect((await visitor.get('/tasks')).status).toBe(200);
  expect((await before.get(path)).status).toBe(403);
});

test.each<[string, Partial<typeof provider.answer>, (path: string) => string]>([
  ['an address of nobody here', { email: 'nobody@example.org' }, (path) => path],
  ['an address that is not verified', { verified: false }, (path) => path],
  ['an address of which that is not said', { verified: null }, (path) => path],
  ['the nonce of another attempt', { nonce: 'another' }, (path) => path],
  ['another issuer', { issuer: 'https://evil.example' }, (path) => path],
  ['another state', {}, (path) => path.replace(/state=[^&]*/, 'state=another')],
  ['another code', {}, (path) => path.replace(/code=[^&]*/, 'code=another')],
])('%s lets nobody in', async (_what, said, change) => {
  Object.assign(provider.answer, said);
  const visitor = office.visitor();
  const answer = await visitor.get(change(await callback(visitor)));
  expect(answer.status).toBe(403);
  expect((await visitor.get('/tasks')).location).toBe('/sign-in?to=%2Ftasks');
});

test('the answer to an attempt of another browser lets nobody in', async () => {
  const path = await callback(office.visitor());
  const other = office.visitor();
  await callback(other);
  expect((await other.get(path)).status).toBe(403);
});

test('what was signed to be shown as a notice is no attempt', async () => {
  const visitor = await office.signedIn(clerk);
  const { hidden } = formOf((await visitor.get('/away')).body, '/away');
  const days = { from: '2026-09-02', until: '2026-09-03', substitute: '' };
  expect((await visitor.post('/away', { ...hidden, ...days })).status).toBe(303);
  const named = (end: string) => [...visitor.cookies.keys()].find((name) => name.endsWith(end)) ?? '';
  const notice = visitor.cookies.get(named('notice')) ?? '';
  expect(notice).not.toBe('');
  visitor.cookies.set(named('notice').replace(/notice$/, 'oidc'), notice);
  const answer = await visitor.get('/oidc/callback?code=one&state=two');
  expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('Signing in did not work')]);
});
