import { z } from 'zod';
import { longDate } from '../../documents/dates.ts';
import { letterReasonInWords } from '../../domain/letter-reasons.ts';
import { mayAnywhere, mayDo } from '../../domain/rights.ts';
import { clockTimeInZone, dateInZone } from '../../domain/school-date.ts';
import { whom } from '../../domain/whom.ts';
import { recallLetters } from '../../procedure/recall-letters.ts';
import { resolveLetter } from '../../procedure/resolve-letter.ts';
import { readDocument } from '../../store/documents.ts';
import { type LetterStory, readLetterStory } from '../../store/letter-story.ts';
import { type ListedOfficeLetter, listOfficeLetters, placeOfLetter } from '../../store/office-letters.ts';
import { checkBox, form, radioField, textArea } from '../form.ts';
import { neededNote, oneOf, ticked } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { refusedForm, seenBy, stepTitle, typed } from './office-words.ts';

const resolveForm = z.strictObject({
  found: oneOf(['delivered', 'not-delivered'], 'what you found'),
  because: neededNote('how you found out', 500),
  paper: ticked(),
});

const recallForm = z.strictObject({ because: neededNote('a reason', 500) });

const WAITING: ReadonlySet<string> = new Set(['planned', 'held', 'queued', 'claimed']);

/** `/letters`: letters that wait for a person; `/letters/:ref`: one of them, what is known of it, and what can be done. */
export function registerLetterPages(site: Site): void {
  const { config } = site.deps;
  site.navigation({
    path: '/letters',
    label: 'Letters',
    shows: (person) => mayAnywhere(person, 'resolve-letter'),
  });

  site.get('/letters', async (request): Promise<PageAnswer> => {
    const { person, procedure, moment } = request;
    if (procedure === null || !mayAnywhere(person, 'resolve-letter')) return { kind: 'not-found' };
    const listed = await listOfficeLetters(request.db, procedure.schoolYear.id, moment.today);
    const all = seenBy(person, 'resolve-letter', listed);
    const of = (...states: string[]) => all.filter(({ state }) => states.includes(state));
    const detail = { letters: all.length, ...whom(all.map(({ studentId }) => studentId)) };
    await request.viewed({ action: 'list-viewed', subject: 'letters', detail });
    const titleOf = (step: string) => stepTitle(procedure, step);
    const sections = [
      section(
        'Uncertain',
        of('uncertain'),
        'The mail server may or may not have them. Nothing is sent again before somebody has found out.',
        titleOf,
      ),
      section('Held', of('held'), 'They do not leave by themselves.', titleOf),
      section('On their way', of('planned', 'queued', 'claimed'), 'They can still be called back.', titleOf),
    ].filter((one) => one !== nothing);
    return {
      kind: 'page',
      title: 'Letters',
      within: '/letters',
      body: html`${sections.length === 0 ? html`<p>No letter waits for anything.</p>` : sections}
<p><a href="/prints">Print runs</a> · <a href="/returned">Record returned post</a>${mayAnywhere(person, 'answer-approval') ? html` · <a href="/brakes">What keeps letters back</a> · <a href="/stop">Stop all sending</a>` : nothing}</p>`,
    };
  });

  site.get('/letters/:ref', async (request): Promise<PageAnswer> => {
    const story = await find(request);
    if (story === null) return { kind: 'not-found' };
    await request.viewed({
      action: 'letter-viewed',
      subject: story.letter.ref,
      studentId: story.letter.studentId,
    });
    return letterPage(request, story, config.district.timeZone);
  });

  site.get('/letters/:ref/pdf', async (request): Promise<PageAnswer> => {
    const story = await find(request, 'view-file');
    if (story === null || story.letter.pdfDocumentId === null) return { kind: 'not-found' };
    const { bytes, mediaType } = await readDocument(request.db, story.letter.pdfDocumentId);
    await request.viewed({
      action: 'letter-viewed',
      subject: story.letter.ref,
      studentId: story.letter.studentId,
      detail: { as: 'pdf' },
    });
    return { kind: 'file', fileName: `letter-${story.letter.ref}.pdf`, mediaType, bytes, inline: true };
  });

  site.post(
    '/letters/:ref/resolve',
    resolveForm,
    async ({ found, because, paper }, request, tx): Promise<PageAnswer> => {
      const { procedure, person, moment } = request;
      const story = await find(request);
      if (story === null || procedure === null) return { kind: 'not-found' };
      const { ref, studentId } = story.letter;
      const finding = { ref, delivered: found === 'delivered', by: person.name, because, onPaper: paper };
      const outcome = await resolveLetter(tx, procedure, finding, moment);
      if (outcome.kind === 'unknown' || outcome.kind === 'not-uncertain')
        return refusedForm(
          letterPage(request, story, config.district.timeZone),
          'This letter is no longer uncertain.',
        );
      await request.audit(tx, { action: 'letter-resolved', subject: ref, studentId, detail: { found } });
      const next =
        outcome.kind === 'delivered'
          ? 'It counts as sent.'
          : outcome.next.kind === 'reissued'
            ? 'Another one is sent in its place.'
            : 'What is still owed to the family is planned by itself.';
      return {
        kind: 'redirect',
        to: '/letters',
        notice: `Letter ${ref} is recorded as ${found === 'delivered' ? 'arrived' : 'not arrived'}. ${next}`,
      };
    },
    { again },
  );

  site.post(
    '/letters/:ref/recall',
    recallForm,
    async ({ because }, request, tx): Promise<PageAnswer> => {
      const story = await find(request);
      if (story === null) return { kind: 'not-found' };
      const { ref, studentId } = story.letter;
      const outcome = await recallLetters(tx, [ref], { by: request.person.name, because }, request.moment);
      if (outcome.kind === 'not-recalled')
        return refusedForm(
          letterPage(request, story, config.district.timeZone),
          'This letter can no longer be called back.',
        );
      await request.audit(tx, { action: 'letter-recalled', subject: ref, studentId });
      return { kind: 'redirect', to: '/letters', notice: `Letter ${ref} is called back.` };
    },
    { again },
  );

  async function again(
    request: PageRequest,
    problems: readonly FormProblem[],
    values: FormValues,
  ): Promise<PageAnswer> {
    const story = await find(request);
    if (story === null) return { kind: 'not-found' };
    return {
      kind: 'invalid',
      problems,
      page: letterPage(request, story, config.district.timeZone, problems, values),
    };
  }

  async function find(
    request: PageRequest,
    right: 'resolve-letter' | 'view-file' = 'resolve-letter',
  ): Promise<LetterStory | null> {
    const { db, person, params, moment } = request;
    const ref = (params.ref ?? '').toUpperCase();
    const letter = await placeOfLetter(db, ref, moment.today);
    if (letter === null) return null;
    if (mayDo(person, right, [letter.school])) return readLetterStory(db, ref);
    request.refuse({ subject: ref, studentId: letter.studentId });
    return null;
  }
}

