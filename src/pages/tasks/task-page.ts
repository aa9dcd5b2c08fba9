import { z } from 'zod';
import { shortDate } from '../../documents/dates.ts';
import { formatDays, ONE_DAY } from '../../domain/days.ts';
import { type SeenTask, taskFor } from '../../procedure/my-tasks.ts';
import { answersOf, answerTask } from '../../procedure/staff-answers.ts';
import { taskInWords } from '../../procedure/task-words.ts';
import type { Tx } from '../../store/database.ts';
import type { TaskForMail } from '../../store/open-tasks.ts';
import { form, radioField, textArea } from '../form.ts';
import { neededNote, optionalNote } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import { snoozeSection } from '../office/snooze-section.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { taskFormOf } from './task-forms.ts';
import { aboutWhom, dueWords } from './task-list-page.ts';

const doneForm = z.strictObject({ because: neededNote('what you did') });
const outcomeForm = z.strictObject({
  outcome: z.string({ error: 'Please choose what came of it.' }).max(40),
  note: optionalNote('the note'),
});

/** `/tasks/T-…`: one task, why it is there, and the form that answers it. */
export function registerTaskPage(site: Site): void {
  const find = (request: PageRequest) =>
    taskFor(request.db, site.deps.config, request, request.params.ref ?? '');

  site.get('/tasks/:ref', async (request): Promise<PageAnswer> => {
    const seen = await find(request);
    if (seen === null) return { kind: 'not-found' };
    const { ref: subject, student } = seen.task;
    await request.viewed({ action: 'task-viewed', subject, studentId: student?.id ?? null });
    return taskPage(site, request, seen);
  });

  const again = async (
    request: PageRequest,
    problems: readonly FormProblem[],
    values: FormValues,
  ): Promise<PageAnswer> => {
    const seen = await find(request);
    if (seen === null) return { kind: 'not-found' };
    return { kind: 'invalid', problems, page: await taskPage(site, request, seen, problems, values) };
  };
  const answer = async (
    request: PageRequest,
    tx: Tx,
    given: { outcome: string; note: string | null },
  ): Promise<PageAnswer> => {
    const seen = await find(request);
    const { procedure, person, moment } = request;
    if (seen === null || procedure === null) return { kind: 'not-found' };
    const { ref, kind, student } = seen.task;
    if (!seen.mayAnswer || taskFormOf(site, kind) !== null) {
      request.refuse({ subject: ref, studentId: student?.id ?? null });
      return { kind: 'forbidden' };
    }
    const answered = await answerTask(tx, { ref, by: person.name, ...given }, moment, procedure);
    if (answered.kind === 'bad-outcome')
      return again(request, [{ field: 'outcome', text: 'Please choose what came of it.' }], given as never);
    if (answered.kind === 'sending-stopped')
      return again(request, [{ field: '', text: 'Sending is stopped: nothing is to be posted now.' }], {});
    if (answered.kind !== 'done')
      return again(request, [{ field: '', text: 'It was answered already, or is answered elsewhere.' }], {});
    const detail = { kind, outcome: given.outcome };
    await request.audit(tx, { action: 'task-done', subject: ref, studentId: student?.id ?? null, detail });
    return { kind: 'redirect', to: '/tasks', notice: `Task ${ref} is done.` };
  };

  site.post(
    '/tasks/:ref/done',
    doneForm,
    ({ because }, request, tx) => answer(request, tx, { outcome: 'done', note: because }),
    { again },
  );
  site.post('/tasks/:ref/answer', outcomeForm, (given, request, tx) => answer(request, tx, given), {
    again,
  });
}

async function taskPage(
  site: Site,
  request: PageRequest,
  { task, mayAnswer }: SeenTask,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Promise<Page> {
  const words = taskInWords(task, { pages: true });
  const own = taskFormOf(site, task.kind);
  const answer = !mayAnswer
    ? html`<p>Somebody else is asked to do this.</p>`
    : own === null
      ? generalForm(request, task, problems, values)
      : await own(task, request, site);
  return {
    kind: 'page',
    title: words.title,
    within: '/tasks',
    body: html`<p class="due">${dueWords(task.dueOn, request.moment.today)}</p><p>${words.ask}</p>
${task.student === null ? nothing : studentOf(site, task)}
${answer}
${mayAnswer ? snoozeSection(site, request, task) : nothing}
<p class="hint">Reference ${task.ref}</p>`,
  };
}

function studentOf({ deps }: Site, task: TaskForMail): Html {
  const { student } = task;
  if (student === null) return nothing;
  const days = student.days.map(({ date, fraction }) =>
    fraction >= ONE_DAY ? shortDate(date, 'en') : `${shortDate(date, 'en')} (${formatDays(fraction)})`,
  );
  const guardians = student.guardians.map(
    ({ name, phone, language }) =>
      html`<li>${name}: ${phone === null ? 'no phone number' : html`<a href="tel:${phone.replace(/[^0-9+]/g, '')}">${phone}</a>`}${language === null ? nothing : `, speaks ${deps.letterbox.templates.languageName(language)}`}</li>`,
  );
  return html`<section aria-labelledby="student"><h2 id="student">${aboutWhom(task)}</h2>
<p>Absent ${student.total} days this school year: ${days.length === 0 ? 'none counted now' : days.join('; ')}</p>
${guardians.length === 0 ? nothing : html`<ul>${guardians}</ul>`}</section>`;
}

/** For kinds that no part has a form for. */
function generalForm(
  request: PageRequest,
  task: TaskForMail,
  problems: readonly FormProblem[],
  values: FormValues,
): Html {
  const answers = answersOf(task.kind);
  if (answers === 'elsewhere') return html`<p>It is answered where the text above says.</p>`;
  const hint = task.student === null ? 'Kept with the task.' : 'Goes into the attendance file.';
  const typed = (name: string) => (typeof values[name] === 'string' ? values[name] : '');
  if (answers === 'any') {
    const because = { name: 'because', label: 'What you did', hint, value: typed('because'), problems };
    const fields = textArea({ ...because, maxLength: 2_000, required: true });
    const whole = form(request, { action: `/tasks/${task.ref}/done`, submit: 'Record as done', fields });
    return html`<section aria-labelledby="answer"><h2 id="answer">Report it as done</h2>${whole}</section>`;
  }
  const choices = answers.map((value) => ({ value, label: asWords(value) }));
  const fields = html`${radioField({ name: 'outcome', label: 'What came of it', value: typed('outcome'), choices, problems })}
${textArea({ name: 'note', label: 'Note (can be left out)', hint, maxLength: 2_000, value: typed('note'), problems })}`;
  const whole = form(request, { action: `/tasks/${task.ref}/answer`, submit: 'Record', fields });
  return html`<section aria-labelledby="answer"><h2 id="answer">Report what came of it</h2>${whole}</section>`;
}

function asWords(outcome: string): string {
  const words = outcome.replaceAll('-', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
