import { z } from 'zod';
import { contractInWords, termsInWords } from '../../domain/contract-words.ts';
import { formatDays } from '../../domain/days.ts';
import { notTakenBackInWords } from '../../domain/undo-words.ts';
import { uploadKindWords } from '../../domain/uploads.ts';
import { spelled } from '../../domain/words.ts';
import {
  attachScan,
  type ChangedDraft,
  discardDraft,
  refuseContract,
  startContract,
} from '../../procedure/contract-drafts.ts';
import { writeContractForm } from '../../procedure/contract-form.ts';
import {
  type ChangedContract,
  endContract,
  type ShownContract,
  showContract,
  signContract,
} from '../../procedure/contracts.ts';
import { isInTime, undoSignature } from '../../procedure/take-outcome-back.ts';
import { type StoredContract, shownState } from '../../store/contracts.ts';
import type { Tx } from '../../store/database.ts';
import { readDocument } from '../../store/documents.ts';
import type { FiledContract } from '../../store/file-parts.ts';
import { signatureRecordedAt } from '../../store/taken-back.ts';
import { listUploads } from '../../store/uploads.ts';
import { type FoundFile, findFile, mayAbout, nameOf } from '../files/find-file.ts';
import { form, selectField, textArea, textField } from '../form.ts';
import {
  neededDate,
  neededLine,
  neededNote,
  optionalDate,
  optionalLine,
  optionalNote,
} from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import { textOf } from '../meetings/meeting-form.ts';
import { shownAgain } from '../shown-again.ts';
import type {
  AuditedAct,
  FileAnswer,
  FormProblem,
  FormValues,
  Page,
  PageAnswer,
  PageRequest,
  Site,
} from '../site.ts';
import { termsProblem } from './draft-page.ts';

const startSchema = z.strictObject({ signedOn: optionalDate('the day of the signature') });
const signSchema = z.strictObject({ signedOn: neededDate('the day of the signature') });
const undoSchema = z.strictObject({ because: optionalLine('the reason', 500) });
const refuseSchema = z.strictObject({ note: optionalNote('the note', 500) });
const endSchema = z.strictObject({ because: neededNote('the reason', 500) });
const scanSchema = z.strictObject({ document: neededLine('a document', 20) });

const PATH = '/files/:file/contracts/:contract';

interface FoundContract extends FoundFile {
  readonly shown: ShownContract;
}

