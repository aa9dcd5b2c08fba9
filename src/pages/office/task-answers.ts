import { z } from 'zod';
import { answerTask } from '../../procedure/staff-answers.ts';
import type { TaskForMail } from '../../store/open-tasks.ts';
import { listPrintRuns } from '../../store/print-run-list.ts';
import { form, radioField, textArea } from '../form.ts';
import { neededLine, optionalNote } from '../form-fields.ts';
import { type Html, html } from '../html.ts';
import type { FormProblem, FormValues, PageRequest, Site } from '../site.ts';
import { registerTaskForm } from '../tasks/task-forms.ts';
import { typed } from './office-words.ts';
import { type NotTaken, registerTaskAnswerForm } from './task-answer-form.ts';

/** Tasks that end in one of a few ways, in the words of the person who answers. */
const OUTCOMES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'pull-letter': [
    ['pulled', 'It is taken out, and is not posted'],
    ['already-posted', 'It is in the post already'],
  ],
  'fix-postal-address': [
    ['corrected', 'The address is corrected in the SIS'],
    ['address-right', 'The address was right'],
  ],
  'letter-due': [
    ['sent', 'The school has sent its letter'],
    ['not-sent', 'No letter is sent'],
  ],
  'referral-due': [
    ['sent', 'The school has sent the file to the truancy officer'],
    ['not-sent', 'No file is sent'],
  ],
  'letter-held': [['sent', 'The school has sent it by hand']],
};

const outcomeForm = z.strictObject({
  outcome: neededLine('how it ended', 40),
  note: optionalNote('the note', 2_000),
});

/** How tasks about letters are answered: here in a few words, or on the page that they are about. */
export function registerTaskAnswers(site: Site): void {
  registerTaskForm(site, ['print-letters', 'letters-not-posted'], toPrintRun);
  registerTaskForm(site, ['approve-batch'], toBatch);
  registerTaskForm(site, ['approval'], toApprovals);
  registerTaskForm(site, ['resolve-letter'], toLetter);
  registerTaskForm(site, ['kill-switch', 'sending-stopped'], toBrakes);
  registerTaskForm(site, Object.keys(OUTCOMES), outcomesOf);

  registerTaskAnswerForm(site, {
    path: '/tasks/:ref/outcome',
    schema: outcomeForm,
    title: 'Report it as done',
    section: outcomeSection,
    take: async ({ outcome, note }, { task, procedure }, request, tx) => {
      const refused = (field: string, text: string): NotTaken => ({
        kind: 'not-taken',
        problems: [{ field, text }],
        values: {},
      });
      const known = OUTCOMES[task.kind]?.some(([value]) => value === outcome) ?? false;
      if (!known) return refused('outcome', 'Please choose how it ended.');
      const { ref, kind, student } = task;
      const said = { ref, by: request.person.name, outcome, note };
      const answer = await answerTask(tx, said, request.moment, procedure);
      if (answer.kind !== 'done') return refused('', 'This task was answered meanwhile.');
      const detail = { kind, outcome };
      await request.audit(tx, { action: 'task-done', subject: ref, studentId: student?.id ?? null, detail });
      return { kind: 'redirect', to: '/tasks', notice: `Task ${ref} is done.` };
    },
  });
}

async function toPrintRun({ printRunId }: TaskForMail, { db }: PageRequest): Promise<Html> {
  const run = (await listPrintRuns(db)).find(({ id }) => id === printRunId);
  return run === undefined
    ? button('/prints', 'Go to the print runs')
    : button(`/prints/${run.ref}`, `Go to print run ${run.ref}`);
}

async function outcomesOf(task: TaskForMail, request: PageRequest): Promise<Html> {
  return outcomeSection(request, task);
}

async function toBatch({ ref }: TaskForMail): Promise<Html> {
  return button(`/batches/${ref}`, 'Look at the letters and answer');
}

async function toApprovals(): Promise<Html> {
  return button('/batches', 'Go to what waits for a yes');
}

async function toLetter({ detail }: TaskForMail): Promise<Html> {
  const ref = /^L-[2-9A-Z]{4}-[2-9A-Z]{4}\b/.exec(detail ?? '')?.[0];
  return ref === undefined
    ? button('/letters', 'Go to the letters')
    : button(`/letters/${ref}`, `Go to letter ${ref}`);
}

async function toBrakes(): Promise<Html> {
  return button('/brakes', 'What keeps letters back');
}

function button(path: string, label: string): Html {
  return html`<p class="actions"><a class="button" href="${path}">${label}</a></p>`;
}

function outcomeSection(
  request: PageRequest,
  task: TaskForMail,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Html {
  const choices = (OUTCOMES[task.kind] ?? []).map(([value, label]) => ({ value, label }));
  const fields = html`${radioField({ name: 'outcome', label: 'How it ended', choices, value: typed(values, 'outcome'), problems })}
${textArea({ name: 'note', label: 'Note', hint: 'Goes into the attendance file. May be left out.', maxLength: 2_000, rows: 3, value: typed(values, 'note'), problems })}`;
  return html`<section aria-labelledby="answer"><h2 id="answer">Report it as done</h2>${form(request, { action: `/tasks/${task.ref}/outcome`, submit: 'Record as done', fields })}</section>`;
}
