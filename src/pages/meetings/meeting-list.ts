import { meetingStateWords, whenInWords } from '../../domain/meeting-words.ts';
import { mayAnywhere, schoolsWith } from '../../domain/rights.ts';
import { whom } from '../../domain/whom.ts';
import { fileRefOf } from '../../store/file-view.ts';
import { type ListedMeeting, listAllMeetings } from '../../store/meetings.ts';
import { type Html, html, nothing } from '../html.ts';
import type { PageAnswer, Site } from '../site.ts';

/** `/meetings`: the meetings of one's schools, those to come first. */
export function registerMeetingList(site: Site): void {
  site.navigation({
    path: '/meetings',
    label: 'Meetings',
    shows: (person) => mayAnywhere(person, 'manage-meeting'),
  });
  site.get('/meetings', async ({ person, procedure, moment, viewed }): Promise<PageAnswer> => {
    if (!mayAnywhere(person, 'manage-meeting')) return { kind: 'not-found' };
    const schools = schoolsWith(person, 'view-file');
    const meetings =
      procedure === null
        ? []
        : await listAllMeetings(site.deps.db, {
            schoolYear: procedure.schoolYear.id,
            schools: schools === 'all' ? null : schools,
            state: null,
          });
    const open = meetings.filter(({ state }) => state === 'scheduled');
    const toCome = open.filter(({ on }) => on >= moment.today);
    const unsaid = open.filter(({ on }) => on < moment.today);
    const over = meetings.filter(({ state }) => state !== 'scheduled').reverse();
    const shown = [...open, ...over.slice(0, 200)];
    const detail = { meetings: shown.length, ...whom(shown.map(({ studentId }) => studentId)) };
    await viewed({ action: 'list-viewed', subject: 'meetings', detail });
    const refs = new Map<number, string>();
    for (const { studentId } of shown) {
      if (!refs.has(studentId)) refs.set(studentId, (await fileRefOf(site.deps.db, studentId)) ?? '');
    }
    return {
      kind: 'page',
      title: 'Meetings',
      within: '/meetings',
      body: html`${unsaid.length === 0 ? nothing : tableOf('unsaid', 'What came of these is not recorded', unsaid, refs)}
${tableOf('to-come', 'To come', toCome, refs)}
${over.length === 0 ? nothing : tableOf('over', 'Over', over.slice(0, 200), refs)}`,
    };
  });
}

function tableOf(
  id: string,
  title: string,
  meetings: readonly ListedMeeting[],
  refs: ReadonlyMap<number, string>,
): Html {
  if (meetings.length === 0)
    return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2><p>None.</p></section>`;
  const items = meetings.map(
    (one) =>
      html`<li><a href="/files/${refs.get(one.studentId)}/meetings/${one.ref}">${whenInWords(one)}</a>, ${one.name}, ${one.school}, ${one.place}: ${meetingStateWords[one.state]}</li>`,
  );
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2><ul>${items}</ul></section>`;
}
