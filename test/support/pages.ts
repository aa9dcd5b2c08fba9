import { procedureIfAny } from '../../jobs/procedure-if-any.ts';
import { sendStaffMail } from '../../jobs/send-staff-mail.ts';
import { type OpenPages, openPages, type PagesOptions } from '../../src/pages/open-pages.ts';
import type { PageDeps } from '../../src/pages/site.ts';
import { linkFor } from '../../src/procedure/links.ts';
import { freePort } from './free-port.ts';
import { type Office, type OfficeChanges, openOffice } from './office.ts';
import { type Visitor, visitorAt } from './visitor.ts';

export interface PagesOffice extends Office {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  readonly pages: OpenPages;
  /** A browser that knows nothing yet. */
  visitor(): Visitor;
  /** A link as it stands in a mail. */
  link(email: string, to?: string): Promise<string>;
  /** The six digits of the latest mail with a code. */
  code(email: string): Promise<string>;
  /** A browser in which this person has signed in, by link and code. */
  signedIn(email: string): Promise<Visitor>;
  /** The same for a browser of `openBrowser`: `context.addCookies(await office.cookiesOf(email))`. */
  cookiesOf(email: string): Promise<{ name: string; value: string; url: string }[]>;
}

/** More people than the clerk and the administrator, who are there anyway. One school: `office.school`. */
export interface PagesOfficeChanges extends OfficeChanges {
  readonly staff?: readonly {
    name: string;
    email: string;
    role: string;
    schools?: readonly string[];
  }[];
  /** Further lines of `pages` in district.yaml, each with two spaces before it. */
  readonly pages?: string;
  readonly options?: PagesOptions;
  readonly deps?: (deps: PageDeps, office: Office) => PageDeps | Promise<PageDeps>;
}

/** An office whose pages are served on loopback. Codes leave by real mail, at once. */
export async function openPagesOffice(changes: PagesOfficeChanges = {}): Promise<PagesOffice> {
  const { staff = [], pages: more = '', options, deps: withDeps = (deps) => deps, ...rest } = changes;
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const people = staff.map(
    ({ name, email, role, schools }) =>
      `  - { name: ${name}, email: ${email}, role: ${role}${schools === undefined ? '' : `, schools: [${schools.join(', ')}]`} }\n`,
  );
  const office = await openOffice({
    ...rest,
    district: (text) =>
      `${withoutPages(rest.district?.(text) ?? text).replace(/^staff:\n/m, `staff:\n${people.join('')}`)}\npages:\n  url: ${origin}\n  listen: "127.0.0.1:${port}"\n${more}`,
  });
  const { config, jobs, letterbox, sink, db } = office;
  const { pages: pagesConfig } = config;
  if (pagesConfig === null) throw new Error('the configuration has no pages');
  const mails: Promise<unknown>[] = [];
  const deps: PageDeps = {
    db: jobs.db,
    config,
    log: jobs.log,
    letterbox,
    correspondence: jobs.correspondence,
    moment: office.moment,
    procedure: () => procedureIfAny(jobs),
    mailSoon: async (mailId) => {
      const sent = sendStaffMail.run({ mailId }, jobs, { last: true });
      mails.push(sent);
      await sent;
    },
  };
  const pages = await openPages(await withDeps(deps, office), pagesConfig, options);
  const code = async (email: string): Promise<string> => {
    await Promise.all(mails);
    const mail = sink.delivered
      .filter(({ to, raw }) => to.includes(email) && /^X-Rollcall-Kind: code\r$/m.test(raw.toString()))
      .at(-1);
    const digits = /\b(\d{3}) (\d{3})\b/.exec(mail?.raw.toString() ?? '');
    if (digits === null) throw new Error(`no mail with a code has come to ${email}`);
    return `${digits[1]}${digits[2]}`;
  };
  const link = async (email: string, to = '/tasks') => {
    const url = await linkFor(db, config, { email }, { page: to }, office.moment());
    return url ?? '';
  };
  const signedIn = async (email: string): Promise<Visitor> => {
    const visitor = visitorAt(origin);
    const url = new URL(await link(email));
    await visitor.submit(await visitor.get(url.pathname), {});
    const fields = { code: await code(email), remember: 'yes' };
    const page = await visitor.submit(await visitor.get('/code'), fields);
    if (page.status !== 303) throw new Error(`signing in was answered with ${page.status}`);
    return visitor;
  };
  return {
    ...office,
    origin,
    pages,
    visitor: () => visitorAt(origin),
    link,
    code,
    signedIn,
    async cookiesOf(email) {
      const { cookies } = await signedIn(email);
      return [...cookies].map(([name, value]) => ({ name, value, url: origin }));
    },
    async close() {
      await pages.close();
      await office.close();
    },
  };
}

/** The demo serves its own at a port that everybody would share. */
function withoutPages(text: string): string {
  return text.replace(/^pages:.*\n(?: .*\n)*/m, '');
}
