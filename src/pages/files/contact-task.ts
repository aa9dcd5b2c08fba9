import { z } from 'zod';
import { mayDo } from '../../domain/rights.ts';
import { contactTasks, recordNoContactPossible } from '../../procedure/contacts.ts';
import { taskFor } from '../../procedure/my-tasks.ts';
import { fileRefOf } from '../../store/file-view.ts';
import type { TaskForMail } from '../../store/open-tasks.ts';
import { form, textArea } from '../form.ts';
import { neededNote } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { registerTaskForm, type TaskForm } from '../tasks/task-forms.ts';
import { contactForm, contactSchema } from './contact-form.ts';
import { logContactOf } from './log-contact.ts';

const notPossibleSchema = z.strictObject({ because: neededNote('why no contact is possible', 500) });

/** What answers a task that asks for a contact: also for a teacher, who sees no file. */
export function registerContactTask(site: Site): void {
  registerTaskForm(site, [...contactTasks], answerForms);
  site.post(
    '/tasks/:ref/contact',
    contactSchema,
    async (sent, request, tx): Promise<PageAnswer> => {
      const task = await contactTaskFor(site, request);
      if (task === null) return answeredBefore;
      const about = { studentId: task.student.id, task: task.ref };
      const answer = await logContactOf(tx, request, about, sent);
      if (answer.kind === 'redirect') return answer;
      const values = { ...sent, note: sent.note ?? '', on: sent.on ?? '' };
      return again(site, request, task, [answer.problem], values);
    },
    { again: (request, problems, values) => againFor(site, request, problems, values) },
  );
  site.post(
    '/tasks/:ref/no-contact',
    notPossibleSchema,
    async ({ because }, request, tx): Promise<PageAnswer> => {
      const { person, procedure, moment } = request;
      const task = await contactTaskFor(site, request);
      if (task === null || procedure === null) return answeredBefore;
      const said = { task: task.ref, by: person.name, because };
      if (!(await recordNoContactPossible(tx, procedure, said, moment))) return answeredBefore;
      await request.audit(tx, {
        action: 'task-done',
        studentId: task.student.id,
        subject: task.ref,
        detail: { outcome: 'not-possible' },
      });
      return { kind: 'redirect', to: '/tasks', notice: 'Recorded. The administrator is asked how to go on.' };
    },
    { again: (request, problems, values) => againFor(site, request, problems, values) },
  );
}

/** Done by now, or nobody's business here. */
const answeredBefore: PageAnswer = { kind: 'not-found' };

type ContactTask = TaskForMail & { readonly student: NonNullable<TaskForMail['student']> };

/** An open contact task that this person was asked, or of a student whose file the person sees: each of them may log one. */
async function contactTaskFor({ deps }: Site, request: PageRequest): Promise<ContactTask | null> {
  const seen = await taskFor(request.db, deps.config, request, request.params.ref ?? '');
  if (seen === null || seen.task.student === null || !contactTasks.has(seen.task.kind)) return null;
  const { task, mayAnswer } = seen;
  if (!mayAnswer && !mayDo(request.person, 'log-contact', [task.schoolSourcedId])) return null;
  return { ...task, student: seen.task.student };
}

async function againFor(
  site: Site,
  request: PageRequest,
  problems: readonly FormProblem[],
  values: FormValues,
): Promise<PageAnswer> {
  const task = await contactTaskFor(site, request);
  return task === null ? answeredBefore : again(site, request, task, problems, values);
}

async function again(
  site: Site,
  request: PageRequest,
  task: ContactTask,
  problems: readonly FormProblem[],
  values: FormValues,
): Promise<PageAnswer> {
  const { givenName, familyName } = task.student;
  const page: Page = {
    kind: 'page',
    title: 'Log a contact',
    within: '/tasks',
    body: html`<p>With the family of ${givenName} ${familyName}. <a href="/tasks/${task.ref}">Back to the task</a></p>
${await formsOf(site, request, task, problems, values)}`,
  };
  return { kind: 'invalid', problems, page };
}

const answerForms: TaskForm = async (task, request, site) => {
  const { student } = task;
  if (student === null) return nothing;
  const ref = mayDo(request.person, 'view-file', [task.schoolSourcedId])
    ? await fileRefOf(request.db, student.id)
    : null;
  return html`${ref === null ? nothing : html`<p><a href="/files/${ref}">To the attendance file</a></p>`}<section aria-labelledby="log"><h2 id="log">Log a contact</h2>
${await formsOf(site, request, { ...task, student })}</section>`;
};

async function formsOf(
  site: Site,
  request: PageRequest,
  task: ContactTask,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Promise<Html> {
  const about = { studentId: task.student.id, action: `/tasks/${task.ref}/contact` };
  const because = typeof values.because === 'string' ? values.because : '';
  return html`${await contactForm(site, request, about, problems, values)}
<details${because === '' && !problems.some(({ field }) => field === 'because') ? nothing : html` open`}><summary>No contact is possible</summary>
<p>Where no number and no address works, or nobody may be contacted. The administrator is asked how to go on; it does not count as a contact.</p>${form(
    request,
    {
      action: `/tasks/${task.ref}/no-contact`,
      submit: 'Record that no contact is possible',
      look: 'quiet',
      fields: textArea({
        name: 'because',
        label: 'Why',
        maxLength: 500,
        rows: 2,
        required: true,
        value: because,
        problems,
      }),
    },
  )}</details>`;
}
