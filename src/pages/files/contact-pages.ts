import { z } from 'zod';
import { contactWords } from '../../domain/contact-words.ts';
import { mayDo } from '../../domain/rights.ts';
import { clockTimeInZone, dateInZone } from '../../domain/school-date.ts';
import { notTakenBackInWords } from '../../domain/undo-words.ts';
import { spelled } from '../../domain/words.ts';
import type { Person } from '../../procedure/people.ts';
import { isInTime } from '../../procedure/take-outcome-back.ts';
import { undoContact } from '../../procedure/undo-contact.ts';
import { type ContactLogEntry, findContact } from '../../store/contact-log.ts';
import { fileRefOf } from '../../store/file-view.ts';
import { type HomeSchool, homeSchoolOf } from '../../store/home-school.ts';
import { form, textField } from '../form.ts';
import { optionalLine } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { contactForm, contactSchema } from './contact-form.ts';
import { findFile, nameOf } from './find-file.ts';
import { logContactOf } from './log-contact.ts';

/** Logging a contact from a file, and one entry of the contact log with the way back. */
export function registerContactPages(site: Site): void {
  site.get('/files/:file/contacts', async (request): Promise<PageAnswer> => {
    const found = await findFile(request, 'log-contact');
    if (found.kind !== 'found') return found;
    await request.viewed({ action: 'file-viewed', studentId: found.file.id });
    return logPage(site, request, found.file);
  });
  site.post(
    '/files/:file/contacts',
    contactSchema,
    async (sent, request, tx): Promise<PageAnswer> => {
      const found = await findFile(request, 'log-contact');
      if (found.kind !== 'found') return found;
      const { file } = found;
      const answer = await logContactOf(tx, request, { studentId: file.id, task: null }, sent);
      if (answer.kind === 'redirect') return answer;
      const values = { ...sent, note: sent.note ?? '', on: sent.on ?? '' };
      const problems = [answer.problem];
      return { kind: 'invalid', problems, page: await logPage(site, request, file, problems, values) };
    },
    {
      again: async (request, problems, values) => {
        const found = await findFile(request, 'log-contact');
        if (found.kind !== 'found') return found;
        return {
          kind: 'invalid',
          problems,
          page: await logPage(site, request, found.file, problems, values),
        };
      },
    },
  );
  registerEntry(site);
}

