import { z } from 'zod';
import type { ContractPart, ContractRefusal } from '../../domain/contract-terms.ts';
import { formatDays } from '../../domain/days.ts';
import { counted } from '../../domain/plain-words.ts';
import { proposeRenewal } from '../../procedure/contract-drafts.ts';
import { addContract } from '../../procedure/contracts.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import { codeTitles } from '../../store/contracts.ts';
import type { FileView } from '../../store/file-view.ts';
import { type FoundFile, findFile, nameOf } from '../files/find-file.ts';
import { form, radioField, textArea, textField } from '../form.ts';
import { neededDate, neededLine, oneOf, optionalLine, optionalNote } from '../form-fields.ts';
import { html, nothing } from '../html.ts';
import { textOf } from '../meetings/meeting-form.ts';
import { shownAgain } from '../shown-again.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';

const draftSchema = z.strictObject({
  begins: neededDate('the first day'),
  ends: neededDate('the last day'),
  allowedDays: neededLine('how many days may be missed', 6),
  basis: oneOf(['all', 'unexcused'], 'which days count'),
  graceDays: neededLine('how many school days there are for a note', 10).regex(/^\d+$/, {
    error: 'Please enter a whole number of school days, such as 3.',
  }),
  exceptCodes: optionalNote('the codes', 1_000),
  note: optionalNote('the note', 500),
  meeting: optionalLine('the meeting', 20),
  follows: optionalLine('the contract that it takes up', 20),
});

/** `/files/<ref>/contracts`: writing down what is to be agreed. With `?follows=C-…` the terms of that one are proposed. */
export function registerDraftPage(site: Site): void {
  const again = shownAgain<FoundFile>((request) => findFile(request, 'draft-contract'), draftPage);
  site.get('/files/:file/contracts', async (request): Promise<PageAnswer> => {
    const found = await findFile(request, 'draft-contract');
    if (found.kind !== 'found') return found;
    await request.viewed({ action: 'file-viewed', studentId: found.file.id });
    return draftPage(request, found, [], await proposed(request, found));
  });
  site.post(
    '/files/:file/contracts',
    draftSchema,
    async (sent, request, tx): Promise<PageAnswer> => {
      const found = await findFile(request, 'draft-contract');
      if (found.kind !== 'found') return found;
      const { file, procedure } = found;
      const { exceptCodes, graceDays, meeting, follows, ...terms } = sent;
      const asked = {
        ...terms,
        student: file.sourcedId,
        graceDays: /^\d{1,3}$/.test(graceDays) ? Number(graceDays) : Number.NaN,
        exceptCodes: codesIn(exceptCodes),
        signedOn: null,
        refused: false,
        draft: true,
        meeting,
        follows,
        by: request.person.name,
      };
      const added = await addContract(tx, procedure, asked, request.moment);
      if (added.kind === 'refused') {
        const values = {
          ...sent,
          exceptCodes: exceptCodes ?? '',
          note: sent.note ?? '',
          meeting: meeting ?? '',
          follows: follows ?? '',
        };
        return again(request, [termsProblem(added)], values);
      }
      if (added.kind !== 'added')
        return again(request, [{ field: '', text: 'The student is enrolled at no school today.' }], {});
      await request.audit(tx, {
        action: follows === null ? 'contract-drafted' : 'contract-renewed',
        studentId: file.id,
        subject: added.ref,
      });
      return {
        kind: 'redirect',
        to: `/files/${file.ref}/contracts/${added.ref}`,
        notice: `Attendance contract ${added.ref} is drafted.`,
      };
    },
    { again },
  );
}

/** What is wrong with the terms, beside the field that it is about. */
export function termsProblem({ part, found, expected }: ContractRefusal): FormProblem {
  const fields: Readonly<Record<ContractPart, string>> = {
    begins: 'begins',
    ends: 'ends',
    'allowed-days': 'allowedDays',
    'except-codes': 'exceptCodes',
    'grace-days': 'graceDays',
    'signed-on': 'signedOn',
    refused: '',
  };
  return { field: fields[part], text: `Found ${found}, expected ${expected}.` };
}

