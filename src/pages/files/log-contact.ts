import { recordContact } from '../../procedure/contacts.ts';
import type { Tx } from '../../store/database.ts';
import type { FormProblem, PageAnswer, PageRequest } from '../site.ts';
import { type ContactForm, guardianIn, refusalAt } from './contact-form.ts';

/** Logs a contact of the person who is here. @returns where to go on, or what is wrong */
export async function logContactOf(
  tx: Tx,
  request: PageRequest,
  about: { readonly studentId: number; readonly task: string | null },
  form: ContactForm,
): Promise<Extract<PageAnswer, { kind: 'redirect' }> | { kind: 'refused'; problem: FormProblem }> {
  const { person, procedure, moment } = request;
  if (procedure === null)
    return { kind: 'refused', problem: { field: '', text: 'No school year is known yet.' } };
  const { outcome, note, on } = form;
  const logged = await recordContact(
    tx,
    procedure,
    {
      ...about,
      outcome,
      note,
      on,
      guardianId: guardianIn(form),
      by: person.name,
      byEmail: person.email,
    },
    moment,
  );
  if (logged.kind === 'refused') return { kind: 'refused', problem: refusalAt(logged.part, logged.expected) };
  await request.audit(tx, {
    action: 'contact-logged',
    studentId: about.studentId,
    subject: logged.ref,
    detail: { outcome, tasks: logged.answered.length },
  });
  return { kind: 'redirect', to: `/contacts/${logged.ref}`, notice: 'The contact is in the contact log.' };
}