/** `/files/<ref>/contracts/C-…`: one contract, how it stands and why, its form, and what can be done about it. */
export function registerContractPage(site: Site): void {
  const { deps } = site;
  const find = async (
    request: PageRequest,
    right: 'view-file' | 'draft-contract' | 'manage-contract',
  ): Promise<FoundContract | PageAnswer> => {
    const found = await findFile(request, right);
    if (found.kind !== 'found') return found;
    const ref = request.params.contract ?? '';
    const shown = await showContract(request.db, found.procedure, ref, request.moment);
    return shown?.contract.studentId === found.file.id ? { ...found, shown } : { kind: 'not-found' };
  };
  const again = shownAgain((request) => find(request, 'view-file'), contractPage);
  const act = async (
    request: PageRequest,
    tx: Tx,
    action: AuditedAct['action'],
    right: 'draft-contract' | 'manage-contract',
    change: (found: FoundContract) => Promise<ChangedDraft | ChangedContract>,
  ): Promise<PageAnswer> => {
    const found = await find(request, right);
    if (found.kind !== 'found') return found;
    const { file, shown } = found;
    const { ref } = shown.contract;
    const changed = await change(found);
    if (changed.kind === 'refused') return again(request, [termsProblem(changed)], {});
    if (changed.kind !== 'changed') {
      const text = {
        unknown: 'There is no such contract any more.',
        'not-a-draft': 'It is no draft any more.',
        'not-enrolled': 'The student is enrolled at no school today.',
        over: 'It is over: it was refused, ended or kept before.',
        'signed-before': 'A signature is on record already.',
        draft: 'It is a draft: start it, with the day of the signature.',
        'day-to-come': 'The day of the signature is today or before.',
      }[changed.kind];
      return again(request, [{ field: '', text }], {});
    }
    await request.audit(tx, { action, studentId: file.id, subject: ref });
    const isGone = action === 'contract-ended' && shown.contract.state === 'draft';
    const to = isGone ? `/files/${file.ref}` : `/files/${file.ref}/contracts/${ref}`;
    return { kind: 'redirect', to, notice: `Attendance contract ${ref} is recorded so.` };
  };

  site.get(PATH, async (request): Promise<PageAnswer> => {
    const found = await find(request, 'view-file');
    if (found.kind !== 'found') return found;
    const { ref } = found.shown.contract;
    await request.viewed({ action: 'file-viewed', studentId: found.file.id, subject: ref });
    return contractPage(request, found);
  });
  site.get(`${PATH}/form`, async (request): Promise<PageAnswer> => {
    const found = await find(request, 'draft-contract');
    if (found.kind !== 'found') return found;
    const { ref } = found.shown.contract;
    const written = await writeContractForm({ ...deps.letterbox }, { ref, language: null }, request.moment);
    if (written.kind !== 'rendered') return noForm(written.kind);
    await request.viewed({ action: 'document-viewed', studentId: found.file.id, subject: ref });
    return pdf(`contract-${ref}.pdf`, written.pdf);
  });
  for (const [name, of] of [
    ['evidence', ({ evidenceDocumentId }: StoredContract) => evidenceDocumentId],
    ['scan', ({ documentId }: StoredContract) => documentId],
  ] as const) {
    site.get(`${PATH}/${name}`, async (request): Promise<PageAnswer> => {
      const found = await find(request, 'view-file');
      if (found.kind !== 'found') return found;
      const { contract } = found.shown;
      const id = of(contract);
      if (id === null) return { kind: 'not-found' };
      await request.viewed({ action: 'document-viewed', studentId: found.file.id, subject: contract.ref });
      const { bytes, mediaType } = await readDocument(request.db, id);
      return {
        kind: 'file',
        fileName: `${name}-${contract.ref}.${mediaType.split('/')[1]}`,
        mediaType,
        bytes,
        inline: true,
      };
    });
  }
  site.post(
    `${PATH}/start`,
    startSchema,
    ({ signedOn }, request, tx) =>
      act(request, tx, 'contract-started', 'manage-contract', ({ procedure, shown: { contract } }) =>
        startContract(
          tx,
          procedure,
          { ref: contract.ref, signedOn, by: request.person.name },
          request.moment,
        ),
      ),
    { again },
  );
  site.post(
    `${PATH}/sign`,
    signSchema,
    async ({ signedOn: on }, request, tx) => {
      if (on > request.moment.today) {
        const text = 'The day of the signature is today or before.';
        return again(request, [{ field: 'signedOn', text }], { signedOn: on });
      }
      return act(request, tx, 'contract-signed', 'manage-contract', ({ shown: { contract } }) =>
        signContract(tx, { ref: contract.ref, on, by: request.person.name }, request.moment),
      );
    },
    { again },
  );
  site.post(
    `${PATH}/unsign`,
    undoSchema,
    async ({ because }, request, tx): Promise<PageAnswer> => {
      const found = await find(request, 'manage-contract');
      if (found.kind !== 'found') return found;
      const { file, procedure } = found;
      const { ref } = found.shown.contract;
      const asked = { ref, by: request.person.name, because };
      const undone = await undoSignature(tx, procedure, asked, request.moment);
      if (undone.kind === 'unknown') return { kind: 'not-found' };
      if (undone.kind !== 'taken-back') {
        const text = notTakenBackInWords(undone, 'signature');
        return again(request, [{ field: '', text }], { because: because ?? '' });
      }
      await request.audit(tx, { action: 'contract-signature-undone', studentId: file.id, subject: ref });
      const to = `/files/${file.ref}/contracts/${ref}`;
      return { kind: 'redirect', to, notice: `The signature of attendance contract ${ref} is taken back.` };
    },
    { again },
  );
  site.post(
    `${PATH}/refuse`,
    refuseSchema,
    ({ note }, request, tx) =>
      act(request, tx, 'contract-ended', 'manage-contract', ({ procedure, shown: { contract } }) =>
        refuseContract(tx, procedure, { ref: contract.ref, by: request.person.name, note }, request.moment),
      ),
    { again },
  );
  site.post(
    `${PATH}/end`,
    endSchema,
    ({ because }, request, tx) =>
      act(request, tx, 'contract-ended', 'manage-contract', ({ shown: { contract } }) => {
        const ended = { ref: contract.ref, by: request.person.name, because };
        return contract.state === 'draft'
          ? discardDraft(tx, ended, request.moment)
          : endContract(tx, ended, request.moment);
      }),
    { again },
  );
  site.post(
    `${PATH}/scan`,
    scanSchema,
    async ({ document: ref }, request, tx): Promise<PageAnswer> => {
      const found = await find(request, 'draft-contract');
      if (found.kind !== 'found') return found;
      const { file, shown, procedure } = found;
      const student = { studentId: file.id, schoolYear: procedure.schoolYear.id };
      const upload = (await listUploads(tx, student)).find((one) => one.ref === ref);
      if (upload === undefined)
        return again(request, [{ field: 'document', text: 'Please choose a document of the file.' }], {});
      const { contract } = shown;
      const scan = { ref: contract.ref, documentId: upload.documentId, by: request.person.name };
      if ((await attachScan(tx, scan, request.moment)) === 'unknown') return { kind: 'not-found' };
      await request.audit(tx, {
        action: 'document-added',
        studentId: file.id,
        subject: contract.ref,
        detail: { document: ref },
      });
      const to = `/files/${file.ref}/contracts/${contract.ref}`;
      return { kind: 'redirect', to, notice: 'The signed scan lies with the contract.' };
    },
    { again },
  );
}