function section(
  title: string,
  letters: readonly ListedOfficeLetter[],
  about: string,
  titleOf: (step: string) => string,
): Html {
  if (letters.length === 0) return nothing;
  const id = title.toLowerCase().replace(/ /g, '-');
  const cards = letters.map(
    ({
      ref,
      name,
      grade,
      schoolName,
      step,
      channel,
      reason,
    }) => html`<li class="card"><h3><a href="/letters/${ref}">${titleOf(step)}: ${name}</a></h3>
<p>${grade === null ? '' : `Grade ${grade}, `}${schoolName}, ${channel === 'paper' ? 'on paper' : 'by e-mail'}</p>
<p class="quiet-text">Reference ${ref}${reason === null ? '' : `: ${letterReasonInWords(reason)}`}</p></li>`,
  );
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}: ${letters.length}</h2><p>${about}</p><ul class="cards">${cards}</ul></section>`;
}

function letterPage(
  request: PageRequest,
  { letter, attempts }: LetterStory,
  timeZone: string,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Page {
  const when = (at: Date) => `${longDate(dateInZone(at, timeZone), 'en')}, ${clockTimeInZone(at, timeZone)}`;
  const last = attempts.at(-1);
  const facts: (readonly [string, string | null])[] = [
    ['Student', letter.name],
    ['School', letter.school],
    ['To', letter.to],
    ['State', letter.state],
    ['Reason', letter.state === 'uncertain' ? null : inWords(letter.reason)],
    ['Days', letter.count],
    ['Reference', letter.ref],
  ];
  const proof: (readonly [string, string | null])[] = [
    ['Message-ID', letter.messageId],
    ['Return path', letter.envelopeFrom],
    ['Handed over from', letter.transmittingAt === null ? null : when(letter.transmittingAt)],
    ['Last answer of the mail server', last?.reply ?? null],
    ['What went wrong', inWords(last?.reason ?? null)],
  ];
  const uncertain = letter.state === 'uncertain';
  return {
    kind: 'page',
    title: `${stepTitle(request.procedure, letter.step)} ${letter.ref}`,
    within: '/letters',
    body: html`${listOf(facts)}
${letter.pdfDocumentId === null ? nothing : html`<p><a href="/letters/${letter.ref}/pdf">Read the letter (PDF)</a></p>`}
${
  uncertain
    ? html`<section aria-labelledby="log"><h2 id="log">What to look for</h2>
<p>Ask whoever keeps the mail server to look for this Message-ID in its log, from a minute before the hand-over on. “Accepted” or “queued” means that it arrived; no trace of it means that it did not.</p>${listOf(proof)}</section>
<section aria-labelledby="found"><h2 id="found">What you found</h2>${form(request, {
        action: `/letters/${letter.ref}/resolve`,
        submit: 'Record what I found',
        fields: html`${radioField({
          name: 'found',
          label: 'Did the mail server take it?',
          value: typed(values, 'found'),
          problems,
          choices: [
            {
              value: 'delivered',
              label: 'Yes, it arrived',
              hint: 'It counts as sent on the day of the hand-over.',
            },
            {
              value: 'not-delivered',
              label: 'No, it did not',
              hint: 'Another one is sent, if it is still owed.',
            },
          ],
        })}${textArea({ name: 'because', label: 'How you found out', maxLength: 500, rows: 2, required: true, value: typed(values, 'because'), problems })}${checkBox(
          {
            name: 'paper',
            label: 'If it did not arrive, send the next one on paper',
            checked: values.paper === 'yes',
          },
        )}`,
      })}</section>`
    : nothing
}
${
  WAITING.has(letter.state)
    ? html`<section aria-labelledby="recall"><h2 id="recall">Call it back</h2><p>It is not sent, and its step is skipped for as long as the count stands.</p>${form(
        request,
        {
          action: `/letters/${letter.ref}/recall`,
          submit: 'Call the letter back',
          look: 'danger',
          fields: textArea({
            name: 'because',
            label: 'Why',
            maxLength: 500,
            rows: 2,
            required: true,
            value: typed(values, 'because'),
            problems,
          }),
        },
      )}</section>`
    : nothing
}`,
  };
}

function inWords(reason: string | null): string | null {
  return reason === null ? null : letterReasonInWords(reason);
}

function listOf(facts: readonly (readonly [string, string | null])[]): Html {
  const shown = facts.filter(([, value]) => value !== null && value !== '');
  return html`<dl class="facts">${shown.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}
