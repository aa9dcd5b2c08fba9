import { z } from 'zod';
import { longDate } from '../../documents/dates.ts';
import { putTaskOff, type SnoozeOutcome } from '../../procedure/snooze-task.ts';
import { neededDate, neededNote } from '../form-fields.ts';
import { html } from '../html.ts';
import type { FormProblem, Site } from '../site.ts';
import { snoozeSection } from './snooze-section.ts';
import { registerTaskAnswerForm } from './task-answer-form.ts';

const snoozeForm = z.strictObject({
  until: neededDate('a day'),
  why: neededNote('a reason', 500),
});

/** A task is put off, with a reason. */
export function registerSnoozeForm(site: Site): void {
  const { config } = site.deps;
  registerTaskAnswerForm(site, {
    path: '/tasks/:ref/snooze',
    schema: snoozeForm,
    title: 'Put a task off',
    section: (request, task, problems, values) =>
      html`${snoozeSection(site, request, task, problems, values)}<p><a href="/tasks/${task.ref}">Back to the task</a></p>`,
    take: async ({ until, why }, { task, procedure }, request, tx) => {
      const wish = { ref: task.ref, until, by: request.person.name, because: why };
      const outcome = await putTaskOff(tx, config, procedure, wish, request.moment);
      if (outcome.kind !== 'snoozed')
        return { kind: 'not-taken', problems: refusal(outcome), values: { until, why } };
      const { studentId } = outcome;
      await request.audit(tx, { action: 'task-snoozed', subject: task.ref, studentId, detail: { until } });
      const notice = `Task ${task.ref} comes back on ${longDate(until, 'en')}.`;
      return { kind: 'redirect', to: '/tasks', notice };
    },
  });
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
