import { z } from 'zod';
import { longDate } from '../../documents/dates.ts';
import { keyOf, maySubstitute } from '../../domain/task-people.ts';
import type { Person } from '../../procedure/people.ts';
import { type AwayOutcome, recordAway, recordBack } from '../../procedure/staff-away.ts';
import { listStaffAway } from '../../store/staff-away.ts';
import { form, selectField, textField } from '../form.ts';
import { neededDate, neededLine } from '../form-fields.ts';
import { html, nothing } from '../html.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { refusedForm, typed } from './office-words.ts';

const awayForm = z.strictObject({
  from: neededDate('the first day'),
  until: neededDate('the last day'),
  substitute: z.string().max(320).default(''),
});

const backForm = z.strictObject({ email: neededLine('who is back', 320) });

/** `/away`: I am away from a day until a day, and who gets my tasks. */
export function registerAwayPage(site: Site): void {
  const { config } = site.deps;
  site.navigation({ path: '/away', label: 'Away', shows: ({ kind }) => kind === 'staff' });

  site.get('/away', async (request): Promise<PageAnswer> => {
    if (request.person.kind !== 'staff') return { kind: 'not-found' };
    return awayPage(request);
  });

  site.post(
    '/away',
    awayForm,
    async ({ from, until, substitute }, request, tx): Promise<PageAnswer> => {
      const { person, moment } = request;
      if (person.kind !== 'staff') return { kind: 'not-found' };
      const wish = {
        email: person.email,
        begins: from,
        ends: until,
        substitute: substitute === '' ? null : substitute,
      };
      const outcome = await recordAway(tx, config, { ...wish, by: person.name }, moment);
      if (outcome.kind !== 'recorded') {
        const [text, field] = [problemWords(outcome), outcome.kind === 'bad-days' ? 'until' : ''];
        const page = await awayPage(request, [{ field, text }], { from, until, substitute });
        return refusedForm(page, text, field);
      }
      await request.audit(tx, {
        action: 'absence-noted',
        detail: { state: 'away', person: person.email, substitute: wish.substitute, from, until },
      });
      return {
        kind: 'redirect',
        to: '/away',
        notice: `You are away from ${longDate(from, 'en')} to ${longDate(until, 'en')}.`,
      };
    },
    {
      again: async (request, problems, values) => {
        if (request.person.kind !== 'staff') return { kind: 'not-found' };
        return { kind: 'invalid', problems, page: await awayPage(request, problems, values) };
      },
    },
  );

  site.post('/away/back', backForm, async ({ email }, request, tx): Promise<PageAnswer> => {
    const { person, moment } = request;
    if (person.kind !== 'staff' || !mayEnd(person, email)) return { kind: 'not-found' };
    if (await recordBack(tx, { email, by: person.name }, moment))
      await request.audit(tx, { action: 'absence-noted', detail: { state: 'back', person: keyOf(email) } });
    return { kind: 'redirect', to: '/away', notice: 'Recorded: back again.' };
  });

  async function awayPage(
    request: PageRequest,
    problems: readonly FormProblem[] = [],
    values: FormValues = {},
  ): Promise<Page> {
    const { db, person, moment } = request;
    const nameOf = (email: string) => config.staff.find((one) => keyOf(one.email) === email)?.name ?? email;
    const listed = (await listStaffAway(db, moment.today)).filter(({ email }) => mayEnd(person, email));
    const items = listed.map(
      ({
        email,
        begins,
        ends,
        substitute,
      }) => html`<li class="card"><h3>${nameOf(email)}</h3><p>From ${longDate(begins, 'en')} to ${longDate(ends, 'en')}. Tasks go to ${substitute === null ? 'others in the role' : nameOf(substitute)}.</p>
${form(request, { action: '/away/back', submit: 'Back again', look: 'quiet', about: nameOf(email), fields: html`<input type="hidden" name="email" value="${email}">` })}</li>`,
    );
    const others = [...new Map(config.staff.map(({ email, name }) => [keyOf(email), name]))]
      .filter(([email]) => email !== person.email && maySubstitute(email, person.email, config.staff))
      .sort(([, a], [, b]) => a.localeCompare(b, 'en'));
    const fields = html`${textField({ name: 'from', label: 'First day away', type: 'date', required: true, value: typed(values, 'from'), problems })}
${textField({ name: 'until', label: 'Last day away', type: 'date', required: true, min: moment.today, value: typed(values, 'until'), problems })}
${selectField({
  name: 'substitute',
  label: 'Who gets your tasks',
  hint: 'Whoever may see the files of your schools, or has your role there.',
  value: typed(values, 'substitute'),
  problems,
  choices: [
    { value: '', label: 'Others in my role, else the administrator' },
    ...others.map(([value, label]) => ({ value, label })),
  ],
})}`;
    return {
      kind: 'page',
      title: 'Away',
      within: '/away',
      body: html`${items.length === 0 ? nothing : html`<section aria-labelledby="now"><h2 id="now">On record</h2><ul class="cards">${items}</ul></section>`}
<section aria-labelledby="plan"><h2 id="plan">I am going to be away</h2><p>You get no mails then, and nobody waits for you.</p>${form(request, { action: '/away', submit: 'Record', fields })}</section>`,
    };
  }
}

/** Own absences, and for a supervisor everybody’s. */
function mayEnd({ email, roles }: Person, of: string): boolean {
  return keyOf(of) === email || roles.some(({ role, schools }) => role === 'supervisor' && schools === 'all');
}

function problemWords(outcome: Exclude<AwayOutcome, { kind: 'recorded' }>): string {
  switch (outcome.kind) {
    case 'unknown-person':
      return 'Please choose somebody from the list.';
    case 'substitute-without-right':
    case 'own-substitute':
      return 'Please choose somebody else.';
    case 'bad-days':
      return `Please enter a last day from the first day on that is not past, at most ${outcome.longestDays} days later.`;
    case 'overlaps':
      return `You are on record as away from ${longDate(outcome.other.begins, 'en')} to ${longDate(outcome.other.ends, 'en')} already.`;
  }
}
