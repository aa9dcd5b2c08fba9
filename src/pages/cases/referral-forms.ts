import { z } from 'zod';
import { mayDo } from '../../domain/rights.ts';
import { answerQuestion, questionOfTask } from '../../procedure/case-desk.ts';
import { gapInWords } from '../../procedure/task-words.ts';
import { findQuestion, listCaseEvents } from '../../store/case-events.ts';
import type { Db } from '../../store/database.ts';
import { homeSchoolOf } from '../../store/home-school.ts';
import type { TaskForMail } from '../../store/open-tasks.ts';
import { type Referral, readReferral, releaseReferral } from '../../store/referrals.ts';
import { form, textArea } from '../form.ts';
import { neededNote } from '../form-fields.ts';
import { type Html, html } from '../html.ts';
import type { PageAnswer, PageRequest, Site } from '../site.ts';
import { registerTaskForm } from '../tasks/task-forms.ts';
import { questionList } from './case-page.ts';

const releaseForm = z.strictObject({ why: neededNote('the reason') });
const answerForm = z.strictObject({ answer: neededNote('your answer') });

/** What the administrator answers: gaps of a referral, with its release, and questions of the officer. */
export function registerReferralForms(site: Site): void {
  const { letterbox } = site.deps;
  registerTaskForm(site, ['fix-referral-gaps'], gapsOf);
  registerTaskForm(site, ['officer-question'], questionFormOf);

  site.post('/referrals/:ref/release', releaseForm, async ({ why }, request, tx): Promise<PageAnswer> => {
    const referral = await readReferral(tx, { ref: request.params.ref ?? '' });
    if (referral === null || !(await mayAnswer(request, referral))) return { kind: 'not-found' };
    const release = { ref: referral.ref, by: request.person.name, because: why, now: request.moment.now };
    const released = await releaseReferral(tx, release);
    if (!released) return { kind: 'redirect', to: '/tasks', notice: 'The referral does not wait any more.' };
    await request.audit(tx, {
      action: 'referral-released',
      subject: referral.ref,
      studentId: referral.studentId,
      detail: { gaps: referral.gaps.join(' ') },
    });
    const notice = `Case ${referral.ref} goes to the officer with the next look at what is due.`;
    return { kind: 'redirect', to: '/tasks', notice };
  });

  site.post(
    '/referrals/questions/:ref/answer',
    answerForm,
    async ({ answer }, request, tx): Promise<PageAnswer> => {
      const question = await findQuestion(tx, request.params.ref ?? '');
      const referral = question === null ? null : await readReferral(tx, { id: question.referralId });
      if (question === null || referral === null || !(await mayAnswer(request, referral)))
        return { kind: 'not-found' };
      const said = { question: question.ref, by: request.person.name, says: answer };
      const answered = await answerQuestion(tx, letterbox, said, request.moment);
      if (answered === 'answered') {
        await request.audit(tx, {
          action: 'question-answered',
          subject: referral.ref,
          studentId: referral.studentId,
          detail: { question: question.ref },
        });
      }
      return { kind: 'redirect', to: '/tasks', notice: ANSWERED[answered] };
    },
  );
}

const ANSWERED = {
  answered: 'The officer sees your answer.',
  'answered-before': 'Somebody has answered this question already.',
  'not-found': 'This question is not there any more.',
  stopped: 'Nothing may be said about this student now.',
} as const;

/** The school that the student goes to now, whichever has referred the student. */
async function mayAnswer(request: PageRequest, { ref, studentId }: Referral): Promise<boolean> {
  const school = await homeSchoolOf(request.db, studentId, request.moment.today);
  const may = mayDo(request.person, 'release-referral', [school?.sourcedId ?? null]);
  if (!may) request.refuse({ subject: ref, studentId });
  return may;
}

async function referralOfTask(db: Db, { ref }: TaskForMail): Promise<Referral | null> {
  const row = await db.selectFrom('task').select('referral_id').where('ref', '=', ref).executeTakeFirst();
  return row?.referral_id == null ? null : readReferral(db, { id: row.referral_id });
}

async function gapsOf(task: TaskForMail, request: PageRequest): Promise<Html> {
  const referral = await referralOfTask(request.db, task);
  if (referral === null) return html`<p>The referral is not there any more.</p>`;
  const gaps = html`<section aria-labelledby="gaps"><h2 id="gaps">What is missing in case ${referral.ref}</h2>
<ul>${referral.gaps.map((gap) => html`<li>${gapInWords(gap, { pages: true })}</li>`)}</ul>
<p>Once nothing is missing, the packet leaves by itself and this task closes.</p></section>`;
  if (!(await mayAnswer(request, referral))) return gaps;
  return html`${gaps}<section aria-labelledby="release"><h2 id="release">Send it all the same</h2>
<p>You answer for it with your name and the reason, and the officer reads both. It covers what is named above; whatever comes up later is asked anew.</p>
${form(request, {
  action: `/referrals/${referral.ref}/release`,
  submit: 'Release the packet',
  look: 'danger',
  fields: textArea({
    name: 'why',
    label: 'Why it is sent in spite of this',
    maxLength: 2_000,
    required: true,
  }),
})}</section>`;
}

async function questionFormOf(task: TaskForMail, request: PageRequest): Promise<Html> {
  const referral = await referralOfTask(request.db, task);
  const ref = questionOfTask(task.detail);
  if (referral === null || ref === null) return html`<p>The question is not there any more.</p>`;
  const events = await listCaseEvents(request.db, referral.id);
  const question = events.find((one) => one.ref === ref);
  const asked =
    question === undefined ? [] : events.filter((one) => one === question || one.answers === question.id);
  const list = html`<section aria-labelledby="question"><h2 id="question">Question ${ref}</h2>${questionList(asked)}</section>`;
  if (!(await mayAnswer(request, referral))) return list;
  return html`${list}<section aria-labelledby="answer"><h2 id="answer">Your answer</h2>
${form(request, {
  action: `/referrals/questions/${ref}/answer`,
  submit: 'Send the answer',
  fields: textArea({
    name: 'answer',
    label: 'What the officer reads',
    hint: 'It goes into the attendance file and into the record of disclosures.',
    maxLength: 2_000,
    required: true,
  }),
})}</section>`;
}
