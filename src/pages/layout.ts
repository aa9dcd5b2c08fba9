import type { Person } from '../procedure/people.ts';
import { form } from './form.ts';
import { type Html, html, nothing } from './html.ts';
import type { NavigationEntry } from './site.ts';

export interface LayoutParts {
  readonly district: string;
  readonly stylePath: string;
  readonly title: string;
  readonly body: Html;
  readonly notice?: string | null;
  /** null: nobody has signed in. */
  readonly visitor: {
    readonly person: Person;
    readonly csrf: string;
    readonly navigation: readonly NavigationEntry[];
    readonly within: string | null;
  } | null;
}

/** A whole page: where one is, what there is, what was just done, and the page itself. The title is its one `h1`. */
export function layout({ district, stylePath, title, body, notice = null, visitor }: LayoutParts): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Rollcall</title>
<link rel="stylesheet" href="${stylePath}"><link rel="icon" href="data:,"></head>
<body><a class="skip" href="#main">Go to the page itself</a>
<header class="top"><p class="district"><strong>${district}</strong> <span>Attendance</span></p>${
    visitor === null ? nothing : whoIsHere(visitor)
  }</header>
${visitor === null ? nothing : navigationOf(visitor)}<main id="main" tabindex="-1">
${notice === null ? nothing : html`<p class="notice" role="status">${notice}</p>`}<h1>${title}</h1>
${body}
</main></body></html>
`.text;
}

type Visitor = NonNullable<LayoutParts['visitor']>;

function whoIsHere({ person, csrf }: Visitor): Html {
  return html`<div class="who"><span>${person.name}</span>${form({ csrf }, { action: '/sign-out', submit: 'Sign out', look: 'quiet' })}</div>`;
}

function navigationOf({ person, navigation, within }: Visitor): Html {
  const items = navigation
    .filter((entry) => entry.shows(person))
    .map(
      ({ path, label }) =>
        html`<li><a href="${path}"${path === within ? html` aria-current="page"` : nothing}>${label}</a></li>`,
    );
  return html`<nav aria-label="Main"><ul>${items}</ul></nav>
`;
}
