import { z } from 'zod';
import { shortDate } from '../../documents/dates.ts';
import { formatDays, ONE_DAY } from '../../domain/days.ts';
import { taskFor } from '../../procedure/my-tasks.ts';
import { answerTask } from '../../procedure/staff-answers.ts';
import { taskInWords } from '../../procedure/task-words.ts';
import type { TaskForMail } from '../../store/open-tasks.ts';
import { form, textArea } from '../form.ts';
import { neededNote } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import { snoozeSection } from '../office/snooze-section.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { taskFormOf } from './task-forms.ts';
import { aboutWhom, dueWords } from './task-list-page.ts';

const doneForm = z.strictObject({ because: neededNote('what you did') });

/** `/tasks/T-…`: one task, why it is there, and the form that answers it. */
export function registerTaskPage(site: Site): void {
  const { db, config } = site.deps;
  const find = ({ person, params, procedure, moment }: PageRequest) =>
    taskFor(db, { config, procedure, today: moment.today }, person, params.ref ?? '');

  site.get('/tasks/:ref', async (request): Promise<PageAnswer> => {
    const task = await find(request);
    if (task === null) return { kind: 'not-found' };
    await request.viewed({ action: 'task-viewed', subject: task.ref, studentId: task.student?.id ?? null });
    return taskPage(site, request, task);
  });

  site.post(
    '/tasks/:ref/done',
    doneForm,
    async ({ because }, request, tx): Promise<PageAnswer> => {
      const task = await find(request);
      const { procedure } = request;
      if (task === null || procedure === null || taskFormOf(task.kind) !== null) return { kind: 'not-found' };
      const answer = await answerTask(
        tx,
        { ref: task.ref, by: request.person.name, outcome: 'done', note: because },
        request.moment,
        procedure,
      );
      if (answer.kind !== 'done') return refused(await taskPage(site, request, task));
      await request.audit(tx, {
        action: 'task-done',
        subject: task.ref,
        studentId: task.student?.id ?? null,
        detail: { kind: task.kind },
      });
      return { kind: 'redirect', to: '/tasks', notice: `Task ${task.ref} is done.` };
    },
    {
      again: async (request, problems, values) => {
        const task = await find(request);
        if (task === null) return { kind: 'not-found' };
        return { kind: 'invalid', problems, page: await taskPage(site, request, task, problems, values) };
      },
    },
  );
}

function refused(page: Page): PageAnswer {
  return {
    kind: 'invalid',
    problems: [
      { field: '', text: 'This task is answered in another way, or was answered by somebody else.' },
    ],
    page,
  };
}

async function taskPage(
  site: Site,
  request: PageRequest,
  task: TaskForMail,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Promise<Page> {
  const words = taskInWords(task, { pages: true });
  const own = taskFormOf(task.kind);
  const answer = own === null ? doneFormOf(request, task, problems, values) : await own(task, request, site);
  return {
    kind: 'page',
    title: words.title,
    within: '/tasks',
    body: html`<p class="due">${dueWords(task.dueOn, request.moment.today)}</p><p>${words.ask}</p>
${task.student === null ? nothing : studentOf(task)}
${answer}
${snoozeSection(site, request, task)}`,
  };
}

function studentOf(task: TaskForMail): Html {
  const { student } = task;
  if (student === null) return nothing;
  const days = student.days.map(({ date, fraction }) =>
    fraction >= ONE_DAY ? shortDate(date, 'en') : `${shortDate(date, 'en')} (${formatDays(fraction)})`,
  );
  const guardians = student.guardians.map(
    ({ name, phone, language }) =>
      html`<li>${name}: ${phone === null ? 'no phone number' : html`<a href="tel:${phone.replace(/[^0-9+]/g, '')}">${phone}</a>`}${language === null ? nothing : `, language ${language}`}</li>`,
  );
  return html`<section aria-labelledby="student"><h2 id="student">${aboutWhom(task)}</h2>
<p>Absent ${student.total} days this school year: ${days.length === 0 ? 'none counted now' : days.join('; ')}</p>
${guardians.length === 0 ? nothing : html`<ul>${guardians}</ul>`}</section>`;
}

function doneFormOf(
  request: PageRequest,
  task: TaskForMail,
  problems: readonly FormProblem[],
  values: FormValues,
): Html {
  const value = typeof values.because === 'string' ? values.because : '';
  return html`<section aria-labelledby="answer"><h2 id="answer">Report it as done</h2>${form(request, {
    action: `/tasks/${task.ref}/done`,
    submit: 'Record as done',
    fields: textArea({
      name: 'because',
      label: 'What you did',
      hint: task.student === null ? 'Kept with the task.' : 'Goes into the attendance file.',
      maxLength: 2_000,
      required: true,
      value,
      problems,
    }),
  })}</section>`;
}
