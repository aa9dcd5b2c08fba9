import { formatDays } from '../domain/days.ts';
import { isFormal } from './check-formal.ts';
import type { ConfigProblem, Place } from './config-error.ts';
import type { PolicyFile, StepOfFile } from './policy-schema.ts';

/**
 * Whether a step fits those before it. Only steps that measure the same thing for the same students can be out of
 * order; of others nobody can say which is reached first.
 * @param below the steps before this one, in the order of the file
 */
export function checkLadder(
  step: StepOfFile,
  below: readonly StepOfFile[],
  file: Partial<PolicyFile>,
  at: Place,
): ConfigProblem[] {
  const repeats = below.some((one) => one.id === step.id);
  return [
    ...(repeats ? [at(['id'], `found "${step.id}" twice, expected each step once`)] : []),
    ...checkOrder(step, below, file, at),
    ...checkReferralPlace(step, below, at),
    ...checkOwnWork(step, below, at),
  ];
}

function checkOrder(
  step: StepOfFile,
  below: readonly StepOfFile[],
  { whenSeveral }: Partial<PolicyFile>,
  at: Place,
): ConfigProblem[] {
  const amount = formatDays(step.at);
  const alike = below.filter((one) => measuresTheSame(one, step) && shareStudents(one, step));
  const before = alike.at(-1);
  if (before !== undefined && step.at < before.at)
    return [
      at(
        ['at'],
        `found ${amount}, expected ${formatDays(before.at)} (of ${before.id}) or more: steps stand in rising order`,
      ),
    ];
  if (step.letter === undefined) return [];
  const letterBefore = alike.filter((one) => one.letter !== undefined).at(-1);
  if (letterBefore !== undefined && step.at <= letterBefore.at)
    return [
      at(
        ['at'],
        `found ${amount}, expected more than ${formatDays(letterBefore.at)} (of ${letterBefore.id}): letters do not share a number of ${step.unit === 'percent' ? 'percent' : 'days'}`,
      ),
    ];
  if (whenSeveral !== 'highest-letter') return [];
  const hidden = below.find((one) => one.letter !== undefined && isReachedWith(step, one));
  return hidden === undefined
    ? []
    : [
        at(
          ['at'],
          `found ${amount}, expected more: whoever reaches ${hidden.id} has reached this letter too, so with \`whenSeveral: highest-letter\` ${hidden.id} would never be sent`,
        ),
      ];
}

function checkReferralPlace(step: StepOfFile, below: readonly StepOfFile[], at: Place): ConfigProblem[] {
  if (!step.referral || step.letter !== undefined) return [];
  const other = below.find((one) => one.referral && shareStudents(one, step));
  if (other !== undefined)
    return [
      at(
        ['referral'],
        `found true, as in ${other.id} before, expected one referral for each student: a file goes to the officer once`,
      ),
    ];
  if (below.some((one) => one.letter !== undefined && shareStudents(one, step))) return [];
  const whose = below.some((one) => one.letter !== undefined) ? ' for the same students' : '';
  return [
    at(
      ['referral'],
      `found no letter${whose} in the steps before, expected one: a referral rests on a letter that is out`,
    ),
  ];
}

/** A step that asks for what one before has asked for, of the same students at the same count. */
function checkOwnWork(step: StepOfFile, below: readonly StepOfFile[], at: Place): ConfigProblem[] {
  if (isFormal(step) || step.tasks.length === 0) return [];
  if (step.meeting !== undefined || step.contract !== undefined || step.opensFile) return [];
  const same = below.find(
    (one) =>
      isReachedWith(one, step) &&
      step.at === one.at &&
      step.tasks.every((task) =>
        one.tasks.some((other) => other.kind === task.kind && other.role === task.role),
      ),
  );
  return same === undefined
    ? []
    : [
        at(
          ['tasks'],
          `found nothing that ${same.id} does not ask for at the same count, expected work of its own`,
        ),
      ];
}

function measuresTheSame(a: StepOfFile, b: StepOfFile): boolean {
  return a.basis === b.basis && a.unit === b.unit && JSON.stringify(a.window) === JSON.stringify(b.window);
}

/** Whoever is on `narrow` on some day is on `wide` by then. */
function isReachedWith(wide: StepOfFile, narrow: StepOfFile): boolean {
  return (
    wide.at <= narrow.at &&
    wide.settleDays <= narrow.settleDays &&
    (wide.basis === 'all' || narrow.basis === 'unexcused') &&
    measuresNoLess(wide, narrow) &&
    contains(wide.grades, narrow.grades) &&
    contains(wide.schools, narrow.schools) &&
    agesOf(wide).from <= agesOf(narrow).from &&
    agesOf(narrow).to <= agesOf(wide).to
  );
}

/** In the whole year there are no fewer days than in a part of it, and a row of days is as many days. */
function measuresNoLess(wide: StepOfFile, narrow: StepOfFile): boolean {
  const sameWindow = JSON.stringify(wide.window) === JSON.stringify(narrow.window);
  if (wide.unit === 'percent' || narrow.unit === 'percent')
    return wide.unit === narrow.unit && sameWindow && wide.fromEnrolledDays === narrow.fromEnrolledDays;
  return (
    (wide.unit === 'days' || narrow.unit === 'consecutive') && (sameWindow || wide.window === 'school-year')
  );
}

/** Empty lists mean all. */
function contains(wide: readonly string[], narrow: readonly string[]): boolean {
  return wide.length === 0 || (narrow.length > 0 && narrow.every((one) => wide.includes(one)));
}

/** Some student may be meant by both. */
function shareStudents(a: StepOfFile, b: StepOfFile): boolean {
  return (
    overlap(a.grades, b.grades) &&
    overlap(a.schools, b.schools) &&
    agesOf(a).from <= agesOf(b).to &&
    agesOf(b).from <= agesOf(a).to
  );
}

function overlap(a: readonly string[], b: readonly string[]): boolean {
  return a.length === 0 || b.length === 0 || a.some((one) => b.includes(one));
}

function agesOf({ ages }: StepOfFile): { from: number; to: number } {
  return { from: ages?.from ?? 0, to: ages?.to ?? Number.POSITIVE_INFINITY };
}
