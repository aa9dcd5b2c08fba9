import { meetingStateWords, whenInWords } from '../../domain/meeting-words.ts';
import { spelled } from '../../domain/words.ts';
import type { FileSection } from '../files/file-sections.ts';
import { mayAbout } from '../files/find-file.ts';
import { html, nothing } from '../html.ts';
import { stepTitle } from '../office/office-words.ts';

/** The meetings of a student's page. */
export const meetingSection: FileSection = (file, request) => {
  const { meetings, notNeeded } = file;
  const mayManage = mayAbout(request, 'manage-meeting', file);
  if (meetings.length === 0 && notNeeded.length === 0 && !mayManage) return nothing;
  const items = [
    ...meetings.map(
      (one) =>
        html`<li><a href="/files/${file.ref}/meetings/${one.ref}">${one.ref}</a>, ${whenInWords(one)}: ${meetingStateWords[one.state]}${one.outcomeNote === null ? '' : `. ${one.outcomeNote}`}</li>`,
    ),
    ...notNeeded.map(
      ({ on, by, step, because }) =>
        html`<li>${spelled(on)}: no meeting needed (${stepTitle(request.procedure, step)}), decided by ${by}: ${because}</li>`,
    ),
  ];
  return html`<section aria-labelledby="meetings"><h2 id="meetings">Meetings</h2>${
    items.length === 0 ? html`<p>There was none.</p>` : html`<ul>${items}</ul>`
  }${mayManage ? html`<p><a href="/files/${file.ref}/meetings">Schedule a meeting${mayAbout(request, 'waive-meeting', file) ? ', or record that none is needed' : ''}</a></p>` : nothing}</section>
`;
};
