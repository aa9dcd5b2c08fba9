import { longDate } from '../../documents/dates.ts';
import { outcomeInWords } from '../../domain/case-outcomes.ts';
import { mayAnywhere } from '../../domain/rights.ts';
import { type CaseOfOfficer, casesOfOfficer } from '../../store/case-events.ts';
import { type Html, html } from '../html.ts';
import type { Site } from '../site.ts';

/** `/cases`: what was referred to the officer. No page names a student; the packet does. */
export function registerCaseList(site: Site): void {
  site.get('/cases', async (request) => {
    if (!mayAnywhere(request.person, 'pick-up-packet')) return { kind: 'not-found' };
    const cases = await casesOfOfficer(site.deps.db, request.person.email);
    await request.viewed({ action: 'list-viewed', subject: '/cases', detail: { cases: cases.length } });
    return {
      kind: 'page',
      title: 'Cases',
      within: '/cases',
      body:
        cases.length === 0
          ? html`<p>No case was referred to you.</p>`
          : html`<ul class="cards">${cases.map(cardOf)}</ul>`,
    };
  });
}

function cardOf(one: CaseOfOfficer): Html {
  const sent = one.deliveredOn === null ? 'On its way to you' : `Sent ${longDate(one.deliveredOn, 'en')}`;
  const receipt = one.received ? 'receipt confirmed' : 'receipt not confirmed';
  const questions = one.openQuestions === 0 ? '' : ` Questions without an answer: ${one.openQuestions}.`;
  return html`<li class="card${one.received ? '' : ' late'}"><h2><a href="/case/${one.ref}">Case ${one.ref}</a></h2>
<p>${one.school}</p><p>${sent}, ${receipt}. Outcome: ${outcomeInWords(one.outcome)}.${questions}</p>
${one.superseded ? html`<p><strong>The records behind it were corrected.</strong></p>` : ''}</li>`;
}
