import { z } from 'zod';
import type { AskedMeeting } from '../../domain/judge-meeting.ts';
import type { AskedInvitees } from '../../procedure/choose-invitees.ts';
import type { ScheduledMeeting } from '../../procedure/meetings.ts';
import { textArea, textField } from '../form.ts';
import { neededDate, neededLine, optionalLine, optionalNote } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import type { FormProblem, FormValues } from '../site.ts';

/** When and where, as the form sends it. */
export const planFields = {
  on: neededDate('the day'),
  at: neededLine('the time', 5),
  minutes: neededLine('how many minutes it takes', 10).regex(/^\d+$/, {
    error: 'Please enter whole minutes, such as 45.',
  }),
  place: neededLine('the place', 200),
  callIn: optionalLine('the number or address to call in', 300),
  purpose: neededLine('what it is for', 200),
};

const several = z.array(z.string().max(300)).max(100);

/** Whom to invite, as the form sends it. */
export const inviteeFields = {
  families: several,
  staff: several,
  others: optionalNote('the others to invite', 2_000),
};

type Plan = z.output<z.ZodObject<typeof planFields>>;
type Invitees = z.output<z.ZodObject<typeof inviteeFields>>;

export function askedPlan({ on, at, minutes, place, callIn, purpose }: Plan): AskedMeeting {
  const whole = /^\d{1,4}$/.test(minutes) ? Number(minutes) : Number.NaN;
  return { on, at, minutes: whole, place, callIn, purpose };
}

/** @returns a problem where a line is no name and address */
export function askedInvitees({ families, staff, others }: Invitees): AskedInvitees | FormProblem {
  const people: { name: string; email: string }[] = [];
  for (const line of (others ?? '').split('\n').filter((one) => one.trim() !== '')) {
    const [, name = '', email = ''] = /^(.*)<([^<>]+)>$/.exec(line.trim()) ?? [];
    if (name.trim() === '' || name.length > 100)
      return { field: 'others', text: 'Write each person on a line, as Name <address>.' };
    people.push({ name: name.trim(), email });
  }
  return { families, staff, roles: [], others: people };
}

/** What the procedure does not accept, beside the field that it is about. */
export function refusalOf(refused: Extract<ScheduledMeeting, { kind: 'refused' }>): FormProblem {
  const fields: Readonly<Record<string, string>> = {
    'call-in': 'callIn',
    guardian: 'families',
    role: 'staff',
    other: 'others',
  };
  const field = fields[refused.part] ?? refused.part;
  return { field, text: `Found ${refused.found}, expected ${refused.expected}.` };
}

export interface Invitable {
  /** Households who may be written to, by the sourcedId of one of them, with the way. */
  readonly families: readonly { readonly value: string; readonly name: string; readonly how: string }[];
  readonly staff: readonly { readonly email: string; readonly name: string; readonly role: string }[];
}

export function planForm(
  values: FormValues,
  problems: readonly FormProblem[],
  limits: { readonly min: string; readonly max: string },
): Html {
  const text = textOf(values);
  return html`<fieldset><legend>When and where</legend>${textField({ name: 'on', label: 'Day', type: 'date', ...limits, required: true, value: text('on'), problems })}${textField({ name: 'at', label: 'Time', hint: 'On the clock of the school.', type: 'time', required: true, value: text('at'), problems })}${textField({ name: 'minutes', label: 'Minutes', inputMode: 'numeric', maxLength: 4, required: true, value: text('minutes'), problems })}${textField({ name: 'place', label: 'Place', hint: 'As the family reads it.', maxLength: 200, required: true, value: text('place'), problems })}${textField({ name: 'callIn', label: 'Phone number or web address to take part from elsewhere (optional)', maxLength: 300, value: text('callIn'), problems })}${textField({ name: 'purpose', label: 'What it is for', hint: 'For staff and the file. The family gets the words of its invitation.', maxLength: 200, required: true, value: text('purpose'), problems })}</fieldset>`;
}

export function inviteeForm(
  { families, staff }: Invitable,
  values: FormValues,
  problems: readonly FormProblem[],
): Html {
  const chosen = (name: string) => {
    const value = values[name];
    return new Set(value === undefined ? [] : typeof value === 'string' ? [value] : value);
  };
  const boxes = (name: string, items: readonly { value: string; label: string; hint: string }[]) =>
    items.map(
      ({ value, label, hint }, index) =>
        html`<label class="choice"><input type="checkbox" name="${name}" value="${value}"${index === 0 ? html` id="field-${name}"` : nothing}${chosen(name).has(value) ? html` checked` : nothing}> <span>${label}<span class="hint">${hint}</span></span></label>`,
    );
  const problem = (name: string) => {
    const found = problems.find(({ field }) => field === name);
    return found === undefined ? nothing : html`<p class="problem">${found.text}</p>`;
  };
  return html`<fieldset><legend>Families</legend>${problem('families')}${
    families.length === 0
      ? html`<p>By the records of today nobody of the family may be written to.</p>`
      : boxes(
          'families',
          families.map(({ value, name, how }) => ({ value, label: name, hint: how })),
        )
  }</fieldset>
<fieldset><legend>Staff</legend>${problem('staff')}${boxes(
    'staff',
    staff.map(({ email, name, role }) => ({ value: email, label: name, hint: role })),
  )}</fieldset>
${textArea({ name: 'others', label: 'Others (optional)', hint: 'One on a line, as Name <address>. Their invitation names no student.', maxLength: 2_000, rows: 2, value: textOf(values)('others'), problems })}`;
}

export function textOf(values: FormValues): (name: string) => string {
  return (name) => {
    const value = values[name];
    return typeof value === 'string' ? value : '';
  };
}
