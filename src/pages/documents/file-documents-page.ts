import { z } from 'zod';
import { type ExaminedFile, examineUpload } from '../../documents/uploads/examine.ts';
import {
  refusalInWords,
  type UploadLimits,
  type UploadRefusal,
  uploadKinds,
  uploadKindWords,
} from '../../domain/uploads.ts';
import { myTasks } from '../../procedure/my-tasks.ts';
import { actorOf } from '../../procedure/people.ts';
import { fileDocument, type TakenIn } from '../../procedure/take-in-document.ts';
import { taskInWords } from '../../procedure/task-words.ts';
import type { TaskLine } from '../../store/task-lines.ts';
import { listUploads } from '../../store/uploads.ts';
import { checkBox, form, radioField, selectField, textField } from '../form.ts';
import { neededDate, oneOf, optionalDate, optionalLine, ticked } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import { shownAgain } from '../shown-again.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { taskFormOf } from '../tasks/task-forms.ts';
import { documentList } from './documents-section.ts';
import { type FoundStudent, findStudentOfFile } from './find-student.ts';

const PATH = '/files/:file/documents';
const NO_TASK = '';
const MEGABYTE = 1024 * 1024;

const uploadSchema = z.strictObject({
  kind: oneOf(uploadKinds, 'what the document is'),
  on: neededDate('the day that the document is of'),
  note: optionalLine('the note', 500),
  task: z
    .string()
    .regex(/^(T-[0-9A-Z]{4}-[0-9A-Z]{4})?$/, { error: 'Please choose the task.' })
    .default(NO_TASK),
  onFile: ticked(),
  until: optionalDate('the last day for which it holds'),
});

type UploadForm = z.output<typeof uploadSchema>;

interface Taken {
  readonly fileName: string;
  readonly examined: ExaminedFile | UploadRefusal;
}

/** `/files/…/documents`: what was brought into a file, and the form that brings more. */
export function registerFileDocumentsPage(site: Site): void {
  const { config } = site.deps;
  site.get(PATH, async (request): Promise<PageAnswer> => {
    const found = await findStudentOfFile(request, 'view-file');
    if (found.kind !== 'found') return found;
    await request.viewed({
      action: 'list-viewed',
      studentId: found.student.id,
      detail: { list: 'documents' },
    });
    return pageOf(site, request, found);
  });
  const again = shownAgain(
    (request) => findStudentOfFile(request, 'add-document'),
    (request, found, problems, values) => pageOf(site, request, found, problems, values),
  );
  site.upload<typeof uploadSchema, Taken>(
    PATH,
    uploadSchema,
    {
      field: 'file',
      maxBytes: config.documents.maxMegabytes * MEGABYTE,
      async allow(sent, request) {
        const found = await findStudentOfFile(request, 'add-document');
        if (found.kind !== 'found') return found;
        const problem = problemOf(sent, request);
        return problem === null ? null : again(request, [problem], valuesOf(sent));
      },
      async take({ stream, fileName }, _sent, request) {
        return { fileName, examined: await examineUpload(stream, config.documents, request.moment.now) };
      },
      async handle({ fileName, examined }, sent, request, tx) {
        const found = await findStudentOfFile(request, 'add-document');
        if (found.kind !== 'found') return found;
        const { student, procedure } = found;
        const mine = await tasksFor(site, request, student.id);
        if (sent.task !== NO_TASK && !mine.some(({ ref }) => ref === sent.task))
          return again(request, [refusalAt({ kind: 'bad-task' }, config.documents)], valuesOf(sent));
        const about = {
          studentId: student.id,
          kind: sent.kind,
          on: sent.on,
          fileName,
          note: sent.note,
          task: sent.task === NO_TASK ? null : sent.task,
          medical: sent.onFile ? { until: sent.until } : null,
        };
        const by = { actor: actorOf(request.person), from: request.from };
        const taken =
          examined.kind === 'refused'
            ? examined
            : await fileDocument(tx, procedure, examined, about, by, request.moment);
        const to = `/files/${student.ref}/documents`;
        if (taken.kind === 'added')
          return { kind: 'redirect', to, notice: `Document ${taken.ref} is in the file.` };
        if (taken.kind === 'there-before')
          return { kind: 'redirect', to, notice: `The same document is in the file already: ${taken.ref}.` };
        return again(request, [refusalAt(taken, config.documents)], valuesOf(sent));
      },
    },
    { again },
  );
}

/** What can be seen before the file is read. */
function problemOf({ kind, on, onFile, until }: UploadForm, { moment }: PageRequest): FormProblem | null {
  if (on > moment.today) return { field: 'on', text: 'The day of the document has to be today or before.' };
  if (onFile && kind !== 'medical-note')
    return { field: 'onFile', text: 'Only a medical note can be what the family was asked for.' };
  if (until !== null && !onFile)
    return { field: 'until', text: 'A last day goes with a medical note that was asked for.' };
  return null;
}

