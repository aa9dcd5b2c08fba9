import { z } from 'zod';
import { contactWords } from '../../domain/contact-words.ts';
import { contactOutcomes } from '../../store/contact-log.ts';
import { listContactPeople } from '../../store/contact-people.ts';
import { form, radioField, selectField, textArea, textField } from '../form.ts';
import { oneOf, optionalDate, optionalNote } from '../form-fields.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';
import type { FormProblem, FormValues, PageRequest, Site } from '../site.ts';

const NOBODY = '';

/** One choice; the rest may be left out. */
export const contactSchema = z.strictObject({
  outcome: oneOf(contactOutcomes, 'how it ended'),
  note: optionalNote('a note'),
  on: optionalDate('the day of the contact'),
  guardian: z
    .string()
    .regex(/^\d{0,9}$/, { error: 'Please choose whom it was with.' })
    .default(NOBODY),
});

export type ContactForm = z.output<typeof contactSchema>;

/** @returns null: not said */
export function guardianIn({ guardian }: ContactForm): number | null {
  return guardian === NOBODY ? null : Number(guardian);
}

/** The form that logs a contact. @param action where it goes: to a task, or to a file */
export async function contactForm(
  { deps }: Site,
  request: PageRequest,
  about: { studentId: number; action: string },
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Promise<Html> {
  const people = await listContactPeople(request.db, about.studentId);
  const text = (name: string) => {
    const value = values[name];
    return typeof value === 'string' ? value : '';
  };
  const { notePromisedSchoolDays } = deps.config.contactLog;
  return form(request, {
    action: about.action,
    submit: 'Log the contact',
    fields: html`${radioField({
      name: 'outcome',
      label: 'How it ended',
      value: text('outcome'),
      problems,
      choices: contactOutcomes.map((outcome) => ({
        value: outcome,
        label: contactWords[outcome] ?? outcome,
        ...(outcome === 'note-promised' && {
          hint: `Everything about the student waits for ${notePromisedSchoolDays} school days.`,
        }),
      })),
    })}${selectField({
      name: 'guardian',
      label: 'Whom of the family (optional)',
      value: text('guardian'),
      problems,
      choices: [
        { value: NOBODY, label: 'Not said' },
        ...people.map(({ id, name, relationship }) => ({
          value: String(id),
          label: relationship === null ? name : `${name} (${relationship})`,
        })),
      ],
    })}${textArea({
      name: 'note',
      label: 'Note (optional)',
      hint: 'Goes into the attendance file, which the family and the truancy officer may read.',
      maxLength: 2_000,
      rows: 3,
      value: text('note'),
      problems,
    })}${textField({
      name: 'on',
      label: 'Day of the contact',
      type: 'date',
      max: request.moment.today,
      value: text('on') || request.moment.today,
      problems,
    })}`,
  });
}

/** What `recordContact` refuses, beside the field. */
export function refusalAt(part: string, expected: string): FormProblem {
  switch (part) {
    case 'on':
      return { field: 'on', text: `The day of the contact has to be ${expected}.` };
    case 'guardian':
      return { field: 'guardian', text: `Please choose ${expected}.` };
    case 'note':
      return { field: 'note', text: `Please use ${expected} for the note.` };
    case 'outcome':
      return { field: 'outcome', text: 'Please choose how it ended.' };
    default:
      return { field: '', text: 'Somebody else has answered this task already. Nothing was logged.' };
  }
}
