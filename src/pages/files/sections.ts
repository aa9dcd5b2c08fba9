import { holdKindWords, roleWords } from '../../domain/plain-words.ts';
import type { HoldScope } from '../../domain/policy.ts';
import { spelled } from '../../domain/words.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import type { FileView, ViewedHold } from '../../store/file-view.ts';
import { type Html, html, nothing } from '../html.ts';
import type { PageRequest } from '../site.ts';
import { mayAbout } from './find-file.ts';
import { proofOf } from './letter-words.ts';

/** Every letter of the school year, with what is known of it. */
export function lettersSection(file: FileView, { policy, timeZone }: Procedure): Html {
  if (file.letters.length === 0) return nothing;
  const titles = new Map(policy.steps.map(({ id, title }) => [id, title]));
  const items = file.letters.map(
    (letter) =>
      html`<li><a href="/files/${file.ref}/letters/${letter.ref}">${titles.get(letter.step) ?? letter.step}</a> to ${letter.to}, ${letter.channel === 'paper' ? 'on paper' : 'by e-mail'}. ${proofOf(letter, timeZone)}</li>`,
  );
  return html`<section aria-labelledby="letters"><h2 id="letters">Letters</h2><ul>${items}</ul></section>
`;
}

export function guardiansSection(file: FileView, templates: LanguageNames): Html {
  if (file.guardians.length === 0)
    return html`<section aria-labelledby="guardians"><h2 id="guardians">Guardians</h2><p>The records link nobody to this student.</p></section>
`;
  const items = file.guardians.map((one) => {
    const about = [
      ...(one.relationship === null ? [] : [one.relationship]),
      ...(one.language === null ? [] : [`speaks ${nameOfLanguage(one.language, templates)}`]),
    ];
    const limits = [
      ...(one.noContact ? ['must not be contacted'] : []),
      ...(one.current ? [] : ['not in the records any more']),
      ...(one.isGuardian === false ? ['not a guardian of this student'] : []),
    ];
    const phone =
      one.phone === null || one.noContact
        ? nothing
        : html` <a href="tel:${one.phone.replace(/[^0-9+]/g, '')}">${one.phone}</a>`;
    return html`<li>${one.name}${about.length === 0 ? '' : ` (${about.join(', ')})`}${phone}${limits.length === 0 ? nothing : html` <strong>${limits.join(', ')}</strong>`}</li>`;
  });
  return html`<section aria-labelledby="guardians"><h2 id="guardians">Guardians</h2><ul>${items}</ul>
<p><a href="/files/${file.ref}/explanation#recipients">Who gets a letter and who does not, with the reasons</a></p></section>
`;
}

interface LanguageNames {
  languageName(language: string): string;
}

/** Templates never change, and a district has a few dozen languages. */
const languageNames = new WeakMap<LanguageNames, Map<string, string>>();
const MOST_LANGUAGES = 500;

function nameOfLanguage(language: string, templates: LanguageNames): string {
  let names = languageNames.get(templates);
  if (names === undefined || names.size >= MOST_LANGUAGES) {
    names = new Map();
    languageNames.set(templates, names);
  }
  let name = names.get(language);
  if (name === undefined) {
    name = templates.languageName(language);
    names.set(language, name);
  }
  return name;
}

export function holdsSection(file: FileView, request: PageRequest): Html {
  if (file.holds.length === 0) return nothing;
  const mayEnd = mayAbout(request, 'manage-hold', file);
  const items = file.holds.map((hold) => html`<li>${holdLine(hold)}</li>`);
  return html`<section aria-labelledby="holds"><h2 id="holds">Holds</h2><ul>${items}</ul>${
    mayEnd ? html`<p><a href="/files/${file.ref}/holds">Place or end a hold</a></p>` : nothing
  }</section>
`;
}

/** One hold, with who placed it, why, and how it ended. */
export function holdLine(hold: ViewedHold): Html {
  const until = hold.ends === null ? ' until a person ends it' : ` to ${spelled(hold.ends)}`;
  const owner = hold.owner.includes('@') ? hold.owner : roleWords(hold.owner);
  const placed = { staff: hold.placedBy ?? 'staff', csv: 'a file', sis: 'the SIS' }[hold.source];
  const ended =
    hold.endedAt === null
      ? nothing
      : html` <strong>Ended by ${hold.endedBy ?? 'nobody on record'}</strong>${hold.endedBecause === null ? '' : `: ${hold.endedBecause}`}.`;
  return html`${hold.ref}: ${holdKindWords(hold.kind)}, stops ${HELD[hold.scope]}, from ${spelled(hold.begins)}${until}. Placed by ${placed}; belongs to ${owner}.${hold.reason === null ? nothing : html` Reason: ${hold.reason}`}${ended}`;
}

const HELD: Readonly<Record<HoldScope, string>> = {
  letters: 'letters',
  referral: 'the referral',
  everything: 'letters, tasks and the referral',
  absolute: 'everything',
};
