import { spelled } from '../../domain/words.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import { taskInWords } from '../../procedure/task-words.ts';
import { type FileView, readEvaluation, type ViewedTask } from '../../store/file-view.ts';
import { type Html, html, nothing } from '../html.ts';
import type { Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { createDrawnShelf, type Drawn, type DrawnShelf } from './drawn.ts';
import { fileSectionsOf } from './file-sections.ts';
import { findFile, mayAbout, nameOf } from './find-file.ts';
import { guardiansSection, holdsSection, lettersSection } from './sections.ts';
import { timelineOf } from './timeline.ts';
import { noPicture } from './year-picture.ts';

/** `/files/<ref>`: one student’s file of the school year. */
export function registerFilePage(site: Site): void {
  const shelf = createDrawnShelf((id) => readEvaluation(site.deps.db, id));
  site.get('/files/:file', async (request): Promise<PageAnswer> => {
    const found = await findFile(request);
    if (found.kind !== 'found') return found;
    // The page is put together while the look is being recorded.
    const [, page] = await Promise.all([
      request.viewed({ action: 'file-viewed', studentId: found.file.id }),
      filePage(site, request, found, shelf),
    ]);
    return page;
  });
}

async function filePage(
  site: Site,
  request: PageRequest,
  { file, procedure }: { file: FileView; procedure: Procedure },
  shelf: DrawnShelf,
): Promise<Page> {
  const drawn = await shelf.take(file, procedure);
  const others = fileSectionsOf(site).map((section) => section(file, request));
  return {
    kind: 'page',
    title: nameOf(file),
    within: '/files',
    body: html`${warningsOf(file, request)}${factsOf(file, drawn)}
${actionsOf(file, request)}
<section aria-labelledby="stands"><h2 id="stands">Where it stands</h2><p>${drawn?.stands ?? 'Nothing was decided yet.'}</p>
<p><a href="/files/${file.ref}/explanation">Every step, with the reasons, and who may be written to</a></p></section>
${tasksSection(file)}<section aria-labelledby="year"><h2 id="year">Days missed</h2>${drawn?.picture ?? noPicture}</section>
<section aria-labelledby="timeline"><h2 id="timeline">What was filed</h2>${timelineOf(file, procedure)}</section>
${lettersSection(file, procedure)}${guardiansSection(file, site.deps.letterbox.templates)}${holdsSection(file, request)}${others}`,
  };
}

function warningsOf(file: FileView, { moment }: PageRequest): Html {
  const absolute = file.holds.some(({ scope, endedAt }) => scope === 'absolute' && endedAt === null);
  const lines = [
    ...(absolute
      ? ['Nothing may be sent or asked about this student. Only a person who may place holds ends that.']
      : []),
    ...(file.active ? [] : ['The SIS no longer has this student as active.']),
    ...file.holds
      .filter(
        ({ scope, endedAt, begins, ends }) =>
          scope !== 'absolute' &&
          endedAt === null &&
          begins <= moment.today &&
          (ends === null || ends >= moment.today),
      )
      .map(
        ({ ref, ends }) =>
          `Hold ${ref} is in force${ends === null ? '' : ` until ${spelled(ends)}`}: see below.`,
      ),
  ];
  return html`${lines.map((line) => html`<p class="warning">${line}</p>`)}`;
}

function factsOf(file: FileView, drawn: Drawn | null): Html {
  const { ladder } = file;
  const facts: [string, string][] = [
    ['School', file.school?.name ?? 'not enrolled'],
    ...(file.grade === null ? [] : [['Grade', file.grade] as [string, string]]),
    ...(file.number === null ? [] : [['Student number', file.number] as [string, string]]),
    [
      'Days missed',
      ladder === null || drawn === null
        ? 'none counted'
        : `${ladder.total}, excused and unexcused, as of ${spelled(drawn.asOf)}`,
    ],
    ['Attendance file', file.openedOn === null ? 'not open' : `open since ${spelled(file.openedOn)}`],
    ...(file.medical === null
      ? []
      : [['Medical notes', medicalWords[file.medical.status] ?? file.medical.status] as [string, string]]),
  ];
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

const medicalWords: Readonly<Record<string, string>> = {
  asked: 'asked for',
  'on-file': 'on file',
  'not-given': 'not given',
  ended: 'not asked for any more',
};

function actionsOf(file: FileView, request: PageRequest): Html {
  const links = [
    ...(mayAbout(request, 'log-contact', file)
      ? [html`<a class="button" href="/files/${file.ref}/contacts">Log a contact</a>`]
      : []),
    ...(mayAbout(request, 'manage-hold', file)
      ? [html`<a class="button quiet" href="/files/${file.ref}/holds">Place a hold</a>`]
      : []),
  ];
  return links.length === 0 ? nothing : html`<p class="actions">${links}</p>`;
}

function tasksSection({ tasks }: FileView): Html {
  const open = tasks.filter(({ state }) => state === 'open');
  if (open.length === 0) return nothing;
  return html`<section aria-labelledby="open-tasks"><h2 id="open-tasks">Open tasks</h2><ul>${open.map(taskLine)}</ul></section>
`;
}

function taskLine({ ref, kind, role, dueOn }: ViewedTask): Html {
  const { title } = taskInWords({ kind, detail: null, gaps: [] });
  return html`<li><a href="/tasks/${ref}">${title}</a>, due ${spelled(dueOn)}, ${role.replaceAll('-', ' ')}</li>`;
}
