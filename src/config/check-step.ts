import { ADULT_AGE } from '../domain/adult-students.ts';
import { days, formatDays } from '../domain/days.ts';
import { unknownSchools } from './check-counting.ts';
import { checkApproval, checkDeadline, checkOrWhen, checkReferral, isFormal } from './check-formal.ts';
import { checkLetter } from './check-letter.ts';
import type { ConfigProblem, Place } from './config-error.ts';
import type { PolicyFile, StepOfFile } from './policy-schema.ts';
import type { PolicySurroundings } from './policy-surroundings.ts';
import { repeated } from './repeated.ts';
import { DEFAULT_FROM_ENROLLED_DAYS } from './step-schema.ts';
import { hintFor, suggest } from './suggest.ts';

/** What is wrong with a step whatever the others are. */
export function checkStep(
  step: StepOfFile,
  file: Partial<PolicyFile>,
  surroundings: PolicySurroundings,
  at: Place,
): ConfigProblem[] {
  return [
    ...checkAmount(step, surroundings, at),
    ...checkWindow(step, surroundings, at),
    ...checkBasis(step, file, at),
    ...checkPopulation(step, file, surroundings, at),
    ...checkWork(step, at),
    ...checkLetter(step, file, surroundings.letters, at),
    ...checkDeadline(step, at),
    ...checkApproval(step, surroundings, at),
    ...checkReferral(step, surroundings, at),
    ...checkOrWhen(step, file, at),
  ];
}

function checkAmount(step: StepOfFile, { schoolYear }: PolicySurroundings, at: Place): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const found = `found ${formatDays(step.at)}`;
  if (step.unit === 'percent') {
    if (step.at > days('100'))
      problems.push(at(['at'], `${found}, expected at most 100: it is percent of the school days enrolled`));
  } else if (schoolYear !== null && step.at > days(String(schoolYear.schoolDays))) {
    problems.push(
      at(
        ['at'],
        `${found}, expected at most ${schoolYear.schoolDays}: the year has no more school days, so nobody would reach it`,
      ),
    );
  }
  if (step.unit === 'consecutive' && step.at % days('1') !== 0)
    problems.push(at(['at'], `${found}, expected a whole number: half a day ends a row of days missed`));
  if (step.fromEnrolledDays !== undefined && step.unit !== 'percent')
    problems.push(
      at(['fromEnrolledDays'], `found ${step.fromEnrolledDays}, expected it only beside \`unit: percent\``),
    );
  const enrolled = step.fromEnrolledDays ?? DEFAULT_FROM_ENROLLED_DAYS;
  if (step.unit === 'percent' && schoolYear !== null && enrolled > schoolYear.schoolDays)
    problems.push(
      at(
        ['fromEnrolledDays'],
        `found ${enrolled}, expected at most ${schoolYear.schoolDays}: the year has no more school days`,
      ),
    );
  if (step.settleDays === 0 && isFormal(step))
    problems.push(
      at(['settleDays'], 'found 0, expected at least 1: today never counts for a letter or a referral'),
    );
  return problems;
}

function checkWindow(step: StepOfFile, surroundings: PolicySurroundings, at: Place): ConfigProblem[] {
  const { window } = step;
  if (window === 'school-year') return [];
  if (window === 'term') {
    return surroundings.hasTerms === false
      ? [
          at(
            ['window'],
            'found term, expected terms in the calendar of district.yaml: without them there is no term to count in',
          ),
        ]
      : [];
  }
  const { lastSchoolDays } = window;
  const key = ['window', 'lastSchoolDays'];
  const problems: ConfigProblem[] = [];
  if (step.unit !== 'percent' && step.at > days(String(lastSchoolDays)))
    problems.push(
      at(
        key,
        `found ${lastSchoolDays}, expected at least ${formatDays(step.at)} (\`at\`): in fewer days nobody can miss so many`,
      ),
    );
  const enrolled = step.fromEnrolledDays ?? DEFAULT_FROM_ENROLLED_DAYS;
  if (step.unit === 'percent' && enrolled > lastSchoolDays)
    problems.push(
      at(
        key,
        `found ${lastSchoolDays}, expected at least ${enrolled} (fromEnrolledDays): before them a percentage says nothing`,
      ),
    );
  if (step.settleDays >= lastSchoolDays)
    problems.push(
      at(
        ['settleDays'],
        `found ${step.settleDays}, expected less than lastSchoolDays (${lastSchoolDays}): the step would speak of days long past`,
      ),
    );
  const { schoolYear } = surroundings;
  if (schoolYear !== null && lastSchoolDays >= schoolYear.schoolDays)
    problems.push(
      at(
        key,
        `found ${lastSchoolDays}, expected less than the ${schoolYear.schoolDays} school days of the year; \`school-year\` means all of them`,
      ),
    );
  return problems;
}

