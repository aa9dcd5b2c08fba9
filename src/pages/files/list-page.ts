import { z } from 'zod';
import type { Config } from '../../config/config-types.ts';
import { schoolsWith } from '../../domain/rights.ts';
import { whom } from '../../domain/whom.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import {
  countFiles,
  FILE_STATES,
  type FileCounts,
  type FileFilter,
  type FileListPage,
  type FileState,
  gradesAt,
  type ListedFile,
  listFiles,
} from '../../store/file-list.ts';
import { form, selectField, textField } from '../form.ts';
import { neededLine } from '../form-fields.ts';
import { type Html, html, inOnePiece, nothing } from '../html.ts';
import type { Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { flagsOf, standingOf, stateWords } from './list-words.ts';
import { type Remembered, remember } from './remember.ts';

const PAGE_SIZE = 25;
const REFERENCE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * How old what a list shows may be where somebody else has changed something: what is sent from here is seen at once, and
 * a file itself is always as it is.
 */
const LIST_MS = 2_000;
const COUNTS_MS = 10_000;
const GRADES_MS = 60_000;

interface Lists {
  readonly site: Site;
  readonly lists: Remembered<FileListPage>;
  readonly tallies: Remembered<FileCounts>;
  readonly gradeLists: Remembered<string[]>;
}

/** What is looked for stands in no address: it is somebody's name. */
const searchSchema = z.strictObject({ words: neededLine('a name or a student number', 100) });

/** `/files`: the attendance files of the person's schools. */
export function registerListPage(site: Site): void {
  const parts: Lists = {
    site,
    lists: remember(LIST_MS),
    tallies: remember(COUNTS_MS),
    gradeLists: remember(GRADES_MS),
  };
  site.afterForm(() => {
    parts.lists.forget();
    parts.tallies.forget();
  });
  site.get('/files', async (request): Promise<PageAnswer> => {
    const filter = filterIn(request);
    if (filter === null) return { kind: 'forbidden' };
    return listPage(parts, request, filter, request.query.after ?? null);
  });
  site.ask('/files', searchSchema, async ({ words }, request): Promise<PageAnswer> => {
    const filter = filterIn(request);
    if (filter === null) return { kind: 'forbidden' };
    return foundPage(site, request, { ...filter, state: 'everyone', words });
  });
}

/** @returns null: the person sees no files */
function filterIn({ person, query }: PageRequest): FileFilter | null {
  const mine = schoolsWith(person, 'view-file');
  if (mine !== 'all' && mine.length === 0) return null;
  const asked = query.school ?? '';
  const isMine = asked !== '' && (mine === 'all' || mine.includes(asked));
  return {
    schools: isMine ? [asked] : mine,
    state: FILE_STATES.find((state) => state === query.state) ?? 'files',
    step: given(query.step),
    grade: given(query.grade),
    openTask: query.task === 'open',
    words: null,
  };
}

function given(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value.slice(0, 60);
}

async function listPage(
  { site, lists, tallies, gradeLists }: Lists,
  request: PageRequest,
  filter: FileFilter,
  after: string | null,
): Promise<Page> {
  const { procedure, moment } = request;
  if (procedure === null) return nothingRead;
  // Whoever comes later gets the same list: it is no request's own.
  const { db } = site.deps;
  const at = { schoolYear: procedure.schoolYear.id, today: moment.today };
  const page = { after: after !== null && REFERENCE.test(after) ? after : null, size: PAGE_SIZE };
  const here = `${at.schoolYear} ${at.today} ${JSON.stringify(filter.schools)}`;
  const listing = lists.of(`${here} ${JSON.stringify([filter, page])}`, () =>
    listFiles(db, filter, at, page),
  );
  const viewed = listing.then((listed) => noteListed(request, listed, false));
  const [, listed, counts, grades] = await Promise.all([
    viewed,
    listing,
    tallies.of(here, () => countFiles(db, filter.schools, at)),
    gradeLists.of(here, () => gradesAt(db, filter.schools, at.schoolYear)),
  ]);
  return {
    kind: 'page',
    title: 'Files',
    within: '/files',
    body: html`${searchForm(request, filter)}
${statesOf(request, filter, counts)}${narrowAsBefore(site, request, filter, procedure, grades)}
${tableAsBefore(site, listed, filter, procedure)}${nextOf(request, filter, listed)}`,
  };
}

async function foundPage(site: Site, request: PageRequest, filter: FileFilter): Promise<Page> {
  const { db, procedure, moment } = request;
  if (procedure === null) return nothingRead;
  const at = { schoolYear: procedure.schoolYear.id, today: moment.today };
  const found = await listFiles(db, filter, at, { after: null, size: PAGE_SIZE });
  await noteListed(request, found, true);
  return {
    kind: 'page',
    title: 'Files found',
    within: '/files',
    body: html`${searchForm(request, filter)}
<p><a href="/files">All attendance files</a></p>
${tableOf(found, filter, procedure, seesSchools(site, filter))}${nextOf(request, filter, found)}`,
  };
}

const nothingRead: Page = {
  kind: 'page',
  title: 'Files',
  within: '/files',
  body: html`<p>Nothing has been read from the SIS yet.</p>`,
};

function noteListed({ viewed }: PageRequest, { files }: FileListPage, search: boolean): Promise<void> {
  const detail = { search, ...whom(files.map(({ studentId }) => studentId)) };
  return viewed({ action: 'files-listed', detail });
}

function searchForm(request: PageRequest, { words }: FileFilter): Html {
  return html`<div class="search" role="search">${form(request, {
    action: '/files',
    submit: 'Find',
    fields: textField({
      name: 'words',
      label: 'Find a student',
      hint: 'The beginning of names or of the student number.',
      type: 'search',
      maxLength: 100,
      required: true,
      value: words ?? '',
    }),
  })}</div>`;
}

function statesOf({ query }: PageRequest, filter: FileFilter, counts: FileCounts): Html {
  const items = FILE_STATES.map((state) => {
    const count = state === 'everyone' ? '' : ` (${counts[state]})`;
    const isHere = state === filter.state && !filter.openTask;
    return html`<li><a href="${addressOf(query, { state, task: '', after: '' })}"${isHere ? html` class="pill here" aria-current="true"` : html` class="pill"`}>${stateWords[state]}${count}</a></li>`;
  });
  const open = html`<li><a href="${addressOf(query, { state: 'files', task: 'open', after: '' })}"${filter.openTask ? html` class="pill here" aria-current="true"` : html` class="pill"`}>With an open task (${counts.openTask})</a></li>`;
  return html`<nav class="states" aria-label="Which files"><ul class="pills">${items}${open}</ul></nav>`;
}

/** A district has a hundred schools to choose from. */
const narrowForms = new WeakMap<Procedure, Map<string, Html>>();
const MOST_FORMS = 300;

function narrowAsBefore(
  { deps }: Site,
  { person, query }: PageRequest,
  filter: FileFilter,
  procedure: Procedure,
  grades: readonly string[],
): Html {
  const mine = schoolsWith(person, 'view-file');
  const { state, step, grade, openTask } = filter;
  const key = JSON.stringify([
    mine,
    given(query.school),
    query.school === undefined,
    state,
    step,
    grade,
    openTask,
    grades,
  ]);
  let forms = narrowForms.get(procedure);
  if (forms === undefined || forms.size >= MOST_FORMS) {
    forms = new Map();
    narrowForms.set(procedure, forms);
  }
  let form = forms.get(key);
  if (form === undefined) {
    const schools = deps.config.schools.filter(({ id }) => mine === 'all' || mine.includes(id));
    form = inOnePiece(narrowForm(schools, query, filter, procedure, grades));
    forms.set(key, form);
  }
  return form;
}

function narrowForm(
  schools: Config['schools'],
  query: PageRequest['query'],
  filter: FileFilter,
  { policy }: Procedure,
  grades: readonly string[],
): Html {
  const all = { value: '', label: 'All' };
  return html`<details class="narrow"${filter.step === null && filter.grade === null && query.school === undefined ? nothing : html` open`}><summary>Narrow the list</summary><form method="get" action="/files">
<input type="hidden" name="state" value="${filter.state}">${filter.openTask ? html`<input type="hidden" name="task" value="open">` : nothing}
${
  schools.length > 1
    ? selectField({
        name: 'school',
        label: 'School',
        value: query.school,
        choices: [all, ...schools.map(({ id, name }) => ({ value: id, label: name ?? id }))],
      })
    : nothing
}${selectField({
  name: 'step',
  label: 'Step',
  value: filter.step ?? '',
  choices: [all, ...policy.steps.map(({ id, title }) => ({ value: id, label: title }))],
})}${selectField({
  name: 'grade',
  label: 'Grade',
  value: filter.grade ?? '',
  choices: [all, ...grades.map((grade) => ({ value: grade, label: grade }))],
})}<p class="actions"><button type="submit" class="quiet">Narrow</button></p></form></details>`;
}

/** A list that is remembered is drawn once. */
const tables = new WeakMap<FileListPage, { readonly procedure: Procedure; readonly table: Html }>();

function tableAsBefore(site: Site, listed: FileListPage, filter: FileFilter, procedure: Procedure): Html {
  const before = tables.get(listed);
  if (before?.procedure === procedure) return before.table;
  const table = inOnePiece(tableOf(listed, filter, procedure, seesSchools(site, filter)));
  tables.set(listed, { procedure, table });
  return table;
}

function tableOf(
  { files }: FileListPage,
  filter: FileFilter,
  { policy }: Procedure,
  manySchools: boolean,
): Html {
  if (files.length === 0)
    return html`<p>${filter.words === null ? 'No file is like that.' : 'Nobody is found. Try fewer letters.'}</p>`;
  return html`<table class="files"><caption>${filter.words === null ? stateWords[filter.state] : 'Students found'}, by name</caption><thead><tr><th scope="col">Name</th><th scope="col">Grade</th>${
    manySchools ? html`<th scope="col">School</th>` : nothing
  }<th scope="col">Days</th><th scope="col">Where it stands</th><th scope="col">Open</th></tr></thead><tbody>${files.map((file) => rowOf(file, manySchools, policy.steps))}</tbody></table>`;
}

function rowOf(
  file: ListedFile,
  manySchools: boolean,
  steps: readonly { readonly id: string; readonly title: string }[],
): Html {
  const school = manySchools ? html`<td data-label="School">${file.school}</td>` : nothing;
  return html`<tr><th scope="row"><a href="/files/${file.ref}">${file.familyName}, ${file.givenName}</a></th><td data-label="Grade">${file.grade ?? ''}</td>${school}<td data-label="Days">${file.total}</td><td data-label="Stands">${standingOf(file, steps)}</td><td data-label="Open">${flagsOf(file).join(', ')}</td></tr>`;
}

function nextOf({ query }: PageRequest, { words }: FileFilter, { next }: FileListPage): Html {
  if (next === null) return nothing;
  if (words !== null)
    return html`<p>There are more than these: write more of the name, or the student number.</p>`;
  return html`<p class="actions"><a class="button quiet" href="${addressOf(query, { after: next })}">Next page</a></p>`;
}

/** Whether the school of a student has to be said. */
function seesSchools({ deps }: Site, { schools }: FileFilter): boolean {
  return schools === 'all' ? deps.config.schools.length > 1 : schools.length > 1;
}

/** The same list with something changed. */
function addressOf(
  query: PageRequest['query'],
  change: Partial<Record<'state' | 'task' | 'after', string | FileState>>,
): string {
  const fields: string[] = [];
  for (const name of ['school', 'state', 'step', 'grade', 'task', 'after'] as const) {
    const value = name in change ? change[name as keyof typeof change] : query[name];
    if (value !== undefined && value !== '')
      fields.push(`${name}=${encodeURIComponent(value.slice(0, 60).toWellFormed())}`);
  }
  return fields.length === 0 ? '/files' : `/files?${fields.join('&')}`;
}
