import { spelled } from '../../domain/words.ts';
import { readDocument } from '../../store/documents.ts';
import type { FileView, ViewedLetter } from '../../store/file-view.ts';
import { readLetterStory } from '../../store/letter-story.ts';
import { html, nothing } from '../html.ts';
import type { PageAnswer, PageRequest, Site } from '../site.ts';
import { findFile, nameOf } from './find-file.ts';
import { proofOf } from './letter-words.ts';

/** One letter as it was sent, with what is known of its way. */
export function registerLetterPages(site: Site): void {
  site.get('/files/:file/letters/:letter', async (request): Promise<PageAnswer> => {
    const found = await findLetter(request);
    if (found.kind !== 'letter') return found;
    const { file, letter } = found;
    await request.viewed({ action: 'letter-viewed', studentId: file.id, subject: letter.ref });
    const { timeZone } = site.deps.config.district;
    const facts: [string, string][] = [
      ['About', nameOf(file)],
      ['To', letter.to],
      ['Sent', letter.channel === 'paper' ? 'on paper' : 'by e-mail'],
      ['Language', letter.language],
      ['Count', `${found.count} days as of ${spelled(found.asOf)}`],
      ['What is known', proofOf(letter, timeZone)],
      ...(found.messageId === null ? [] : [['Message-ID', found.messageId] as [string, string]]),
    ];
    const pdf = `/files/${file.ref}/letters/${letter.ref}/pdf`;
    return {
      kind: 'page',
      title: `Letter ${letter.ref}`,
      within: '/files',
      body: html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<p class="actions">${letter.hasPdf ? html`<a class="button" href="${pdf}">The letter as it was sent (PDF)</a> ` : nothing}<a class="button quiet" href="/files/${file.ref}">To the file</a></p>`,
    };
  });
  site.get('/files/:file/letters/:letter/pdf', async (request): Promise<PageAnswer> => {
    const found = await findLetter(request);
    if (found.kind !== 'letter') return found;
    if (found.pdfDocumentId === null) return { kind: 'not-found' };
    const { bytes } = await readDocument(request.db, found.pdfDocumentId);
    await request.viewed({ action: 'letter-viewed', studentId: found.file.id, subject: found.letter.ref });
    const fileName = `${found.letter.ref}.pdf`;
    return { kind: 'file', fileName, mediaType: 'application/pdf', bytes, inline: true };
  });
}

interface FoundLetter {
  readonly kind: 'letter';
  readonly file: FileView;
  readonly letter: ViewedLetter;
  readonly pdfDocumentId: string | null;
  readonly messageId: string | null;
  readonly count: string;
  readonly asOf: Parameters<typeof spelled>[0];
}

/** Only a letter of this very file. */
async function findLetter(request: PageRequest): Promise<FoundLetter | PageAnswer> {
  const found = await findFile(request);
  if (found.kind !== 'found') return found;
  const letter = found.file.letters.find(({ ref }) => ref === request.params.letter);
  const story = letter === undefined ? null : await readLetterStory(request.db, letter.ref);
  if (letter === undefined || story === null) return { kind: 'not-found' };
  const { pdfDocumentId, messageId, count, asOf } = story.letter;
  return { kind: 'letter', file: found.file, letter, pdfDocumentId, messageId, count, asOf };
}
