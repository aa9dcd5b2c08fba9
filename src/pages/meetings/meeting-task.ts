import { z } from 'zod';
import { mayDo } from '../../domain/rights.ts';
import { meetingTasks } from '../../procedure/meeting-tasks.ts';
import { taskToAnswer } from '../../procedure/my-tasks.ts';
import { answerTask } from '../../procedure/staff-answers.ts';
import { findContract } from '../../store/contracts.ts';
import { fileRefOf } from '../../store/file-view.ts';
import { inviteesOf } from '../../store/meeting-invitees.ts';
import { findMeeting } from '../../store/meetings.ts';
import type { TaskForMail } from '../../store/open-tasks.ts';
import { form, textArea } from '../form.ts';
import { neededNote } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { registerTaskForm, type TaskForm } from '../tasks/task-forms.ts';

const notedSchema = z.strictObject({ because: neededNote('what you did', 1_000) });

/** Tasks about meetings and contracts that a page of the file answers. */
const LED = [...meetingTasks, 'meeting-outcome', 'agree-contract'];
/** Those that a person does elsewhere and reports. */
const NOTED = [
  'hand-over-invitation',
  'invitation-undelivered',
  'contract-violated',
  'contract-violation-excused',
  'contract-kept',
  'contract-ends',
];

/** What answers the tasks about meetings and contracts. */
export function registerMeetingTasks(site: Site): void {
  registerTaskForm(site, LED, async (task, request) => linksOf(request, task));
  registerTaskForm(site, NOTED, notedForm);
  const find = async (request: PageRequest) => {
    const task = await taskToAnswer(request.db, site.deps.config, request, request.params.ref ?? '');
    return task !== null && NOTED.includes(task.kind) ? task : null;
  };
  site.post(
    '/tasks/:ref/noted',
    notedSchema,
    async ({ because }, request, tx): Promise<PageAnswer> => {
      const task = await find(request);
      const { procedure, person, moment } = request;
      if (task === null || procedure === null) return { kind: 'not-found' };
      const said = { ref: task.ref, by: person.name, outcome: 'done', note: because };
      const answer = await answerTask(tx, said, moment, procedure);
      if (answer.kind !== 'done') return { kind: 'not-found' };
      await request.audit(tx, {
        action: 'task-done',
        subject: task.ref,
        studentId: task.student?.id ?? null,
        detail: { kind: task.kind },
      });
      return { kind: 'redirect', to: '/tasks', notice: `Task ${task.ref} is done.` };
    },
    {
      again: async (request, problems, values): Promise<PageAnswer> => {
        const task = await find(request);
        if (task === null) return { kind: 'not-found' };
        const page: Page = {
          kind: 'page',
          title: 'Report it as done',
          within: '/tasks',
          body: html`<p><a href="/tasks/${task.ref}">Back to the task</a></p>${noted(request, task, problems, values)}`,
        };
        return { kind: 'invalid', problems, page };
      },
    },
  );
}

const notedForm: TaskForm = async (task, request) => html`${await linksOf(request, task)}
<section aria-labelledby="answer"><h2 id="answer">Report it as done</h2>${noted(request, task, [], {})}</section>`;

function noted(
  request: PageRequest,
  task: TaskForMail,
  problems: readonly FormProblem[],
  values: FormValues,
): Html {
  const value = typeof values.because === 'string' ? values.because : '';
  return form(request, {
    action: `/tasks/${task.ref}/noted`,
    submit: 'Record as done',
    fields: textArea({
      name: 'because',
      label: 'What you did',
      hint: 'Goes into the attendance file.',
      maxLength: 1_000,
      required: true,
      value,
      problems,
    }),
  });
}

/** Where the person does it. Whoever may not see the file sees no link. */
async function linksOf(request: PageRequest, task: TaskForMail): Promise<Html> {
  const { student, schoolSourcedId, detail, kind } = task;
  if (student === null || !mayDo(request.person, 'view-file', [schoolSourcedId])) return nothing;
  const file = await fileRefOf(request.db, student.id);
  if (file === null) return nothing;
  const links: [string, string][] = [];
  if (meetingTasks.includes(kind))
    links.push([
      `/files/${file}/meetings`,
      mayDo(request.person, 'waive-meeting', [schoolSourcedId])
        ? 'Schedule a meeting, or record that none is needed'
        : 'Schedule a meeting',
    ]);
  if (kind === 'agree-contract') links.push([`/files/${file}/contracts`, 'Draft the attendance contract']);
  const meetingRef = /\bE-[0-9A-Z]{4}-[0-9A-Z]{4}\b/.exec(detail ?? '')?.[0];
  const meeting = meetingRef === undefined ? null : await findMeeting(request.db, meetingRef);
  if (meeting !== null && meeting.studentId === student.id) {
    const here = `/files/${file}/meetings/${meeting.ref}`;
    if (kind === 'hand-over-invitation') {
      for (const { id, name, last } of await inviteesOf(request.db, meeting.id)) {
        if (last?.documentId != null && detail?.endsWith(`for ${name}`) === true)
          links.push([`${here}/paper/${id}`, `The sheet for ${name}`]);
      }
    }
    links.push([here, `Meeting ${meeting.ref}`]);
  }
  const contractRef = /\bC-[0-9A-Z]{4}-[0-9A-Z]{4}\b/.exec(detail ?? '')?.[0];
  const contract = contractRef === undefined ? null : await findContract(request.db, contractRef);
  if (contract !== null && contract.studentId === student.id) {
    if (kind === 'contract-kept')
      links.push([
        `/files/${file}/contracts/${contract.ref}/kept`,
        'The letter to the family, to print or to send',
      ]);
    links.push([`/files/${file}/contracts/${contract.ref}`, `Attendance contract ${contract.ref}`]);
  }
  links.push([`/files/${file}`, 'The attendance file']);
  return html`<ul>${links.map(([to, label]) => html`<li><a href="${to}">${label}</a></li>`)}</ul>`;
}
