import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { actorOf } from '../procedure/people.ts';
import { recordAudit } from '../store/audit-log.ts';
import { isDeadlock, type Tx } from '../store/database.ts';
import { keepFormAnswer, takeFormOnce } from '../store/form-once.ts';
import { invalidPage, problemPages } from './error-pages.ts';
import { comesFromOurPages, type HeardRequest, type House, type Visitor, visitorOf } from './house.ts';
import { readForm, sentForm } from './read-form.ts';
import { pathOf, signInPath } from './sign-in/paths.ts';
import type { PageAnswer, PageRequest, PostOptions, RefusedAbout, Site } from './site.ts';
import { createTurns } from './turns.ts';
import { type FormHouse, registerUpload } from './upload-route.ts';

/** Each holds a connection of the pool, which pages that are only read and the workers have as well: most of it stays theirs. */
const FORMS_AT_ONCE = 4;

type Received<Form> =
  | {
      readonly kind: 'form';
      readonly form: Form;
      readonly once: string;
      readonly page: HeardRequest;
      readonly visitor: Visitor;
    }
  /** There is nothing to do. */
  | typeof ANSWERED;

const ANSWERED = { kind: 'answered' } as const;

/** The site as the parts see it, on top of the server. */
export function createSite(app: FastifyInstance, house: House): Site {
  const inTurn = createTurns(FORMS_AT_ONCE);
  const forms: FormHouse = {
    house,
    pageRequest,
    refuseForeign: async (request, reply, visitor) => {
      const page = await pageRequest(house, request, visitor);
      await page.recordRefusal({ kind: 'forbidden' });
      return house.send(request, reply, problemPages.foreignForm, visitor, 403);
    },
    once: (page, visitor, key, handle) => inTurn(() => once(house, page, onceKey(visitor, key), handle)),
  };
  /** A form that is ours, sent by somebody who has signed in and filled in as the schema says; else it is answered here. */
  const received = async <Schema extends z.ZodObject>(
    request: FastifyRequest,
    reply: FastifyReply,
    schema: Schema,
    { again }: PostOptions,
  ): Promise<Received<z.output<Schema>>> => {
    const visitor = await visitorOf(house, request);
    if (visitor === null) {
      house.sendPlain(request, reply, problemPages.signedOut, 401);
      return ANSWERED;
    }
    const sent = sentForm(request.body);
    if (
      sent === null ||
      !comesFromOurPages(house, request) ||
      !house.secrets.isCsrfOf(visitor.token, sent.csrf)
    ) {
      await forms.refuseForeign(request, reply, visitor);
      return ANSWERED;
    }
    const read = readForm(schema, sent.values);
    if (read.kind === 'foreign') {
      house.send(request, reply, problemPages.foreignForm, visitor, 400);
      return ANSWERED;
    }
    const page = await pageRequest(house, request, visitor);
    if (read.kind === 'read') return { kind: 'form', form: read.form, once: sent.once, page, visitor };
    const answer = (await again?.(page, read.problems, sent.values)) ?? invalidPage(read.problems);
    await page.recordRefusal(answer);
    house.send(request, reply, answer, visitor, 422);
    return ANSWERED;
  };
  return {
    deps: house.deps,
    navigation: (entry) => void house.navigation.push(entry),
    afterForm: (listener) => void house.afterForm.push(listener),
    get(path, handler) {
      app.get(path, async (request, reply) => {
        const visitor = await visitorOf(house, request);
        if (visitor === null) return reply.redirect(signInPath(request.url), 303);
        const page = await pageRequest(house, request, visitor);
        const answer = await handler(page);
        await page.recordRefusal(answer);
        return house.send(request, reply, answer, visitor);
      });
    },
    post(path, schema, handler, options = {}) {
      app.post(path, async (request, reply) => {
        const sent = await received(request, reply, schema, options);
        if (sent.kind === 'answered') return reply;
        const { form, once: key, page, visitor } = sent;
        const answer = await forms.once(page, visitor, key, (tx) => handler(form, { ...page, db: tx }, tx));
        await page.recordRefusal(answer);
        return house.send(request, reply, answer, visitor);
      });
    },
    ask(path, schema, handler) {
      app.post(path, async (request, reply) => {
        const sent = await received(request, reply, schema, {});
        if (sent.kind === 'answered') return reply;
        const { form, page, visitor } = sent;
        const answer = await handler(form, page);
        await page.recordRefusal(answer);
        return house.send(request, reply, answer, visitor);
      });
    },
    upload: (path, schema, parts, options = {}) => registerUpload(app, forms, path, schema, parts, options),
  };
}

async function pageRequest(house: House, request: FastifyRequest, visitor: Visitor): Promise<HeardRequest> {
  const { deps, views } = house;
  const { person } = visitor.session;
  const moment = deps.moment();
  const from = request.ip;
  const event = { at: moment.now, actor: actorOf(person), from };
  let refused: RefusedAbout | null = null;
  return {
    person,
    params: request.params as Record<string, string>,
    query: firstOfEach(request.query),
    path: pathOf(request.url),
    from,
    db: deps.db,
    moment,
    procedure: await deps.procedure(),
    csrf: visitor.csrf,
    audit: (tx, act) => recordAudit(tx, { ...event, ...act }),
    viewed: (act) => views.record({ ...event, ...act }),
    refuse: (about) => {
      refused = about;
    },
    async recordRefusal({ kind }) {
      if (refused === null && kind !== 'forbidden') return;
      // As it is registered: what somebody has typed into an address stays out of the record.
      const detail = { method: request.method, page: request.routeOptions.url ?? '' };
      await views.record({ ...event, action: 'refused', ...refused, detail });
    },
  };
}

function firstOfEach(query: unknown): Record<string, string> {
  const first: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(query as Record<string, string | string[]>))
    first[name] = typeof value === 'string' ? value : (value[0] ?? '');
  return first;
}

/** The key of a form belongs to the session that it was shown to. */
function onceKey({ session }: Visitor, once: string): Buffer {
  return createHash('sha256').update(`${session.id}\0${once}`).digest();
}

/** Carries an answer out of a transaction that is to be undone. */
class Undone extends Error {
  readonly answer: PageAnswer;

  constructor(answer: PageAnswer) {
    super('undone');
    this.answer = answer;
  }
}

const TRIES = 3;

/** Does what a form asks once: a second one with its key waits for the first and gets its answer. */
async function once(
  house: House,
  request: PageRequest,
  key: Buffer,
  handle: (tx: Tx) => Promise<PageAnswer>,
): Promise<PageAnswer> {
  const { db } = house.deps;
  const { now } = request.moment;
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await db.transaction().execute(async (tx): Promise<PageAnswer> => {
        const taken = await takeFormOnce(tx, key, now);
        if (taken.kind === 'before') {
          if (taken.answer === null) return problemPages.sentBefore;
          const { to, notice } = taken.answer;
          return { kind: 'redirect', to, ...(notice !== null && { notice }) };
        }
        const fresh = await handle(tx);
        if (fresh.kind === 'redirect')
          await keepFormAnswer(tx, key, { to: fresh.to, notice: fresh.notice ?? null });
        else if (fresh.kind !== 'file') throw new Undone(fresh);
        return fresh;
      });
      house.views.soon();
      for (const listener of house.afterForm) listener();
      return answer;
    } catch (error) {
      if (error instanceof Undone) return error.answer;
      if (!isDeadlock(error) || tries === TRIES) throw error;
    }
  }
}
