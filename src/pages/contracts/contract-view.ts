import { contractInWords, termsInWords } from '../../domain/contract-words.ts';
import { formatDays } from '../../domain/days.ts';
import { uploadKindWords } from '../../domain/uploads.ts';
import { spelled } from '../../domain/words.ts';
import { isInTime } from '../../procedure/take-outcome-back.ts';
import { shownState } from '../../store/contracts.ts';
import type { FiledContract } from '../../store/file-parts.ts';
import { signatureRecordedAt } from '../../store/taken-back.ts';
import { listUploads } from '../../store/uploads.ts';
import { mayAbout, nameOf } from '../files/find-file.ts';
import { form, selectField, textArea, textField } from '../form.ts';
import { type Html, html, nothing } from '../html.ts';
import { textOf } from '../meetings/meeting-form.ts';
import type { FormProblem, FormValues, Page, PageRequest } from '../site.ts';
import type { FoundContract } from './find-contract.ts';

/** One contract: how it stands and why, and what the person may do about it. */
export async function contractPage(
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
