import type { Policy } from './policy.ts';
import { hasFallen, isDue, isPreExisting, type StepCase } from './step-case.ts';

/**
 * With `highest-letter`, a letter gives way to the highest one that is owed or has been taken. The order of the file is
 * the order of the ladder: days and percent cannot be compared.
 * @returns by the place of each case, the id of the step it gives way to; null for one that gives way to none.
 */
export function findOvertaken(cases: readonly StepCase[], policy: Policy): readonly (string | null)[] {
  const isLetter = ({ step }: StepCase) => step.letter !== null;
  return cases.map((current, place) => {
    if (policy.whenSeveral === 'each' || !isLetter(current)) return null;
    const higher = cases.findLast(
      (other, index) => index > place && isLetter(other) && overtakes(other, current),
    );
    return higher?.step.id ?? null;
  });
}

/**
 * A letter that was taken, or left to the school, stands for what its window shows. A person's release, and a new
 * round, are about what is owed now: neither what was left to the school nor what was superseded is in their way.
 */
function overtakes(other: StepCase, current: StepCase): boolean {
  const isNow = current.requalifies || current.record?.released === true || (current.record?.round ?? 1) > 1;
  if (isPreExisting(other)) return !isNow && !other.over;
  if (other.record?.state === 'taken' && !other.requalifies) {
    return !other.over && !(isNow && hasFallen(other));
  }
  return isDue(other);
}
