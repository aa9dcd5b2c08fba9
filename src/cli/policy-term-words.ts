import type { SchoolDate } from '../domain/school-date.ts';
import type { PolicyTerm } from '../store/policies.ts';

/** Which policy is in force on a day, and which will be. */
export function policyTermLines(terms: readonly PolicyTerm[], today: SchoolDate): string[] {
  const inForce = terms.findLast(({ from }) => from === null || from <= today);
  const ahead = terms.filter(({ from }) => from !== null && from > today);
  const first =
    inForce === undefined
      ? 'No policy is in force yet: nothing is decided.'
      : `Policy in force: ${inForce.policy.version}${inForce.from === null ? '' : `, from ${inForce.from} on`}`;
  return [first, ...ahead.map(({ policy, from }) => `Policy to come: ${policy.version}, from ${from} on`)];
}

/** Which of them name a day before the one on which they were first seen: they hold from the later one. */
export function seenLateLines(terms: readonly PolicyTerm[]): string[] {
  return terms.flatMap(({ policy: { version, effectiveFrom }, from, seenOn }) =>
    effectiveFrom === null || from === null || effectiveFrom >= from
      ? []
      : `${version} names ${effectiveFrom} (effectiveFrom) and was first seen on ${seenOn}: it holds from ${from} on.`,
  );
}

/** The same for machines. */
export function policyTermsAsJson(terms: readonly PolicyTerm[]) {
  return terms.map(({ policy, from, until, seenOn }) => ({ version: policy.version, from, until, seenOn }));
}
