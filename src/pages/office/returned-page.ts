import { z } from 'zod';
import { longDate } from '../../documents/dates.ts';
import { mayAnywhere, mayDo } from '../../domain/rights.ts';
import { type ReturnedOutcome, recordReturnedPost } from '../../procedure/returned-post.ts';
import { placeOfLetter } from '../../store/office-letters.ts';
import { form, textField } from '../form.ts';
import { neededDate, neededLine } from '../form-fields.ts';
import { html } from '../html.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { refusedForm, typed } from './office-words.ts';

const returnedForm = z.strictObject({
  letter: neededLine('the reference of the letter', 20),
  because: neededLine('what the post says', 500),
  on: neededDate('the day on which it came back'),
});

/** `/returned`: the post has brought a letter back. */
export function registerReturnedPage(site: Site): void {
  site.get('/returned', async (request): Promise<PageAnswer> => {
    if (!mayAnywhere(request.person, 'handle-paper')) return { kind: 'forbidden' };
    return returnedPage(request);
  });

  site.post(
    '/returned',
    returnedForm,
    async ({ letter, because, on }, request, tx): Promise<PageAnswer> => {
      const { person, procedure, moment } = request;
      if (procedure === null || !mayAnywhere(person, 'handle-paper')) return { kind: 'forbidden' };
      const ref = letter.toUpperCase();
      const place = await placeOfLetter(tx, ref, moment.today);
      const refused = (text: string, field: string) =>
        refusedForm(returnedPage(request, [{ field, text }], { letter, because, on }), text, field);
      // One of another school is not told from one that there is not.
      if (place === null || !mayDo(person, 'handle-paper', [place.school])) {
        if (place !== null) request.refuse({ subject: ref, studentId: place.studentId });
        return refused(PROBLEMS['not-posted'], 'letter');
      }
      const outcome = await recordReturnedPost(tx, procedure, { ref, by: person.name, because, on }, moment);
      if (outcome.kind !== 'recorded')
        return refused(PROBLEMS[outcome.kind], outcome.kind === 'bad-day' ? 'on' : 'letter');
      const { studentId } = outcome;
      await request.audit(tx, { action: 'post-returned', subject: ref, studentId });
      return {
        kind: 'redirect',
        to: '/returned',
        notice: `Letter ${ref} is recorded as come back on ${longDate(on, 'en')}. It no longer counts as notice, and you have a task to find out the address.`,
      };
    },
    {
      again: async (request, problems, values) => {
        if (!mayAnywhere(request.person, 'handle-paper')) return { kind: 'forbidden' };
        return { kind: 'invalid', problems, page: returnedPage(request, problems, values) };
      },
    },
  );
}

const PROBLEMS: Readonly<Record<Exclude<ReturnedOutcome['kind'], 'recorded'>, string>> = {
  'not-posted':
    'No letter with this reference was posted. It stands on each of its pages, for example L-7F3K-2Q9M.',
  'returned-before': 'This letter is on record as come back already.',
  'bad-day': 'Please enter a day on which the letter was in the post, not after today.',
};

function returnedPage(
  request: PageRequest,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Page {
  const fields = html`${textField({ name: 'letter', label: 'Reference of the letter', hint: 'It is printed on each of its pages, for example L-7F3K-2Q9M.', maxLength: 20, required: true, value: typed(values, 'letter'), problems })}
${textField({ name: 'because', label: 'What the post says', hint: 'For example: no such number. Goes into the attendance file.', maxLength: 500, required: true, value: typed(values, 'because'), problems })}
${textField({ name: 'on', label: 'Came back on', type: 'date', required: true, value: typed(values, 'on') || request.moment.today, max: request.moment.today, problems })}`;
  return {
    kind: 'page',
    title: 'Returned post',
    within: '/prints',
    body: html`<p>A letter that came back no longer counts as notice. Nothing goes to that address before the SIS has another one.</p>${form(request, { action: '/returned', submit: 'Record as come back', fields })}`,
  };
}
