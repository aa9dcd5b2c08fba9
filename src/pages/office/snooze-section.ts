import { longDate } from '../../documents/dates.ts';
import { snoozeLimit } from '../../procedure/snooze-task.ts';
import type { TaskForMail } from '../../store/open-tasks.ts';
import { form, textArea, textField } from '../form.ts';
import { type Html, html, nothing } from '../html.ts';
import type { FormProblem, FormValues, PageRequest, Site } from '../site.ts';
import { typed } from './office-words.ts';

/** What a task’s page offers to put it off with; nothing where it cannot wait. */
export function snoozeSection(
  { deps }: Pick<Site, 'deps'>,
  request: PageRequest,
  task: TaskForMail,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Html {
  const { procedure, moment } = request;
  if (procedure === null) return nothing;
  const { snoozedUntil } = task;
  const isOff = snoozedUntil !== null && snoozedUntil > moment.today;
  const state = isOff ? html`<p>It is put off until ${longDate(snoozedUntil, 'en')}.</p>` : nothing;
  const last = snoozeLimit(deps.config, procedure, task, moment.today);
  if (last === null) return state;
  const law = last === task.deadline ? ', the last day that the law leaves' : '';
  const fields = html`${textField({ name: 'until', label: 'Until', hint: `At most until ${longDate(last, 'en')}${law}.`, type: 'date', required: true, max: last, value: typed(values, 'until'), problems })}
${textArea({ name: 'why', label: 'Why it has to wait', hint: task.student === null ? 'Kept with the task.' : 'Goes into the attendance file.', maxLength: 500, rows: 2, required: true, value: typed(values, 'why'), problems })}`;
  return html`<section aria-labelledby="snooze"><h2 id="snooze">Put it off</h2>${state}<details${problems.length > 0 ? html` open` : nothing}><summary>It cannot be done yet</summary>
<p>Nobody is told of it before that day.</p>${form(request, { action: `/tasks/${task.ref}/snooze`, submit: 'Put it off', look: 'quiet', fields })}</details></section>`;
}
