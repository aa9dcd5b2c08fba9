import { checkCountingRules } from './check-counting.ts';
import { checkHoldRules } from './check-holds.ts';
import { checkLadder } from './check-ladder.ts';
import { checkStep } from './check-step.ts';
import type { ConfigProblem, Place } from './config-error.ts';
import type { PolicyFile } from './policy-schema.ts';
import type { PolicySurroundings } from './policy-surroundings.ts';

/** What the schema cannot see: rules that contradict each other, steps that nobody reaches, names in other files. */
export function checkPolicy(
  file: Partial<PolicyFile>,
  surroundings: PolicySurroundings,
  at: Place,
): ConfigProblem[] {
  const steps = file.steps ?? [];
  return [
    ...checkEffectiveFrom(file, surroundings, at),
    ...checkCountingRules(file, surroundings, at),
    ...checkHoldRules(file, surroundings, at),
    ...steps.flatMap((step, index) => {
      const here: Place = (key, message) => at(['steps', index, ...key], message);
      return [
        ...checkStep(step, file, surroundings, here),
        ...checkLadder(step, steps.slice(0, index), file, here),
      ];
    }),
  ];
}

/** A date before the year is left over from the year before and does no harm; one after it never comes. */
function checkEffectiveFrom(
  { effectiveFrom }: Partial<PolicyFile>,
  { schoolYear }: PolicySurroundings,
  at: Place,
): ConfigProblem[] {
  if (effectiveFrom === undefined || schoolYear === null || effectiveFrom <= schoolYear.lastDay) return [];
  return [
    at(
      ['effectiveFrom'],
      `found ${effectiveFrom}, expected a day up to the last school day (${schoolYear.lastDay}): this version would never hold`,
    ),
  ];
}