function checkBasis({ basis }: StepOfFile, { counting }: Partial<PolicyFile>, at: Place): ConfigProblem[] {
  if (basis === 'all' || counting === undefined) return [];
  const { excuses, unknownExcuse } = counting;
  const someCount =
    excuses.includes('unexcused') || (unknownExcuse === 'unexcused' && excuses.includes('unknown'));
  return someCount
    ? []
    : [
        at(
          ['basis'],
          'found unexcused, expected `unexcused` in `counting.excuses` too: no day would count for this step',
        ),
      ];
}

function checkPopulation(
  step: StepOfFile,
  { adultStudents }: Partial<PolicyFile>,
  { schools }: PolicySurroundings,
  at: Place,
): ConfigProblem[] {
  const problems = [
    ...repeated(step.grades, ['grades'], 'grade', at),
    ...repeated(step.schools, ['schools'], 'school', at),
    ...unknownSchools(step.schools, schools, at),
  ];
  const { ages } = step;
  if (ages === undefined) return problems;
  const { from, to } = ages;
  if (from === undefined && to === undefined)
    problems.push(at(['ages'], 'found neither `from` nor `to`, expected at least one of them'));
  if (from !== undefined && to !== undefined && from > to)
    problems.push(at(['ages', 'from'], `found ${from}, expected at most \`to\` (${to})`));
  if (from !== undefined && from >= ADULT_AGE && isFormal(step) && adultStudents === 'hold')
    problems.push(
      at(
        ['ages', 'from'],
        `found ${from}, expected less than ${ADULT_AGE}, or \`adultStudents: ignore\`: from ${ADULT_AGE} on everything formal waits, so nobody would reach it`,
      ),
    );
  return problems;
}

/** What the contact log and the meeting pages look for by name. */
const KNOWN_TASKS = ['contact-family', 'consider-meeting', 'schedule-meeting'];

function checkWork(step: StepOfFile, at: Place): ConfigProblem[] {
  const { tasks, meeting, contract } = step;
  const problems = tasks.flatMap(({ kind, role }, index) => {
    const twice = tasks.findIndex((other) => other.kind === kind && other.role === role) < index;
    if (twice) return [at(['tasks', index], `found "${kind}" for ${role} twice, expected it once`)];
    const guess = KNOWN_TASKS.includes(kind) ? null : suggest(kind, KNOWN_TASKS);
    const expected = `${KNOWN_TASKS.join(', ')}, or a word of your own that is less like them`;
    return guess === null
      ? []
      : [at(['tasks', index, 'kind'], `found "${kind}", expected ${expected}${hintFor(guess)}`)];
  });
  if (!isFormal(step) && tasks.length === 0 && meeting === undefined && contract === undefined)
    problems.push(
      at([], 'does nothing, expected `tasks`, `meeting`, `contract`, a `letter` or `referral: true`'),
    );
  for (const [key, kind] of [
    ['meeting', 'schedule-meeting'],
    ['contract', 'agree-contract'],
  ] as const) {
    if (step[key] !== undefined && tasks.some((task) => task.kind === kind))
      problems.push(at([key], `found beside a task ${kind}, expected one of the two: both ask for the same`));
  }
  return problems;
}
