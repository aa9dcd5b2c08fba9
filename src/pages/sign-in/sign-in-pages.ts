import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { syntacticAddress } from '../../domain/email-address.ts';
import {
  CODE_MINUTES,
  enterByDevice,
  enterCode,
  lookAtLink,
  signOut,
  startSignIn,
} from '../../procedure/sign-in.ts';
import { problemPages } from '../error-pages.ts';
import { checkBox, problemSummary, textField } from '../form.ts';
import { comesFromOurPages, type House, visitorOf } from '../house.ts';
import { type Html, html, nothing } from '../html.ts';
import { sentForm } from '../read-form.ts';
import type { FormProblem, Page } from '../site.ts';
import { browserOf, tokenIn, visitorFields, visitorForm } from './door.ts';
import { safePath } from './paths.ts';

/** Guessing is slow from one address; a school behind one address signs in all the same. */
const PER_MINUTE = { config: { rateLimit: { max: 60, timeWindow: 60_000, groupId: 'sign-in' } } };

const DAY_SECONDS = 86_400;

/** How people come in: by a link of a mail, or by their address; and how they leave. */
export function registerSignIn(app: FastifyInstance, house: House): void {
  registerLinks(app, house);
  registerAddress(app, house);
  registerCode(app, house);
  registerSignOut(app, house);
}

function registerLinks(app: FastifyInstance, house: House): void {
  const { letterbox, moment } = house.deps;
  const look = async (request: FastifyRequest) => {
    const { token } = request.params as { token: string };
    return tokenIn(token) === null ? ({ kind: 'unknown' } as const) : lookAtLink(letterbox, token, moment());
  };

  app.get('/enter/:token', PER_MINUTE, async (request, reply) => {
    const link = await look(request);
    if (link.kind === 'unknown') return house.sendPlain(request, reply, problemPages.notFound, 404);
    if (link.kind === 'over') return house.sendPlain(request, reply, problemPages.expiredLink, 410);
    const visitor = await visitorOf(house, request);
    if (visitor?.session.person.email === link.person.email) return reply.redirect(link.path, 303);
    const button = visitorForm(house, request, reply, { action: request.url, submit: 'Go on' });
    return house.sendPlain(request, reply, enterPage(link.person.email, button), 200);
  });

  app.post('/enter/:token', PER_MINUTE, async (request, reply) => {
    const link = await look(request);
    if (link.kind === 'unknown') return house.sendPlain(request, reply, problemPages.notFound, 404);
    if (link.kind === 'over') return house.sendPlain(request, reply, problemPages.expiredLink, 410);
    if (visitorFields(house, request, []) === null)
      return house.sendPlain(request, reply, problemPages.foreignForm, 403);
    const browser = await browserOf(house, request);
    const token = await enterByDevice(letterbox, link.person, browser, moment());
    if (token !== null) {
      beginSession(house, reply, token);
      return reply.redirect(link.path, 303);
    }
    return sendCode(house, request, reply, { email: link.person.email, path: link.path, by: 'link' });
  });
}

function registerAddress(app: FastifyInstance, house: House): void {
  app.get('/sign-in', async (request, reply) => {
    const { to } = request.query as { to?: unknown };
    const page = signInPage(house, request, reply, safePath(typeof to === 'string' ? to : undefined));
    return house.sendPlain(request, reply, page, 200);
  });

  app.post('/sign-in', PER_MINUTE, async (request, reply) => {
    const fields = visitorFields(house, request, ['email', 'to']);
    if (fields === null) return house.sendPlain(request, reply, problemPages.foreignForm, 403);
    const path = safePath(fields.to);
    const email = (fields.email ?? '').trim();
    const verdict = syntacticAddress(email);
    if (verdict.kind !== 'usable') {
      const problems = [{ field: 'email', text: 'Please enter your whole e-mail address.' }];
      return house.sendPlain(request, reply, signInPage(house, request, reply, path, email, problems), 422);
    }
    return sendCode(house, request, reply, { email: verdict.address, path, by: 'address' });
  });
}

function registerCode(app: FastifyInstance, house: House): void {
  const { letterbox, moment } = house.deps;
  app.get('/code', async (request, reply) => {
    if (tokenIn(house.cookies.read(request, 'code')) === null) return reply.redirect('/sign-in', 303);
    return house.sendPlain(request, reply, codePage(house, request, reply, []), 200);
  });

  app.post('/code', PER_MINUTE, async (request, reply) => {
    const fields = visitorFields(house, request, ['code', 'remember']);
    if (fields === null) return house.sendPlain(request, reply, problemPages.foreignForm, 403);
    const token = tokenIn(house.cookies.read(request, 'code'));
    if (token === null) return reply.redirect('/sign-in', 303);
    const code = (fields.code ?? '').replace(/[\s-]/g, '');
    const again = (text: string) =>
      house.sendPlain(request, reply, codePage(house, request, reply, [{ field: 'code', text }]), 422);
    if (!/^\d{6}$/.test(code)) return again('Please enter the six digits of the mail.');
    const remember = fields.remember === 'yes';
    const browser = await browserOf(house, request);
    const entered = await enterCode(
      letterbox,
      { ...browser, token, code, remember },
      house.secrets.codeHash,
      moment(),
    );
    house.views.soon();
    switch (entered.kind) {
      case 'wrong':
        return again('This is not the code of the latest mail. Please look once more.');
      case 'over':
        house.cookies.clear(reply, 'code');
        return house.sendPlain(request, reply, codeOverPage, 410);
      case 'signed-in': {
        house.cookies.clear(reply, 'code');
        const { deviceToken } = entered;
        if (deviceToken !== null)
          house.cookies.set(reply, 'device', deviceToken, house.config.deviceDays * DAY_SECONDS);
        beginSession(house, reply, entered.sessionToken);
        return reply.redirect(entered.path, 303);
      }
    }
  });
}

