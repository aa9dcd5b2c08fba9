import { longDate } from '../../documents/dates.ts';
import { counted } from '../../domain/plain-words.ts';
import { uploadKindWords } from '../../domain/uploads.ts';
import type { FiledDocument } from '../../store/file-parts.ts';
import type { FileSection } from '../files/file-sections.ts';
import { type Html, html, nothing } from '../html.ts';

/** What was brought into a student's file this school year: the part of the file's page that shows it. */
export const documentsSection: FileSection = ({
  ref,
  documents,
}) => html`<section aria-labelledby="documents"><h2 id="documents">Documents</h2>
${documentList(documents)}
<p><a href="/files/${ref}/documents">Add a document, or see what was taken out</a></p></section>
`;

export function documentList(uploads: readonly FiledDocument[]): Html {
  if (uploads.length === 0) return html`<p>No document was brought into this file.</p>`;
  return html`<ul>${uploads.map((upload) => html`<li><a href="/documents/${upload.ref}">${titleOf(upload)}</a>. ${whence(upload)}${removedWords(upload)}</li>`)}</ul>`;
}

/** What it is, and of which day. */
export function titleOf({ kind, onDate }: Pick<FiledDocument, 'kind' | 'onDate'>): string {
  return `${uploadKindWords[kind]} of ${longDate(onDate, 'en')}`;
}

function whence({ ref, pages, addedBy, addedOn }: FiledDocument): string {
  return `${ref}, ${counted(pages, 'page')}, added by ${addedBy} on ${longDate(addedOn, 'en')}.`;
}

function removedWords({ removed }: FiledDocument): Html {
  if (removed === null) return nothing;
  return html` <strong>Taken out of the file by ${removed.by} on ${longDate(removed.on, 'en')}</strong>: ${removed.because}`;
}