function pdf(fileName: string, bytes: Buffer): FileAnswer {
  return { kind: 'file', fileName, mediaType: 'application/pdf', bytes, inline: true };
}

function noForm(why: 'no-template' | 'missing-glyph' | 'unknown' | 'not-enrolled'): PageAnswer {
  const text = {
    'no-template': 'The folder with templates has no form. The IT contact can copy it from the shipped ones.',
    'missing-glyph': 'A name has a character that cannot be printed.',
    unknown: 'There is no such contract any more.',
    'not-enrolled': 'The student is enrolled at no school today.',
  }[why];
  return { kind: 'page', title: 'The form cannot be printed', within: '/files', body: html`<p>${text}</p>` };
}

/** How a contract stands, in a word or two. */
export function stateInWords(contract: FiledContract): string {
  const { violatedOn, endedOn } = contract;
  switch (shownState(contract)) {
    case 'draft':
      return 'draft, not watched yet';
    case 'in-force':
      return 'in force';
    case 'violated':
      return violatedOn === null ? 'violated' : `violated since ${spelled(violatedOn)}`;
    case 'kept':
      return 'kept to its end';
    case 'ended':
      return endedOn === null ? 'ended' : `ended on ${spelled(endedOn)}`;
    case 'refused':
      return 'refused by the family';
  }
}

