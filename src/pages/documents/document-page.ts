import { z } from 'zod';
import { longDate } from '../../documents/dates.ts';
import { counted } from '../../domain/plain-words.ts';
import { uploadKinds, uploadKindWords } from '../../domain/uploads.ts';
import {
  type ChangedDocument,
  reclassifyDocument,
  removeDocument,
} from '../../procedure/keep-documents-right.ts';
import { actorOf } from '../../procedure/people.ts';
import { readDocument } from '../../store/documents.ts';
import type { Upload } from '../../store/uploads.ts';
import { form, radioField, textField } from '../form.ts';
import { neededDate, neededLine, oneOf } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import { shownAgain } from '../shown-again.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { titleOf } from './documents-section.ts';
import { type FoundUpload, findUploadOfPage } from './find-student.ts';

const classSchema = z.strictObject({
  kind: oneOf(uploadKinds, 'what the document is'),
  on: neededDate('the day that the document is of'),
});
const removalSchema = z.strictObject({ because: neededLine('why it is taken out', 500) });

/** `/documents/D-…`: one document, what is known of it, and the ways to put it right. */
export function registerDocumentPage(site: Site): void {
  site.get('/documents/:ref', async (request): Promise<PageAnswer> => {
    const found = await findUploadOfPage(request, 'view-file');
    if (found.kind !== 'found') return found;
    const { upload } = found;
    await request.viewed({
      action: 'document-viewed',
      studentId: upload.studentId,
      subject: upload.ref,
      detail: { part: 'facts' },
    });
    return pageOf(request, found);
  });
  site.get('/documents/:ref/file', async (request): Promise<PageAnswer> => {
    const found = await findUploadOfPage(request, 'view-file');
    if (found.kind !== 'found') return found;
    const { upload } = found;
    const { bytes, mediaType } = await readDocument(request.db, upload.documentId);
    await request.viewed({ action: 'document-viewed', studentId: upload.studentId, subject: upload.ref });
    const fileName = `${upload.ref}.${EXTENSIONS[mediaType] ?? 'bin'}`;
    return { kind: 'file', fileName, mediaType, bytes, inline: request.query.save === undefined };
  });
  const again = shownAgain((request) => findUploadOfPage(request, 'add-document'), pageOf);
  site.post(
    '/documents/:ref/class',
    classSchema,
    async (sent, request, tx): Promise<PageAnswer> => {
      const found = await findUploadOfPage(request, 'add-document');
      if (found.kind !== 'found') return found;
      const { ref } = found.upload;
      const changed = await reclassifyDocument(tx, { ref, ...sent, by: byOf(request) }, request.moment);
      if (changed.kind === 'changed')
        return { kind: 'redirect', to: `/documents/${ref}`, notice: `Document ${ref} is put right.` };
      return again(request, [problemOf(changed)], sent);
    },
    { again },
  );
  site.post(
    '/documents/:ref/remove',
    removalSchema,
    async ({ because }, request, tx): Promise<PageAnswer> => {
      const found = await findUploadOfPage(request, 'add-document');
      if (found.kind !== 'found') return found;
      const { ref } = found.upload;
      const removal = { ref, because, by: byOf(request) };
      const changed = await removeDocument(tx, removal, request.moment);
      if (changed.kind !== 'changed') return again(request, [problemOf(changed)], { because });
      const to = `/files/${found.student.ref}/documents`;
      return { kind: 'redirect', to, notice: `Document ${ref} is out of the file.` };
    },
    { again },
  );
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
};

function byOf({ person, from }: PageRequest) {
  return { actor: actorOf(person), from };
}

function problemOf(changed: Exclude<ChangedDocument, { kind: 'changed' }>): FormProblem {
  switch (changed.kind) {
    case 'bad-date':
      return { field: 'on', text: 'The day of the document has to be today or before.' };
    case 'same':
      return { field: 'kind', text: 'That is what the document is on record as already.' };
    case 'removed-before':
    case 'unknown':
      return { field: '', text: 'Somebody else has taken this document out of the file.' };
  }
}

function pageOf(
  request: PageRequest,
  { student, upload }: FoundUpload,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Page {
  const { removed } = upload;
  return {
    kind: 'page',
    title: titleOf(upload),
    within: '/files',
    body: html`<p><a href="/files/${student.ref}/documents">Documents of ${student.name}</a></p>
${removed === null ? nothing : html`<p class="warning">Taken out of the file by ${removed.by} on ${longDate(removed.on, 'en')}: ${removed.because} It is in no packet.</p>`}
<p><a class="button" href="/documents/${upload.ref}/file">Look at it</a> <a class="button" href="/documents/${upload.ref}/file?save=yes">Save it</a></p>
${factsOf(upload)}
${student.mayAdd && removed === null ? changesOf(request, upload, problems, values) : nothing}`,
  };
}

function factsOf(upload: Upload): Html {
  const facts: (readonly [string, string])[] = [
    ['Document', upload.ref],
    ['Added', `by ${upload.addedBy} on ${longDate(upload.addedOn, 'en')}`],
    ['Size', `${counted(upload.pages, 'page')}, ${Math.ceil(upload.bytes / 1024)} kB`],
    ['Name of the file', upload.fileName],
    ...(upload.note === null ? [] : [['Note', upload.note] as const]),
    ['Proof', `SHA-256 ${upload.sha256}${kept(upload)}`],
  ];
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** A picture is made anew of its pixels: what came had another hash. */
function kept({ sha256, receivedSha256 }: Upload): string {
  return sha256 === receivedSha256 ? ', as it came' : `; as it came: ${receivedSha256}`;
}

function changesOf(
  request: PageRequest,
  upload: Upload,
  problems: readonly FormProblem[],
  values: FormValues,
): Html {
  const text = (name: string, otherwise: string) => {
    const value = values[name];
    return typeof value === 'string' ? value : otherwise;
  };
  const right = form(request, {
    action: `/documents/${upload.ref}/class`,
    submit: 'Put it right',
    look: 'quiet',
    fields: html`${radioField({
      name: 'kind',
      label: 'What it is',
      value: text('kind', upload.kind),
      problems,
      choices: uploadKinds.map((kind) => ({ value: kind, label: uploadKindWords[kind] })),
    })}${textField({
      name: 'on',
      label: 'Day that it is of',
      type: 'date',
      max: request.moment.today,
      value: text('on', upload.onDate),
      required: true,
      problems,
    })}`,
  });
  const out = form(request, {
    action: `/documents/${upload.ref}/remove`,
    submit: 'Take it out of the file',
    look: 'danger',
    fields: textField({
      name: 'because',
      label: 'Why it is taken out',
      hint: 'It stays on record, marked with your name and this reason, and goes into no packet.',
      maxLength: 500,
      value: text('because', ''),
      required: true,
      problems,
    }),
  });
  return html`<section aria-labelledby="right"><h2 id="right">Is it something else?</h2>${right}</section>
<section aria-labelledby="out"><h2 id="out">Is it in the wrong file?</h2>${out}</section>`;
}
