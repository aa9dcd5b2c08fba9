import { unknownSchool } from './check-district.ts';
import type { ConfigProblem, Place } from './config-error.ts';
import type { PolicyFile } from './policy-schema.ts';
import type { PolicySurroundings } from './policy-surroundings.ts';
import { repeated } from './repeated.ts';

type Counting = PolicyFile['counting'];
type Exception = Counting['exceptions'][number];

export function checkCountingRules(
  { counting, steps }: Partial<PolicyFile>,
  surroundings: PolicySurroundings,
  at: Place,
): ConfigProblem[] {
  if (counting === undefined) return [];
  const here: Place = (key, message) => at(['counting', ...key], message);
  return [
    ...repeated(counting.excuses, ['excuses'], 'excuse', here),
    ...checkMinutes(counting, here),
    ...checkMeasure(counting, surroundings, here),
    ...checkUnknownExcuse(counting, here),
    ...checkTardies(counting, steps ?? [], here),
    ...checkCodes(counting, here),
    ...counting.exceptions.flatMap((exception, index) =>
      checkException(exception, index, counting, surroundings, (key, message) =>
        here(['exceptions', index, ...key], message),
      ),
    ),
  ];
}

function checkMinutes({ halfDayMinutes, wholeDayMinutes }: Counting, at: Place): ConfigProblem[] {
  if (halfDayMinutes < wholeDayMinutes) return [];
  return [
    at(
      ['halfDayMinutes'],
      `found ${halfDayMinutes}, expected less than wholeDayMinutes (${wholeDayMinutes})`,
    ),
  ];
}

/** A school whose day has no known number of periods cannot be measured by them: every row of it would wait. */
function checkMeasure(counting: Counting, { schools }: PolicySurroundings, at: Place): ConfigProblem[] {
  if (counting.measure !== 'periods' || schools === undefined) return [];
  const without = schools
    .filter(({ id, periodsPerDay }) => periodsPerDay === undefined && !isExcepted(id, counting))
    .map(({ id }) => id);
  return without.length === 0
    ? []
    : [at(['measure'], `found periods, expected periodsPerDay in district.yaml for ${without.join(', ')}`)];
}

function isExcepted(school: string, { exceptions }: Counting): boolean {
  return exceptions.some(
    (one) =>
      one.grades.length === 0 &&
      (one.schools.length === 0 || one.schools.includes(school)) &&
      (one.periodsPerDay !== undefined || (one.measure !== undefined && one.measure !== 'periods')),
  );
}

function checkUnknownExcuse({ unknownExcuse, excuses }: Counting, at: Place): ConfigProblem[] {
  if (unknownExcuse === 'neither' || excuses.includes('unknown')) return [];
  return [
    at(
      ['unknownExcuse'],
      `found ${unknownExcuse}, expected \`neither\`: days that are not coded yet are not among \`excuses\`, so they never count`,
    ),
  ];
}

function checkTardies({ tardies }: Counting, steps: PolicyFile['steps'], at: Place): ConfigProblem[] {
  if (tardies === undefined) return [];
  const inRows = steps.length > 0 && steps.every((step) => step.unit === 'consecutive');
  return [
    ...repeated(tardies.excuses, ['tardies', 'excuses'], 'excuse', at),
    ...(inRows
      ? [
          at(
            ['tardies'],
            'found beside steps that all count days in a row, expected none: days made of tardies belong to no row',
          ),
        ]
      : []),
  ];
}

function checkCodes({ codes }: Counting, at: Place): ConfigProblem[] {
  const titles = codes.map((code) => code.title.toLowerCase());
  return codes.flatMap(({ status, excuse, suspension }, index) => {
    const here: Place = (key, message) => at(['codes', index, ...key], message);
    const title = titles[index] as string;
    const problems: ConfigProblem[] = [];
    if (titles.indexOf(title) < index)
      problems.push(here(['title'], `found "${title}" twice, expected each code once`));
    if (status === 'absent' && excuse === undefined)
      problems.push(
        here(['status'], 'found absent without `excuse`, expected both: nobody guesses an excuse'),
      );
    if (excuse !== undefined && (status === 'present' || status === 'earlyRelease'))
      problems.push(
        here(['excuse'], `found ${excuse} beside \`status: ${status}\`, expected none: it is no absence`),
      );
    if (suspension && status !== undefined && status !== 'absent')
      problems.push(
        here(['suspension'], `found true beside \`status: ${status}\`, expected \`status: absent\``),
      );
    return problems;
  });
}

function checkException(
  exception: Exception,
  index: number,
  counting: Counting,
  { schools: known }: PolicySurroundings,
  at: Place,
): ConfigProblem[] {
  const { schools, grades, measure, periodsPerDay } = exception;
  const problems = [
    ...repeated(schools, ['schools'], 'school', at),
    ...repeated(grades, ['grades'], 'grade', at),
    ...unknownSchools(schools, known, at),
  ];
  if (schools.length === 0 && grades.length === 0) {
    problems.push(
      at([], 'is for everybody, expected `schools` or `grades`: what is for everybody stands above'),
    );
  }
  const changes = [measure, exception.wholeDayMinutes, exception.halfDayMinutes, periodsPerDay];
  if (changes.every((change) => change === undefined)) {
    problems.push(
      at([], 'changes nothing, expected `measure`, `wholeDayMinutes`, `halfDayMinutes` or `periodsPerDay`'),
    );
  }
  const whole = exception.wholeDayMinutes ?? counting.wholeDayMinutes;
  const half = exception.halfDayMinutes ?? counting.halfDayMinutes;
  if (half >= whole) {
    const key = exception.halfDayMinutes === undefined ? 'wholeDayMinutes' : 'halfDayMinutes';
    problems.push(
      at(
        [key],
        `found ${exception[key]}, expected halfDayMinutes (${half}) below wholeDayMinutes (${whole})`,
      ),
    );
  }
  const earlier = counting.exceptions.slice(0, index).findIndex((other) => covers(other, exception));
  if (earlier >= 0) {
    problems.push(
      at(
        [],
        `is never used, expected other schools or grades: exceptions[${earlier}] fits all of them first`,
      ),
    );
  }
  if (measure === 'periods' && periodsPerDay === undefined && known !== undefined) {
    const without = known
      .filter(
        (school) =>
          school.periodsPerDay === undefined && (schools.length === 0 || schools.includes(school.id)),
      )
      .map((school) => school.id);
    if (without.length > 0)
      problems.push(
        at(
          ['measure'],
          `found periods, expected periodsPerDay here or in district.yaml for ${without.join(', ')}`,
        ),
      );
  }
  return problems;
}

function covers(wide: Exception, narrow: Exception): boolean {
  return isAmong(narrow.schools, wide.schools) && isAmong(narrow.grades, wide.grades);
}

/** Empty lists mean all. */
function isAmong(narrow: readonly string[], wide: readonly string[]): boolean {
  return wide.length === 0 || (narrow.length > 0 && narrow.every((one) => wide.includes(one)));
}

export function unknownSchools(
  named: readonly string[],
  known: PolicySurroundings['schools'],
  at: Place,
): ConfigProblem[] {
  const ids = known?.map((school) => school.id);
  if (ids === undefined) return [];
  return named.flatMap((id, index) =>
    ids.includes(id) ? [] : [at(['schools', index], unknownSchool(id, ids))],
  );
}