async function contractPage(
  request: PageRequest,
  found: FoundContract,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Promise<Page> {
  const { file, shown } = found;
  const { contract, standing } = shown;
  const { ref, signedOn, refused, agreedBy, note, endedBy, endedBecause } = contract;
  const { today } = request.moment;
  const here = `/files/${file.ref}/contracts/${ref}`;
  const facts: [string, string][] = [
    ['State', stateInWords(contract)],
    ['Terms', termsInWords(contract)],
    ...(refused
      ? []
      : [
          [
            'Signature',
            signedOn === null ? 'none on record; without one no referral rests on it' : spelled(signedOn),
          ] as [string, string],
        ]),
    ['Recorded by', agreedBy],
    ...(note === null ? [] : [['Note', note] as [string, string]]),
    ...(endedBecause === null ? [] : [['Ended', `by ${endedBy}: ${endedBecause}`] as [string, string]]),
  ];
  const links: [string, string][] = [
    ...(mayAbout(request, 'draft-contract', file)
      ? [[`${here}/form`, 'The form to sign (PDF)'] as [string, string]]
      : []),
    ...(contract.documentId === null ? [] : [[`${here}/scan`, 'The signed scan'] as [string, string]]),
    ...(contract.evidenceDocumentId === null
      ? []
      : [[`${here}/evidence`, 'The evidence of the violation (PDF)'] as [string, string]]),
    ...(contract.state === 'kept' && mayAbout(request, 'draft-contract', file)
      ? [[`${here}/kept`, 'The letter that tells the family so'] as [string, string]]
      : []),
    ...(contract.state !== 'draft' && !refused && mayAbout(request, 'draft-contract', file)
      ? [
          [`/files/${file.ref}/contracts?follows=${ref}`, 'Draft the next one with the same terms'] as [
            string,
            string,
          ],
        ]
      : []),
  ];
  const days =
    standing === null || standing.days.length === 0
      ? nothing
      : html`<div class="scroll"><table><caption>Days missed while it ran</caption><thead><tr><th scope="col">Date</th><th scope="col">Days</th><th scope="col">Counts from</th></tr></thead><tbody>${standing.days.map(
          ({ date, fraction, countsOn }) =>
            html`<tr><th scope="row">${spelled(date)}</th><td>${formatDays(fraction)}</td><td>${countsOn === null ? 'not before the school year ends' : spelled(countsOn)}</td></tr>`,
        )}</tbody></table></div>`;
  return {
    kind: 'page',
    title: `Attendance contract ${ref}`,
    within: '/files',
    body: html`<p>With the family of <a href="/files/${file.ref}">${nameOf(file)}</a></p>
<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
${standing === null ? nothing : html`<section aria-labelledby="standing"><h2 id="standing">How it stands</h2><p>${contractInWords(standing, today)}</p>${days}</section>`}
<ul>${links.map(([to, label]) => html`<li><a href="${to}">${label}</a></li>`)}</ul>
${await actions(request, found, problems, values)}`,
  };
}

async function actions(
  request: PageRequest,
  { file, shown: { contract }, procedure }: FoundContract,
  problems: readonly FormProblem[],
  values: FormValues,
): Promise<Html> {
  const here = `/files/${file.ref}/contracts/${contract.ref}`;
  const text = textOf(values);
  const isDraft = contract.state === 'draft';
  const mayManage = mayAbout(request, 'manage-contract', file);
  const student = { studentId: file.id, schoolYear: procedure.schoolYear.id };
  const uploads = await listUploads(request.db, student);
  const signature = (label: string, required: boolean) =>
    textField({
      name: 'signedOn',
      label,
      type: 'date',
      max: request.moment.today,
      required,
      value: text('signedOn'),
      problems,
    });
  const start = html`<section aria-labelledby="start"><h2 id="start">Start it</h2>${form(request, {
    action: `${here}/start`,
    submit: 'Start the contract',
    fields: html`<p>It is watched from then on.</p>${signature('The family signed on (optional)', false)}`,
  })}</section>
<details><summary>The family refuses</summary>${form(request, {
    action: `${here}/refuse`,
    submit: 'Record the refusal',
    look: 'quiet',
    fields: textArea({
      name: 'note',
      label: 'Note (optional)',
      maxLength: 500,
      rows: 2,
      value: text('note'),
      problems,
    }),
  })}</details>`;
  const sign = html`<section aria-labelledby="sign"><h2 id="sign">Record the signature</h2>${form(request, {
    action: `${here}/sign`,
    submit: 'Record the signature',
    fields: signature('The family signed on', true),
  })}</section>`;
  const scan = html`<section aria-labelledby="scan"><h2 id="scan">Signed scan</h2>${
    uploads.length === 0
      ? html`<p>There is no document in the file yet. <a href="/files/${file.ref}/documents">Add the scan as a document</a> first.</p>`
      : form(request, {
          action: `${here}/scan`,
          submit: 'Put it with the contract',
          look: 'quiet',
          fields: selectField({
            name: 'document',
            label: 'Document of the file',
            value: text('document'),
            problems,
            choices: uploads.map((one) => ({
              value: one.ref,
              label: `${uploadKindWords[one.kind]} of ${spelled(one.onDate)} (${one.ref})`,
            })),
          }),
        })
  }</section>`;
  const end = html`<details><summary>${isDraft ? 'Discard the draft' : 'End it before its time'}</summary>${form(
    request,
    {
      action: `${here}/end`,
      submit: isDraft ? 'Discard the draft' : 'End the contract',
      look: 'danger',
      fields: textArea({
        name: 'because',
        label: 'Reason',
        hint: 'Goes into the attendance file.',
        maxLength: 500,
        rows: 2,
        required: true,
        value: text('because'),
        problems,
      }),
    },
  )}</details>`;
  const isUndoable =
    mayManage && isInTime(await signatureRecordedAt(request.db, contract.id), procedure, request.moment);
  const unsign = html`<section aria-labelledby="undo"><h2 id="undo">Signature recorded by mistake?</h2>
<p>It can be taken back for ${procedure.contactLog.undoHours} hours. It stays in the file, crossed out. The contract is watched on, and no referral rests on it.</p>${form(
    request,
    {
      action: `${here}/unsign`,
      submit: 'Take the signature back',
      look: 'quiet',
      fields: textField({ name: 'because', label: 'Reason (optional)', maxLength: 500, problems }),
    },
  )}</section>`;
  const isOpen = isDraft || contract.state === 'in-force';
  return html`${mayManage && isDraft ? start : nothing}${mayManage && contract.state === 'in-force' && contract.signedOn === null ? sign : nothing}${
    contract.refused || contract.documentId !== null || !mayAbout(request, 'draft-contract', file)
      ? nothing
      : scan
  }${isUndoable ? unsign : nothing}${mayManage && isOpen ? end : nothing}`;
}
