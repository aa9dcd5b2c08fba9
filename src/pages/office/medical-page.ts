import { z } from 'zod';
import { longDate } from '../../documents/dates.ts';
import { counted } from '../../domain/plain-words.ts';
import { mayAnywhere, mayDo } from '../../domain/rights.ts';
import { whom } from '../../domain/whom.ts';
import { recordMedical } from '../../procedure/medical.ts';
import { type ListedMedical, listMedical } from '../../store/medical.ts';
import { form, radioField, selectField, textArea, textField } from '../form.ts';
import { neededLine, oneOf, optionalDate, optionalNote } from '../form-fields.ts';
import { type Html, html } from '../html.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { refusedForm, seenBy, typed } from './office-words.ts';

const medicalForm = z.strictObject({
  student: neededLine('a student', 200),
  status: oneOf(['on-file', 'not-given', 'asked'], 'what is known'),
  until: optionalDate('the last day'),
  note: optionalNote('the note', 500),
});

const STATUS: Readonly<Record<ListedMedical['status'], string>> = {
  asked: 'asked for',
  'on-file': 'on file',
  'not-given': 'not given',
  ended: 'ended',
};

/** `/medical`: who was asked for medical notes this year, and what came. */
export function registerMedicalPage(site: Site): void {
  site.navigation({
    path: '/medical',
    label: 'Medical notes',
    shows: (person) => mayAnywhere(person, 'keep-medical'),
  });

  site.get('/medical', async (request): Promise<PageAnswer> => {
    if (!mayAnywhere(request.person, 'keep-medical')) return { kind: 'forbidden' };
    const roster = await rosterOf(request);
    const detail = { listed: roster.length, ...whom(roster.map(({ studentId }) => studentId)) };
    await request.viewed({ action: 'list-viewed', subject: 'medical', detail });
    return medicalPage(request, roster);
  });

  site.post(
    '/medical',
    medicalForm,
    async ({ student, status, until, note }, request, tx): Promise<PageAnswer> => {
      const { procedure, person, moment } = request;
      const roster = await rosterOf(request);
      const listed = roster.find((one) => one.student === student);
      if (procedure === null || listed === undefined) return { kind: 'not-found' };
      const found = { student, status, validUntil: until, note, by: person.name };
      const outcome = await recordMedical(tx, procedure, found, moment);
      if (outcome.kind !== 'recorded') {
        const values = { student, status, note: note ?? '' };
        const text = 'A last day goes with notes on file only: it says how long they hold.';
        const page = medicalPage(request, roster, [{ field: 'until', text }], {
          ...values,
          until: until ?? '',
        });
        return refusedForm(page, text, 'until');
      }
      await request.audit(tx, {
        action: 'medical-status-set',
        studentId: listed.studentId,
        detail: { status },
      });
      return { kind: 'redirect', to: '/medical', notice: `Recorded: medical notes ${STATUS[status]}.` };
    },
    {
      again: async (request, problems, values) => {
        if (!mayAnywhere(request.person, 'keep-medical')) return { kind: 'forbidden' };
        const page = medicalPage(request, await rosterOf(request), problems, values);
        return { kind: 'invalid', problems, page };
      },
    },
  );

  async function rosterOf({ db, person, procedure, moment }: PageRequest) {
    if (procedure === null) return [];
    const at = { schoolYear: procedure.schoolYear.id, school: null, today: moment.today };
    const rows = await listMedical(db, at);
    return seenBy(
      person,
      'keep-medical',
      rows.map((row) => ({ ...row, schoolName: row.school, school: row.schoolSourcedId ?? '' })),
    );
  }
}

type Row = ListedMedical & { readonly schoolName: string };

function medicalPage(
  request: PageRequest,
  roster: readonly Row[],
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Page {
  const intro = html`<p>The family was asked for medical notes in a letter, for the rest of the school year. How an absence is coded stays with your office.</p>`;
  const within = { kind: 'page', title: 'Medical notes', within: '/medical' } as const;
  if (roster.length === 0)
    return { ...within, body: html`${intro}<p>Nobody was asked for medical notes.</p>` };
  const rows = roster.map(
    (one) =>
      html`<tr><th scope="row">${one.name}</th><td data-label="Grade">${one.grade ?? ''}</td><td data-label="School">${one.schoolName}</td><td data-label="Notes">${STATUS[one.status]}${one.validUntil === null ? '' : ` until ${longDate(one.validUntil, 'en')}`}</td><td data-label="Since">${longDate(one.since, 'en')}${one.by === null ? '' : `, ${one.by}`}</td><td data-label="Document">${documentCell(one, request)}</td><td>${one.note ?? ''}</td></tr>`,
  );
  return {
    ...within,
    body: html`${intro}
<div class="scroll" tabindex="0" role="region" aria-label="Roster"><table class="stack"><caption>${String(roster.length)} on the roster</caption><thead><tr><th scope="col">Student</th><th scope="col">Grade</th><th scope="col">School</th><th scope="col">Notes</th><th scope="col">Since</th><th scope="col">Document</th><th scope="col">Remark</th></tr></thead><tbody>${rows}</tbody></table></div>
<section aria-labelledby="record"><h2 id="record">Record what came</h2>${form(request, { action: '/medical', submit: 'Record', fields: fieldsOf(roster, problems, values) })}</section>`,
  };
}

/** Notes that are on file lie in the file; where none does, the way to bring it in. */
function documentCell(
  { name, fileRef, status, documents, schoolSourcedId }: Row,
  { person }: PageRequest,
): Html {
  const path = `/files/${fileRef}/documents`;
  const unseen = html`<span class="unseen">: ${name}</span>`;
  if (documents > 0) return html`<a href="${path}">${counted(documents, 'document')}${unseen}</a>`;
  const missing =
    status === 'on-file' ? html`<strong>On file, but no document is here.</strong> ` : html`None. `;
  if (!mayDo(person, 'add-document', [schoolSourcedId])) return missing;
  return html`${missing}<a href="${path}#add">Add it${unseen}</a>`;
}

function fieldsOf(roster: readonly Row[], problems: readonly FormProblem[], values: FormValues): Html {
  return html`${selectField({
    name: 'student',
    label: 'Student',
    required: true,
    value: typed(values, 'student'),
    problems,
    choices: [
      { value: '', label: 'Choose a student' },
      ...roster.map(({ student, name, schoolName, grade }) => ({
        value: student,
        label: `${name}${grade === null ? '' : `, grade ${grade}`}, ${schoolName}`,
      })),
    ],
  })}${radioField({
    name: 'status',
    label: 'Medical notes',
    value: typed(values, 'status'),
    problems,
    choices: [
      { value: 'on-file', label: 'On file' },
      { value: 'not-given', label: 'Not given' },
      { value: 'asked', label: 'Asked for, nothing has come yet' },
    ],
  })}${textField({ name: 'until', label: 'They hold until', hint: 'Leave it empty where they hold for the rest of the year, or are not on file.', type: 'date', value: typed(values, 'until'), problems })}${textArea({ name: 'note', label: 'Remark', hint: 'No diagnosis. May be left out.', maxLength: 500, rows: 2, value: typed(values, 'note'), problems })}`;
}
