import { longDate } from '../../documents/dates.ts';
import { outcomeInWords } from '../../domain/case-outcomes.ts';
import { disclosureStateInWords } from '../../domain/disclosure-words.ts';
import { gapInWords } from '../../procedure/task-words.ts';
import type { FiledReferral } from '../../store/file-parts.ts';
import type { FileSection } from '../files/file-sections.ts';
import { type Html, html, nothing } from '../html.ts';
import { questionList } from './case-page.ts';

/** For a student’s page: the cases of the school year, and what they wait for. */
export const referralSection: FileSection = ({ referrals }) => {
  if (referrals.length === 0) return nothing;
  return html`<section aria-labelledby="referral"><h2 id="referral">Referral</h2>${referrals.map(oneReferral)}</section>
`;
};

function oneReferral(referral: FiledReferral): Html {
  const { events } = referral;
  const outcome = events.findLast(({ kind }) => kind === 'outcome');
  const receipt = events.find(({ kind }) => kind === 'receipt');
  return html`<h3>Case ${referral.ref}</h3><p>${standing(referral)}${referral.superseded ? ' The records behind it were corrected since.' : ''}</p>
${referral.gaps.length === 0 ? nothing : html`<ul>${referral.gaps.map((gap) => html`<li>${gapInWords(gap, { pages: true })}</li>`)}</ul>`}
${referral.releasedBy === null ? nothing : html`<p>Released by ${referral.releasedBy}: ${referral.releasedBecause}</p>`}
${
  referral.state !== 'delivered'
    ? nothing
    : html`<p>Receipt: ${receipt === undefined ? 'not confirmed' : `confirmed on ${longDate(receipt.on, 'en')}`}. Outcome: ${outcomeInWords(outcome?.outcome ?? null)}.</p>${questionList(events)}`
}`;
}

function standing({ state, deliveredOn, shadow }: FiledReferral): string {
  if (shadow) return 'A packet was put together for looking at; nothing is sent.';
  if (state === 'gathering') return 'The packet has not left.';
  if (state === 'delivering') return 'The packet is on its way to the officer.';
  return deliveredOn === null ? '' : `The packet was sent on ${longDate(deliveredOn, 'en')}.`;
}

/** For a student’s page: what was disclosed, to whom, and on which legal basis (34 CFR 99.32). */
export const disclosureSection: FileSection = ({ disclosures }) => {
  if (disclosures.length === 0) return nothing;
  const rows = disclosures.map(
    (
      one,
    ) => html`<tr><th scope="row">${one.on === null ? '' : longDate(one.on, 'en')}</th><td>${one.what}</td><td>${one.to.name}, ${one.to.agency}</td>
<td>${one.how} (${disclosureStateInWords(one.state)}), by ${one.by}</td><td>${one.legalBasis}. ${one.interest}</td></tr>`,
  );
  return html`<section aria-labelledby="disclosures"><h2 id="disclosures">Disclosures</h2><div class="scroll" tabindex="0" role="region" aria-label="Table of disclosures"><table><caption>Disclosures outside the school</caption>
<thead><tr><th scope="col">Date</th><th scope="col">What</th><th scope="col">To</th><th scope="col">How</th><th scope="col">Legal basis and interest</th></tr></thead><tbody>${rows}</tbody></table></div></section>
`;
};