function registerSignOut(app: FastifyInstance, house: House): void {
  app.post('/sign-out', async (request, reply) => {
    const visitor = await visitorOf(house, request);
    if (visitor === null) return reply.redirect('/sign-in', 303);
    const sent = sentForm(request.body);
    if (!comesFromOurPages(house, request) || !house.secrets.isCsrfOf(visitor.token, sent?.csrf ?? ''))
      return house.send(request, reply, problemPages.foreignForm, visitor, 403);
    const { id, person } = visitor.session;
    await signOut(house.deps.db, { id, person, from: request.ip }, house.deps.moment());
    house.sessions.forget(visitor.token);
    house.views.soon();
    house.cookies.clear(reply, 'session');
    return house.sendPlain(request, reply, signedOutPage, 200);
  });
}

export function beginSession(house: House, reply: FastifyReply, token: string): void {
  house.cookies.set(reply, 'session', token, house.config.sessionDays * DAY_SECONDS);
}

async function sendCode(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: { email: string; path: string; by: 'link' | 'address' },
): Promise<FastifyReply> {
  const { letterbox, moment, mailSoon, log } = house.deps;
  const started = await startSignIn(
    letterbox,
    { ...asked, from: request.ip },
    house.secrets.codeHash,
    moment(),
  );
  if (started.kind === 'too-many') return house.sendPlain(request, reply, tooManyCodesPage, 429);
  const { mailId } = started;
  // The answer does not wait for the mail: who measures it does not learn whether there was one.
  if (mailId !== null)
    void mailSoon(mailId).catch((error: unknown) => log.warn('code-waits-for-its-turn', { error }));
  house.cookies.set(reply, 'code', started.token, CODE_MINUTES * 60);
  return reply.redirect('/code', 303);
}

function enterPage(email: string, button: Html): Page {
  return {
    kind: 'page',
    title: 'Sign in',
    body: html`<p>This link belongs to <strong>${maskedAddress(email)}</strong>.</p>
<p>On a device that Rollcall does not know yet, a code of six digits is sent to that address.</p>${button}`,
  };
}

/** `cl…@example.org`: who it belongs to knows it, and nobody else learns it. */
function maskedAddress(email: string): string {
  const [name = '', domain = ''] = email.split('@');
  return `${name.slice(0, 2)}…@${domain}`;
}

function signInPage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  email = '',
  problems: readonly FormProblem[] = [],
): Page {
  const { oidc } = house.config;
  const fields = html`<input type="hidden" name="to" value="${path}">
${textField({ name: 'email', label: 'Your e-mail address at work', type: 'email', value: email, required: true, autocomplete: 'email', maxLength: 254, problems })}`;
  return {
    kind: 'page',
    title: 'Sign in',
    body: html`${problemSummary(problems)}${
      oidc === null
        ? nothing
        : html`<p class="actions"><a class="button" href="/oidc/start?to=${encodeURIComponent(path)}">Sign in with ${oidc.name}</a></p><h2>Or by mail</h2>`
    }<p>If somebody of the district has this address, a code of six digits is sent to it.</p>
${visitorForm(house, request, reply, { action: '/sign-in', fields, submit: 'Send me a code' })}`,
  };
}

function codePage(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  problems: readonly FormProblem[],
): Page {
  const days = house.config.deviceDays;
  const fields = html`${textField({ name: 'code', label: 'Code', hint: 'Six digits, from the latest mail.', required: true, autocomplete: 'one-time-code', inputMode: 'numeric', maxLength: 9, problems })}
${checkBox({ name: 'remember', label: `Ask for no code on this device for ${days} days`, hint: 'Not on a computer that others use.' })}`;
  return {
    kind: 'page',
    title: 'Enter the code',
    body: html`${problemSummary(problems)}<p>A mail with a code is on its way, if the address is one of the district’s. It works for ${CODE_MINUTES} minutes.</p>
${visitorForm(house, request, reply, { action: '/code', fields, submit: 'Sign in' })}
<p>No mail after a few minutes? Look into the folder for junk mail, or <a href="/sign-in">ask for another code</a>.</p>`,
  };
}

const codeOverPage: Page = {
  kind: 'page',
  title: 'The code works no more',
  body: html`<p>It was too old, or was entered wrongly too often. <a href="/sign-in">Ask for another code</a>.</p>`,
};

const tooManyCodesPage: Page = {
  kind: 'page',
  title: 'Too many codes',
  body: html`<p>Several codes were sent to this address in the last minutes. Please use the latest one, or wait a quarter of an hour and open the link once more.</p>`,
};

const signedOutPage: Page = {
  kind: 'page',
  title: 'Signed out',
  body: html`<p>You are signed out on this device. <a href="/sign-in">Sign in</a></p>`,
};