function codesIn(lines: string | null): string[] {
  return (lines ?? '')
    .split(/[\n,]/)
    .map((code) => code.trim())
    .filter((code) => code !== '');
}

/** Of a contract that is to go on; of a first one, from today. */
async function proposed(
  request: PageRequest,
  { file, procedure }: { file: FileView; procedure: Procedure },
): Promise<FormValues> {
  const { follows, meeting = '' } = request.query;
  const first = {
    begins: request.moment.today,
    basis: 'all',
    graceDays: '3',
    allowedDays: '2',
    meeting: /^[A-Z0-9-]{1,20}$/.test(meeting) ? meeting : '',
  };
  if (follows === undefined) return first;
  const renewal = await proposeRenewal(request.db, procedure, follows, request.moment);
  if (renewal === null || renewal.contract.studentId !== file.id || renewal.terms === null) return first;
  const { begins, ends, allowedDays, basis, graceDays, exceptCodes } = renewal.terms;
  return {
    begins,
    ends,
    basis,
    allowedDays: formatDays(allowedDays),
    graceDays: String(graceDays),
    exceptCodes: exceptCodes.join('\n'),
    follows: renewal.contract.ref,
  };
}

async function draftPage(
  request: PageRequest,
  { file, procedure }: { file: FileView; procedure: Procedure },
  problems: readonly FormProblem[],
  values: FormValues,
): Promise<Page> {
  const text = textOf(values);
  const { firstDay: min, lastDay: max } = procedure.calendarOf(file.school?.sourcedId ?? null);
  const codes = await codeTitles(request.db);
  const hidden = (name: string) => html`<input type="hidden" name="${name}" value="${text(name)}">`;
  return {
    kind: 'page',
    title: 'Draft an attendance contract',
    within: '/files',
    body: html`<p>With the family of <a href="/files/${file.ref}">${nameOf(file)}</a>. It is written down here and printed as a form to sign; it is watched once it is started.</p>
${text('follows') === '' ? nothing : html`<p>It takes up contract ${text('follows')}.</p>`}
${form(request, {
  action: `/files/${file.ref}/contracts`,
  submit: 'Draft the contract',
  fields: html`${textField({ name: 'begins', label: 'First day', type: 'date', min, max, required: true, value: text('begins'), problems })}${textField({ name: 'ends', label: 'Last day', type: 'date', min, max, required: true, value: text('ends'), problems })}${textField({ name: 'allowedDays', label: 'Days that may be missed', hint: 'In whole or half days, such as 2 or 2.5. One more violates it.', inputMode: 'decimal', maxLength: 6, required: true, value: text('allowedDays'), problems })}${radioField(
    {
      name: 'basis',
      label: 'Which days count',
      value: text('basis'),
      problems,
      choices: [
        { value: 'all', label: 'Excused and unexcused days' },
        { value: 'unexcused', label: 'Unexcused days only' },
      ],
    },
  )}${textField({ name: 'graceDays', label: 'School days for a note', hint: 'A missed day counts once they are over.', inputMode: 'numeric', maxLength: 3, required: true, value: text('graceDays'), problems })}${textArea({ name: 'exceptCodes', label: 'Codes whose days do not count (optional)', hint: `One on a line. The SIS has ${counted(codes.length, 'code')}: ${codes.join(', ')}.`, maxLength: 1_000, rows: 2, value: text('exceptCodes'), problems })}${textArea({ name: 'note', label: 'Note (optional)', hint: 'Kept with the contract; the truancy officer sees it.', maxLength: 500, rows: 2, value: text('note'), problems })}${hidden('meeting')}${hidden('follows')}`,
})}`,
  };
}
