import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, PostOptions } from './site.ts';

/** The page of what a form is about once more, as it was filled in, with what is wrong with it. */
export function shownAgain<Found extends { readonly kind: 'found' }>(
  find: (request: PageRequest) => Promise<Found | PageAnswer>,
  pageOf: (
    request: PageRequest,
    found: Found,
    problems: readonly FormProblem[],
    values: FormValues,
  ) => Page | Promise<Page>,
): NonNullable<PostOptions['again']> {
  return async (request, problems, values) => {
    const found = await find(request);
    if (found.kind !== 'found') return found;
    return { kind: 'invalid', problems, page: await pageOf(request, found, problems, values) };
  };
}
