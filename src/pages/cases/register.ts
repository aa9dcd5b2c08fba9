import { mayAnywhere } from '../../domain/rights.ts';
import { registerFileSection } from '../files/file-sections.ts';
import type { Site } from '../site.ts';
import { registerCaseList } from './case-list-page.ts';
import { registerCasePage } from './case-page.ts';
import { registerReferralForms } from './referral-forms.ts';
import { disclosureSection, referralSection } from './student-sections.ts';

/** The officer’s cases, and what staff answer about them. */
export function registerCasePages(site: Site): void {
  site.navigation({
    path: '/cases',
    label: 'Cases',
    shows: (person) => mayAnywhere(person, 'pick-up-packet'),
  });
  registerCaseList(site);
  registerCasePage(site);
  registerReferralForms(site);
  registerFileSection(site, 'referral', referralSection);
  registerFileSection(site, 'disclosures', disclosureSection);
}
