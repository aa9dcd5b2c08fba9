import { html } from './html.ts';
import type { FormProblem, Page } from './site.ts';

const page = (title: string, text: string, more = html``): Page => ({
  kind: 'page',
  title,
  body: html`<p>${text}</p>${more}`,
});

const home = html`<p><a href="/">Go to my tasks</a></p>`;

/** What went wrong, in words that help; never how. */
export const problemPages = {
  notFound: page('Page not found', 'There is nothing here, or nothing that you may see.', home),
  forbidden: page('Not allowed', 'Your role does not allow this. Nothing was changed.', home),
  expiredLink: page(
    'This link works no more',
    'Links in mails work for some days only. Sign in with your e-mail address instead.',
    html`<p><a href="/sign-in">Sign in</a></p>`,
  ),
  foreignForm: page(
    'The form could not be taken',
    'It did not come from this page as it is now. Nothing was changed. Please open the page anew and try once more.',
    home,
  ),
  sentBefore: page('This form was sent before', 'It was done once, and is not done again.', home),
  signedOut: page(
    'You are not signed in any more',
    'Nothing was changed. Sign in, go back to the form with the button of your browser, and open it anew.',
    html`<p><a href="/sign-in">Sign in</a></p>`,
  ),
  tooLarge: page('That was too large', 'Nothing was changed. Please send less at once.', home),
  tooMany: page('Too many requests', 'Please wait a minute and try once more.'),
  badRequest: page('This could not be read', 'The request was not understood. Nothing was changed.', home),
} as const;

export function failedPage(reference: string): Page {
  return page(
    'Something went wrong',
    `It was not your fault, and nothing was changed. Please try once more; if it happens again, tell the IT contact this reference: ${reference}.`,
    home,
  );
}

/** For a form that has no page of its own for what is wrong with it. */
export function invalidPage(problems: readonly FormProblem[]): Page {
  return {
    kind: 'page',
    title: 'Please look at the form once more',
    body: html`<ul>${problems.map(({ text }) => html`<li>${text}</li>`)}</ul><p>Nothing was changed. Go back with the button of your browser and correct it.</p>`,
  };
}
