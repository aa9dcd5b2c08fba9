import { termsInWords } from '../../domain/contract-words.ts';
import type { FileSection } from '../files/file-sections.ts';
import { mayAbout } from '../files/find-file.ts';
import { html, nothing } from '../html.ts';
import { stateInWords } from './contract-view.ts';

/** The attendance contracts of a student's page. */
export const contractSection: FileSection = (file, request) => {
  const { contracts } = file;
  const mayDraft = mayAbout(request, 'draft-contract', file);
  if (contracts.length === 0 && !mayDraft) return nothing;
  const items = contracts.map(
    (one) =>
      html`<li><a href="/files/${file.ref}/contracts/${one.ref}">${one.ref}</a>, ${stateInWords(one)}: ${termsInWords(one)}</li>`,
  );
  return html`<section aria-labelledby="contracts"><h2 id="contracts">Attendance contracts</h2>${
    items.length === 0 ? html`<p>There is none.</p>` : html`<ul>${items}</ul>`
  }${mayDraft ? html`<p><a href="/files/${file.ref}/contracts">Draft an attendance contract</a></p>` : nothing}</section>
`;
};
