import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Tx } from '../store/database.ts';
import { invalidPage, problemPages } from './error-pages.ts';
import { comesFromOurPages, type HeardRequest, type House, type Visitor, visitorOf } from './house.ts';
import { readForm, sentForm } from './read-form.ts';
import { readUpload } from './read-upload.ts';
import type { PageAnswer, PageRequest, PostOptions, UploadParts } from './site.ts';

/** What forms with and without a file share. */
export interface FormHouse {
  readonly house: House;
  pageRequest(house: House, request: FastifyRequest, visitor: Visitor): Promise<HeardRequest>;
  /** A form that is none of ours, or was sent from elsewhere. */
  refuseForeign(request: FastifyRequest, reply: FastifyReply, visitor: Visitor): Promise<FastifyReply>;
  /** Does what a form asks once. */
  once(
    request: PageRequest,
    visitor: Visitor,
    key: string,
    handle: (tx: Tx) => Promise<PageAnswer>,
  ): Promise<PageAnswer>;
}

type Looked<Form, Taken> =
  | { readonly kind: 'refused'; readonly answer: PageAnswer; readonly status?: number }
  | { readonly kind: 'looked'; readonly form: Form; readonly once: string; readonly taken: Taken };

/** `upload` of a site. */
export function registerUpload<Schema extends z.ZodObject, Taken>(
  app: FastifyInstance,
  { house, pageRequest, once }: FormHouse,
  path: string,
  schema: Schema,
  parts: UploadParts<z.output<Schema>, Taken>,
  options: PostOptions,
): void {
  app.post(path, async (request, reply) => {
    const visitor = await visitorOf(house, request);
    if (visitor === null) return house.sendPlain(request, unread(reply), problemPages.signedOut, 401);
    const page = await pageRequest(house, request, visitor);
    const look = async (
      fields: URLSearchParams,
      file: Parameters<typeof parts.take>[0],
    ): Promise<Looked<z.output<Schema>, Taken>> => {
      const sent = sentForm(fields);
      if (
        sent === null ||
        !comesFromOurPages(house, request) ||
        !house.secrets.isCsrfOf(visitor.token, sent.csrf)
      )
        return { kind: 'refused', answer: problemPages.foreignForm, status: 403 };
      const read = readForm(schema, sent.values);
      if (read.kind === 'foreign') return { kind: 'refused', answer: problemPages.foreignForm, status: 400 };
      if (read.kind === 'invalid') {
        const again = await options.again?.(page, read.problems, sent.values);
        return { kind: 'refused', answer: again ?? invalidPage(read.problems), status: 422 };
      }
      const refused = await parts.allow(read.form, page);
      if (refused !== null) return { kind: 'refused', answer: refused };
      return {
        kind: 'looked',
        form: read.form,
        once: sent.once,
        taken: await parts.take(file, read.form, page),
      };
    };
    const upload = await readUpload(request, parts.field, parts.maxBytes, ({ fields, ...file }) =>
      look(fields, file),
    ).catch((error: unknown) => {
      if (isCutOff(request)) return { kind: 'cut-off' } as const;
      throw error;
    });
    switch (upload.kind) {
      case 'cut-off':
        return house.sendPlain(request, unread(reply), problemPages.badRequest, 400);
      case 'too-large':
        return house.send(request, unread(reply), problemPages.tooLarge, visitor, 413);
      case 'foreign':
        return house.send(request, unread(reply), problemPages.foreignForm, visitor, 400);
      case 'taken':
    }
    const looked = upload.taken;
    if (looked.kind === 'refused') {
      await page.recordRefusal(looked.status === 403 ? { kind: 'forbidden' } : looked.answer);
      return house.send(request, reply, looked.answer, visitor, looked.status);
    }
    const answer = await once(page, visitor, looked.once, (tx) =>
      parts.handle(looked.taken, looked.form, { ...page, db: tx }, tx),
    );
    await page.recordRefusal(answer);
    return house.send(request, reply, answer, visitor);
  });
}

/** What is still to come is not read: the connection ends with the answer. */
function unread(reply: FastifyReply): FastifyReply {
  return reply.header('connection', 'close');
}

/** Nobody is there any more to hear what went wrong. */
function isCutOff({ raw }: FastifyRequest): boolean {
  return raw.destroyed && !raw.complete;
}
