import { formatDays } from '../domain/days.ts';
import { checkCarriedOut } from './check-carried-out.ts';
import { unknownSchool } from './check-district.ts';
import type { ConfigProblem, Place } from './config-error.ts';
import type { DistrictFile } from './district-schema.ts';
import type { PolicyFile } from './policy-schema.ts';
import { hintFor, suggest } from './suggest.ts';

export interface PolicySurroundings {
  /** undefined where district.yaml cannot tell. */
  readonly schools: DistrictFile['schools'] | undefined;
  /** Names of the letters that have an English template; null where that cannot be told. */
  readonly letters: readonly string[] | null;
}

type StepOfFile = PolicyFile['steps'][number];

/** What the schema cannot see: the order of the ladder, and names that point into other files. */
export function checkPolicy(
  file: Partial<PolicyFile>,
  surroundings: PolicySurroundings,
  at: Place,
): ConfigProblem[] {
  const steps = file.steps ?? [];
  return [
    ...checkMinutes(file, at),
    ...checkCodes(file, at),
    ...checkCarriedOut(file, at),
    ...steps.flatMap((step, index) => {
      const below = steps.slice(0, index);
      const here: Place = (key, message) => at(['steps', index, ...key], message);
      return [
        ...checkOrder(step, below, here),
        ...checkLetter(step, surroundings.letters, here),
        ...checkReferral(step, below, here),
        ...checkTasks(step, here),
        ...checkSchoolIds(step, surroundings.schools, here),
      ];
    }),
  ];
}

function checkMinutes({ counting }: Partial<PolicyFile>, at: Place): ConfigProblem[] {
  if (counting === undefined || counting.halfDayMinutes < counting.wholeDayMinutes) return [];
  const { halfDayMinutes, wholeDayMinutes } = counting;
  return [
    at(
      ['counting', 'halfDayMinutes'],
      `found ${halfDayMinutes}, expected less than wholeDayMinutes (${wholeDayMinutes})`,
    ),
  ];
}

function checkCodes({ counting }: Partial<PolicyFile>, at: Place): ConfigProblem[] {
  const titles = (counting?.codes ?? []).map((code) => code.title.toLowerCase());
  return titles.flatMap((title, index) =>
    titles.indexOf(title) < index
      ? [at(['counting', 'codes', index, 'title'], `found "${title}" twice, expected each code once`)]
      : [],
  );
}

function checkOrder(step: StepOfFile, below: readonly StepOfFile[], at: Place): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const days = formatDays(step.at);
  const before = below.at(-1);
  const letterBefore = below.filter((one) => one.letter !== undefined).at(-1);
  if (below.some((one) => one.id === step.id)) {
    problems.push(at(['id'], `found "${step.id}" twice, expected each step once`));
  }
  if (before !== undefined && step.at < before.at) {
    problems.push(
      at(
        ['at'],
        `found ${days}, expected ${formatDays(before.at)} (of ${before.id}) or more: steps stand in rising order`,
      ),
    );
  } else if (step.letter !== undefined && letterBefore !== undefined && step.at <= letterBefore.at) {
    problems.push(
      at(
        ['at'],
        `found ${days}, expected more than ${formatDays(letterBefore.at)} (of ${letterBefore.id}): letters do not share a number of days`,
      ),
    );
  }
  if (step.settleDays === 0 && (step.letter !== undefined || step.referral)) {
    problems.push(
      at(['settleDays'], 'found 0, expected at least 1: today never counts for a letter or a referral'),
    );
  }
  if (step.letter === undefined && !step.referral && step.tasks.length === 0) {
    problems.push(at([], 'does nothing, expected `tasks`, a `letter` or `referral: true`'));
  }
  return problems;
}

function checkLetter({ letter }: StepOfFile, letters: readonly string[] | null, at: Place): ConfigProblem[] {
  if (letter === undefined || letters === null || letters.includes(letter)) return [];
  const known = letters.length === 0 ? 'there is none' : `there is ${letters.join(', ')}`;
  return [
    at(
      ['letter'],
      `found "${letter}", expected a letter with a template ${letter}.en.md (${known})${hintFor(suggest(letter, letters))}`,
    ),
  ];
}

function checkReferral(step: StepOfFile, below: readonly StepOfFile[], at: Place): ConfigProblem[] {
  if (!step.referral) {
    return step.noticeDays === undefined
      ? []
      : [at(['noticeDays'], `found ${step.noticeDays}, expected it only beside \`referral: true\``)];
  }
  if (step.letter !== undefined)
    return [at(['referral'], 'found beside `letter`, expected one of the two in a step')];
  if (below.some((one) => one.letter !== undefined)) return [];
  return [
    at(
      ['referral'],
      'found no letter in the steps before, expected one: a referral rests on a letter that is out',
    ),
  ];
}

/** What the contact log and the meeting pages look for by name. */
const KNOWN_TASKS = ['contact-family', 'consider-meeting', 'schedule-meeting'];

function checkTasks({ tasks }: StepOfFile, at: Place): ConfigProblem[] {
  return tasks.flatMap(({ kind, role }, index) => {
    const repeated = tasks.findIndex((other) => other.kind === kind && other.role === role) < index;
    if (repeated) return [at(['tasks', index], `found "${kind}" for ${role} twice, expected it once`)];
    const guess = KNOWN_TASKS.includes(kind) ? null : suggest(kind, KNOWN_TASKS);
    const expected = `${KNOWN_TASKS.join(', ')}, or a word of your own that is less like them`;
    return guess === null
      ? []
      : [at(['tasks', index, 'kind'], `found "${kind}", expected ${expected}${hintFor(guess)}`)];
  });
}

function checkSchoolIds(
  step: StepOfFile,
  schools: PolicySurroundings['schools'],
  at: Place,
): ConfigProblem[] {
  const ids = schools?.map((school) => school.id);
  if (ids === undefined) return [];
  return step.schools.flatMap((id, index) =>
    ids.includes(id) ? [] : [at(['schools', index], unknownSchool(id, ids))],
  );
}