async function logPage(
  site: Site,
  request: PageRequest,
  file: { id: number; ref: string; givenName: string; familyName: string },
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Promise<Page> {
  const action = `/files/${file.ref}/contacts`;
  return {
    kind: 'page',
    title: 'Log a contact',
    within: '/files',
    body: html`<p>With the family of <a href="/files/${file.ref}">${nameOf(file)}</a>. It answers the open contact task.</p>
${await contactForm(site, request, { studentId: file.id, action }, problems, values)}`,
  };
}

const undoSchema = z.strictObject({ because: optionalLine('a reason', 500) });

function registerEntry(site: Site): void {
  const find = async (request: PageRequest) => {
    const entry = await findContact(request.db, request.params.contact ?? '');
    return entry !== null && (await maySee(request, entry)) ? entry : null;
  };
  site.get('/contacts/:contact', async (request): Promise<PageAnswer> => {
    const entry = await find(request);
    if (entry === null) return { kind: 'not-found' };
    await request.viewed({ action: 'file-viewed', studentId: entry.studentId, subject: entry.ref });
    return entryPage(site, request, entry);
  });
  site.post(
    '/contacts/:contact/undo',
    undoSchema,
    async ({ because }, request, tx): Promise<PageAnswer> => {
      const { procedure, person, moment } = request;
      const entry = await find(request);
      if (entry === null || procedure === null) return { kind: 'not-found' };
      const school = await homeSchoolOf(tx, entry.studentId, moment.today);
      if (!mayUndo(person, entry, school)) return { kind: 'not-found' };
      const undone = await undoContact(tx, procedure, { ref: entry.ref, by: person.name, because }, moment);
      if (undone.kind === 'unknown') return { kind: 'not-found' };
      if (undone.kind !== 'undone') {
        const text =
          undone.kind === 'undone-before'
            ? 'It was taken back before.'
            : notTakenBackInWords(undone, 'contact');
        const problems = [{ field: '', text }];
        return { kind: 'invalid', problems, page: await entryPage(site, request, entry, problems) };
      }
      await request.audit(tx, {
        action: 'contact-undone',
        studentId: entry.studentId,
        subject: entry.ref,
        detail: { reopened: undone.reopened },
      });
      return {
        kind: 'redirect',
        to: `/contacts/${entry.ref}`,
        notice: undone.reopened > 0 ? 'Taken back. The task is open again.' : 'Taken back.',
      };
    },
    {
      again: async (request, problems) => {
        const entry = await find(request);
        if (entry === null) return { kind: 'not-found' };
        return { kind: 'invalid', problems, page: await entryPage(site, request, entry, problems) };
      },
    },
  );
}

/** Whoever logged it, and whoever may log one for the student. */
async function maySee({ db, person, moment }: PageRequest, entry: ContactLogEntry): Promise<boolean> {
  if (entry.byEmail === person.email) return true;
  const school = await homeSchoolOf(db, entry.studentId, moment.today);
  return mayDo(person, 'log-contact', [school?.sourcedId ?? null]);
}

/** An own click; that of others only with the right to decide about the student's holds. */
function mayUndo(person: Person, entry: ContactLogEntry, school: HomeSchool | null): boolean {
  return entry.byEmail === person.email || mayDo(person, 'manage-hold', [school?.sourcedId ?? null]);
}

async function entryPage(
  site: Site,
  request: PageRequest,
  entry: ContactLogEntry,
  problems: readonly FormProblem[] = [],
): Promise<Page> {
  const { config } = site.deps;
  const { timeZone } = config.district;
  const { db, person, procedure, moment } = request;
  const school = await homeSchoolOf(db, entry.studentId, moment.today);
  const seesFile = mayDo(person, 'view-file', [school?.sourcedId ?? null]);
  const ref = seesFile ? await fileRefOf(db, entry.studentId) : null;
  const at = `${spelled(dateInZone(entry.at, timeZone))}, ${clockTimeInZone(entry.at, timeZone)}`;
  const facts: [string, Html | string][] = [
    ['Outcome', contactWords[entry.outcome] ?? entry.outcome],
    ['Day', spelled(entry.on)],
    ['Logged', `${at} by ${entry.by}`],
    ...(entry.note === null ? [] : [['Note', entry.note] as [string, string]]),
    ...(entry.undone === null
      ? []
      : [
          [
            'Taken back',
            `by ${entry.undone.by}${entry.undone.because === null ? '' : `: ${entry.undone.because}`}`,
          ] as [string, string],
        ]),
  ];
  const isOpen =
    procedure !== null &&
    entry.undone === null &&
    mayUndo(person, entry, school) &&
    isInTime(entry.at, procedure, moment);
  return {
    kind: 'page',
    title: `Contact ${entry.ref}`,
    within: '/files',
    body: html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<p class="actions">${ref === null ? nothing : html`<a class="button" href="/files/${ref}">To the file</a> `}<a class="button quiet" href="/tasks">My tasks</a></p>
${isOpen ? undoForm(request, entry, config.contactLog.undoHours, problems) : nothing}`,
  };
}

function undoForm(
  request: PageRequest,
  entry: ContactLogEntry,
  hours: number,
  problems: readonly FormProblem[],
): Html {
  return html`<section aria-labelledby="undo"><h2 id="undo">A wrong click?</h2>
<p>It can be taken back for ${hours} hours. It stays in the file, crossed out, and its task is open again.</p>${form(
    request,
    {
      action: `/contacts/${entry.ref}/undo`,
      submit: 'Take it back',
      look: 'quiet',
      fields: textField({ name: 'because', label: 'Reason (optional)', maxLength: 500, problems }),
    },
  )}</section>`;
}