function refusalAt(
  taken: Exclude<TakenIn, { kind: 'added' | 'there-before' }>,
  limits: UploadLimits,
): FormProblem {
  switch (taken.kind) {
    case 'refused':
      return {
        field: 'file',
        text:
          taken.reason === 'empty'
            ? 'Please choose a file that is not empty.'
            : refusalInWords(taken, limits),
      };
    case 'bad-date':
      return { field: 'on', text: 'The day of the document has to be within the last two years.' };
    case 'bad-task':
      return { field: 'task', text: 'This task takes another answer, or somebody else has answered it.' };
    case 'medical-without-note':
      return { field: 'onFile', text: 'Only a medical note can be what the family was asked for.' };
    case 'unknown-student':
      return { field: '', text: 'The student is not in the records any more.' };
  }
}

function valuesOf({ kind, on, note, task, onFile, until }: UploadForm): FormValues {
  return { kind, on, note: note ?? '', task, ...(onFile && { onFile: 'yes' }), until: until ?? '' };
}

async function pageOf(
  site: Site,
  request: PageRequest,
  { student, procedure }: FoundStudent,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Promise<Page> {
  const of = { studentId: student.id, schoolYear: procedure.schoolYear.id };
  const uploads = await listUploads(request.db, of, { removed: true });
  const add = student.mayAdd
    ? html`<section aria-labelledby="add"><h2 id="add">Add a document</h2>${await uploadForm(site, request, student, problems, values)}</section>`
    : nothing;
  return {
    kind: 'page',
    title: `Documents of ${student.name}`,
    within: '/files',
    body: html`<p><a href="/files/${student.ref}">Back to the file</a></p>
${documentList(uploads)}
${add}`,
  };
}

async function uploadForm(
  site: Site,
  request: PageRequest,
  student: { readonly id: number; readonly ref: string },
  problems: readonly FormProblem[],
  values: FormValues,
): Promise<Html> {
  const text = (name: string) => {
    const value = values[name];
    return typeof value === 'string' ? value : '';
  };
  const tasks = await tasksFor(site, request, student.id);
  const { maxMegabytes, maxPages } = site.deps.config.documents;
  const task =
    tasks.length === 0
      ? nothing
      : selectField({
          name: 'task',
          label: 'Task that it answers (optional)',
          value: text('task'),
          problems,
          choices: [
            { value: NO_TASK, label: 'None' },
            ...tasks.map(({ ref, kind }) => ({
              value: ref,
              label: `${taskInWords({ kind, detail: null, gaps: [] }).title} (${ref})`,
            })),
          ],
        });
  return form(request, {
    action: `/files/${student.ref}/documents`,
    submit: 'Add the document',
    multipart: true,
    fields: html`${radioField({
      name: 'kind',
      label: 'What it is',
      value: text('kind'),
      problems,
      choices: uploadKinds.map((kind) => ({ value: kind, label: uploadKindWords[kind], ...hints[kind] })),
    })}${textField({
      name: 'on',
      label: 'Day that it is of',
      type: 'date',
      max: request.moment.today,
      value: text('on') || request.moment.today,
      required: true,
      problems,
    })}${checkBox({
      name: 'onFile',
      label: 'It is the medical note that the family was asked for',
      checked: text('onFile') === 'yes',
      problems,
    })}${textField({
      name: 'until',
      label: 'Last day for which that note holds (optional)',
      type: 'date',
      value: text('until'),
      problems,
    })}${task}${textField({
      name: 'note',
      label: 'Note (optional)',
      hint: 'Goes into the attendance file, which the family and the truancy officer may read.',
      maxLength: 500,
      value: text('note'),
      problems,
    })}${fileField(`PDF, JPEG or PNG, at most ${maxMegabytes} MB and ${maxPages} pages.`, problems)}`,
  });
}

/** The person's own tasks about a student that a document may answer: those that have no answer of their own. */
async function tasksFor(site: Site, request: PageRequest, studentId: number): Promise<TaskLine[]> {
  const tasks = await myTasks(request.db, site.deps.config, request);
  return tasks.filter(
    ({ kind, student }) => student?.id === studentId && taskFormOf(site, kind) === null && kind !== AGREE,
  );
}

/** What was agreed has to be recorded with its terms: the scan alone would leave nobody to watch it. */
const AGREE = 'agree-contract';

const hints: Readonly<Record<string, { hint: string }>> = {
  'attendance-contract': { hint: 'The scan with the signatures.' },
};

/** It comes last in the form: what stands before it is checked while it is still on its way. */
function fileField(hint: string, problems: readonly FormProblem[]): Html {
  const problem = problems.find(({ field }) => field === 'file')?.text ?? null;
  const line = problem === null ? nothing : html`<p class="problem" id="field-file-problem">${problem}</p>`;
  return html`<div class="field${problem === null ? '' : ' wrong'}"><label for="field-file">File</label>
<p class="hint" id="field-file-hint">${hint}</p>${line}<input type="file" name="file" id="field-file" accept=".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png" required aria-describedby="field-file-hint${problem === null ? '' : ' field-file-problem'}"${problem === null ? nothing : html` aria-invalid="true"`}></div>`;
}
