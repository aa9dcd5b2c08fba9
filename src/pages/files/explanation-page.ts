import { formatDays } from '../../domain/days.ts';
import { explainEvaluation } from '../../domain/explanation.ts';
import { decisionSentence, RECIPIENT_RULES } from '../../domain/recipient-words.ts';
import { THE_STUDENT } from '../../domain/recipients.ts';
import { spelled } from '../../domain/words.ts';
import { assess } from '../../procedure/assess.ts';
import { lookNow } from '../../procedure/baseline.ts';
import { decisionOnRecord } from '../../procedure/decision-on-record.ts';
import { listApprovals } from '../../store/approvals.ts';
import { listKeptRecipients } from '../../store/letter-recipients.ts';
import { loadStudentFacts } from '../../store/student-facts.ts';
import { html, nothing } from '../html.ts';
import type { PageAnswer, Site } from '../site.ts';
import { findFile, nameOf } from './find-file.ts';
import { excuseWords } from './year-picture.ts';

/** Why a student stands where he or she stands: rule, rows, result, and who gets a letter. */
export function registerExplanationPage(site: Site): void {
  const { db } = site.deps;
  site.get('/files/:file/explanation', async (request): Promise<PageAnswer> => {
    const found = await findFile(request);
    if (found.kind !== 'found') return found;
    const { file, procedure } = found;
    const { moment } = request;
    const student = { studentId: file.id, schoolYear: procedure.schoolYear.id };
    const facts = await loadStudentFacts(db, { id: file.id, schoolYear: student.schoolYear });
    if (facts === null) return { kind: 'not-found' };
    await request.viewed({ action: 'file-viewed', studentId: file.id });
    const { evaluation, recipients } = assess(facts, procedure, await lookNow(db, procedure, moment));
    const approvals = await listApprovals(db, student, moment.today);
    const name = nameOf(file);
    const explained = explainEvaluation(evaluation, procedure.policy, name, approvals);
    const names = new Map(facts.guardians.map((one) => [one.id, `${one.givenName} ${one.familyName}`]));
    names.set(THE_STUDENT, name);
    const nameOfPerson = (id: number) => names.get(id) ?? 'a person who is not in the records any more';
    const decision = await decisionOnRecord(db, student, moment.today);
    const kept = await listKeptRecipients(db, student);
    const days = evaluation.days.map(
      ({ date, fraction, excuse, rule, codes }) =>
        html`<tr><th scope="row">${spelled(date)}</th><td data-label="Days">${formatDays(fraction)}</td><td data-label="Excuse">${excuseWords[excuse]}</td><td data-label="Taken from">${ruleWords[rule]}</td><td data-label="Code">${codes.join(', ')}</td></tr>`,
    );
    return {
      kind: 'page',
      title: 'Why it stands so',
      within: '/files',
      body: html`<p>About <a href="/files/${file.ref}">${name}</a>, worked out now from what was read from the SIS.</p>
<p>${explained.summary}</p>
<section aria-labelledby="steps"><h2 id="steps">Step by step</h2><ul>${explained.steps.map(({ sentence }) => html`<li>${sentence}</li>`)}</ul></section>
<section aria-labelledby="days"><h2 id="days">Days that count</h2>${
        days.length === 0
          ? html`<p>None.</p>`
          : html`<div class="scroll" role="region" aria-label="Table of the days" tabindex="0"><table class="stack"><caption>Each date once</caption><thead><tr><th scope="col">Date</th><th scope="col">Days</th><th scope="col">Excuse</th><th scope="col">Taken from</th><th scope="col">Code</th></tr></thead><tbody>${days}</tbody></table></div>`
      }${
        explained.leftOut.length === 0
          ? nothing
          : html`<p>Rows that do not count: ${explained.leftOut.map(({ reason, rows }) => `${rows} ${reason}`).join('; ')}.</p>`
      }</section>
<section aria-labelledby="recipients"><h2 id="recipients">Who would get a letter today</h2>${
        recipients.people.length === 0
          ? html`<p>The records link nobody to the student.</p>`
          : html`<ul>${recipients.people.map((person) => html`<li>${decisionSentence(person, nameOfPerson)}</li>`)}</ul>`
      }${RECIPIENT_RULES.map((rule) => html`<p class="quiet-text">${rule}</p>`)}</section>
${kept.map(
  ({ step, decidedOn, people, letters }) =>
    html`<section><h2>Who was chosen on ${spelled(decidedOn)} (${stepTitle(procedure.policy.steps, step)})</h2><p>Letters ${letters.join(', ')}.</p><ul>${people.map((person) => html`<li>${decisionSentence(person, nameOfPerson)}</li>`)}</ul></section>
`,
)}<section aria-labelledby="record"><h2 id="record">Decision on record</h2><p>${
        decision === null
          ? 'Nothing was decided up to this day.'
          : `Decided on ${spelled(decision.decidedOn)} under policy ${decision.policyVersion}. Worked out again from what was kept with it: ${decision.recomputed}.`
      }</p></section>`,
    };
  });
}

const ruleWords = {
  'day-value': 'the day value of the SIS',
  minutes: 'minutes',
  periods: 'periods',
} as const;

function stepTitle(steps: readonly { id: string; title: string }[], step: string): string {
  return steps.find(({ id }) => id === step)?.title ?? step;
}
