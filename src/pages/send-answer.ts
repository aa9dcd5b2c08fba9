import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemPages } from './error-pages.ts';
import { problemSummary } from './form.ts';
import type { House, Visitor } from './house.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';
import type { FileAnswer, Page } from './site.ts';

type Senders = Pick<House, 'send' | 'sendPlain'>;
type Needed = Pick<House, 'deps' | 'cookies' | 'secrets' | 'navigation' | 'stylePath'>;

/** How answers become responses. */
export function senders(house: Needed): Senders {
  const { deps, cookies, secrets, navigation, stylePath } = house;
  const sendPage = (
    request: FastifyRequest,
    reply: FastifyReply,
    page: Page,
    status: number,
    visitor: Visitor | null,
  ) => {
    const notice = takeNotice(request, reply);
    const text = layout({
      district: deps.config.district.name,
      stylePath,
      title: page.title,
      body: page.body,
      notice,
      visitor:
        visitor === null
          ? null
          : {
              person: visitor.session.person,
              csrf: visitor.csrf,
              navigation,
              within: page.within ?? null,
            },
    });
    return reply.code(status).type('text/html; charset=utf-8').send(text);
  };
  const takeNotice = (request: FastifyRequest, reply: FastifyReply): string | null => {
    const kept = cookies.read(request, 'notice');
    if (kept === undefined) return null;
    cookies.clear(reply, 'notice');
    return secrets.unsigned('notice', kept);
  };
  return {
    sendPlain: (request, reply, page, status) => sendPage(request, reply, page, status, null),
    send(request, reply, answer, visitor, status = 200) {
      switch (answer.kind) {
        case 'page':
          return sendPage(request, reply, answer, status, visitor);
        case 'invalid': {
          const { page, problems } = answer;
          const body = html`${problemSummary(problems)}${page.body}`;
          return sendPage(request, reply, { ...page, title: page.title, body }, 422, visitor);
        }
        case 'redirect':
          if (answer.notice !== undefined)
            cookies.set(reply, 'notice', secrets.signed('notice', answer.notice), NOTICE_SECONDS);
          return reply.redirect(answer.to, 303);
        case 'file':
          return sendFile(reply, answer);
        case 'not-found':
          return sendPage(request, reply, problemPages.notFound, 404, visitor);
        case 'forbidden':
          return sendPage(request, reply, problemPages.forbidden, 403, visitor);
      }
    },
  };
}

const NOTICE_SECONDS = 60;

/** Whatever a file is, it does nothing: no scripts, no other files, no place in a page of ours. */
function sendFile(
  reply: FastifyReply,
  { fileName, mediaType, bytes, inline = false }: FileAnswer,
): FastifyReply {
  const name = fileName.replace(/[^A-Za-z0-9._-]/g, '_');
  // A sandbox would keep browsers from showing a PDF at all.
  const policy = mediaType === 'application/pdf' ? FILE_POLICY : `${FILE_POLICY}; sandbox`;
  return reply
    .header('content-security-policy', policy)
    .header('content-disposition', `${inline ? 'inline' : 'attachment'}; filename="${name}"`)
    .type(mediaType)
    .send(bytes);
}

const FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
