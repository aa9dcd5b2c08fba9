import { z } from 'zod';
import { longDate } from '../../documents/dates.ts';
import { taskToAnswer } from '../../procedure/my-tasks.ts';
import { putTaskOff, type SnoozeOutcome } from '../../procedure/snooze-task.ts';
import type { TaskForMail } from '../../store/open-tasks.ts';
import { neededDate, neededNote } from '../form-fields.ts';
import { html } from '../html.ts';
import type { FormProblem, FormValues, PageAnswer, PageRequest, Site } from '../site.ts';
import { snoozeSection } from './snooze-section.ts';

const snoozeForm = z.strictObject({
  until: neededDate('a day'),
  why: neededNote('a reason', 500),
});

/** A task is put off, with a reason. */
export function registerSnoozeForm(site: Site): void {
  const { config } = site.deps;
  const find = (request: PageRequest) => taskToAnswer(request.db, config, request, request.params.ref ?? '');

  site.post(
    '/tasks/:ref/snooze',
    snoozeForm,
    async ({ until, why }, request, tx): Promise<PageAnswer> => {
      const { procedure, person, moment } = request;
      const task = await find(request);
      if (task === null || procedure === null) return { kind: 'not-found' };
      const wish = { ref: task.ref, until, by: person.name, because: why };
      const outcome = await putTaskOff(tx, config, procedure, wish, moment);
      if (outcome.kind !== 'snoozed') return again(request, task, refusal(outcome), { until, why });
      const { studentId } = outcome;
      await request.audit(tx, { action: 'task-snoozed', subject: task.ref, studentId, detail: { until } });
      return {
        kind: 'redirect',
        to: '/tasks',
        notice: `Task ${task.ref} comes back on ${longDate(until, 'en')}.`,
      };
    },
    {
      again: async (request, problems, values) => {
        const task = await find(request);
        return task === null ? { kind: 'not-found' } : again(request, task, problems, values);
      },
    },
  );

  function again(
    request: PageRequest,
    task: TaskForMail,
    problems: readonly FormProblem[],
    values: FormValues,
  ): PageAnswer {
    const body = html`${snoozeSection(site, request, task, problems, values)}<p><a href="/tasks/${task.ref}">Back to the task</a></p>`;
    return {
      kind: 'invalid',
      problems,
      page: { kind: 'page', title: 'Put a task off', within: '/tasks', body },
    };
  }
}

function refusal(outcome: Exclude<SnoozeOutcome, { kind: 'snoozed' }>): readonly FormProblem[] {
  switch (outcome.kind) {
    case 'not-open':
      return [{ field: '', text: 'This task was answered meanwhile.' }];
    case 'cannot-wait':
      return [{ field: '', text: 'This task cannot be put off: others rely on it being done now.' }];
    case 'bad-day': {
      const text =
        outcome.last === null
          ? 'It cannot be put off any more: the law leaves no time.'
          : `Please enter a day after today, at most ${longDate(outcome.last, 'en')}${outcome.byLaw ? ', the last day that the law leaves' : ''}.`;
      return [{ field: 'until', text }];
    }
  }
}
