import type { ConfigProblem } from './config-error.ts';
import type { DistrictFile } from './district-schema.ts';
import type { PolicyFile } from './policy-schema.ts';
import { suggest } from './suggest.ts';
import type { YamlFile } from './yaml-file.ts';

interface Read<T> {
  readonly value: T;
  readonly file: YamlFile;
}

/** What each file cannot know alone: names that point to each other, and orders that must hold. */
export function crossCheck(
  district: Read<DistrictFile>,
  policy: Read<PolicyFile>,
  hasLetter: (name: string) => boolean,
): ConfigProblem[] {
  return [
    ...checkSchools(district),
    ...checkStaff(district),
    ...checkOfficer(district),
    ...checkSteps(policy, district.value),
    ...policy.value.steps.flatMap((step, index) =>
      step.letter === undefined || hasLetter(step.letter)
        ? []
        : [policy.file.problem(['steps', index, 'letter'], `found "${step.letter}", expected a letter that has a template ${step.letter}.en.md`)],
    ),
  ];
}

function checkSchools({ value, file }: Read<DistrictFile>): ConfigProblem[] {
  const ids = value.schools.map((school) => school.id);
  return repeats(ids).map(({ value: id, index }) =>
    file.problem(['schools', index, 'id'], `found "${id}" twice, expected each school once`),
  );
}

function checkStaff({ value, file }: Read<DistrictFile>): ConfigProblem[] {
  const ids = value.schools.map((school) => school.id);
  const unknown = value.staff.flatMap((person, index) =>
    person.schools === 'all'
      ? []
      : person.schools.flatMap((id, position) => {
          if (ids.includes(id)) return [];
          const guess = suggest(id, ids);
          const hint = guess === null ? '' : `; did you mean "${guess}"?`;
          return [file.problem(['staff', index, 'schools', position], `found "${id}", expected the id of a school${hint}`)];
        }),
  );
  const missing = value.schools.flatMap((school, index) =>
    (['attendance-clerk', 'administrator'] as const)
      .filter((role) => !value.staff.some((person) => person.role === role && serves(person.schools, school.id)))
      .map((role) => file.problem(['schools', index], `nobody in \`staff\` has the role ${role} here, expected at least one`)),
  );
  return [...unknown, ...missing];
}

function checkOfficer({ value, file }: Read<DistrictFile>): ConfigProblem[] {
  const { delivery, folder } = value.truancyOfficer;
  return delivery === 'folder' && folder === undefined
    ? [file.problem(['truancyOfficer', 'folder'], 'found nothing, expected the folder for packets, since delivery is "folder"')]
    : [];
}

function checkSteps({ value, file }: Read<PolicyFile>, district: DistrictFile): ConfigProblem[] {
  const { steps, counting } = value;
  const problems = repeats(steps.map((step) => step.id)).map(({ value: id, index }) =>
    file.problem(['steps', index, 'id'], `found "${id}" twice, expected each step once`),
  );
  steps.forEach((step, index) => {
    const before = steps[index - 1];
    if (before !== undefined && step.at < before.at) {
      problems.push(file.problem(['steps', index, 'at'], `comes before ${before.id} in days but after it in the list; expected rising days`));
    }
    if (step.letter !== undefined && before?.letter !== undefined && step.at === before.at) {
      problems.push(file.problem(['steps', index, 'at'], `is the same as for ${before.id}; expected each letter at its own number of days`));
    }
    if (step.letter !== undefined && step.referral) {
      problems.push(file.problem(['steps', index, 'referral'], 'stands beside `letter`; expected one of the two in a step'));
    }
    if (step.noticeDays !== undefined && !step.referral) {
      problems.push(file.problem(['steps', index, 'noticeDays'], 'is for a referral; expected `referral: true` beside it'));
    }
    step.schools.forEach((id, position) => {
      if (!district.schools.some((school) => school.id === id)) {
        problems.push(file.problem(['steps', index, 'schools', position], `found "${id}", expected the id of a school in district.yaml`));
      }
    });
  });
  if (counting.halfDayMinutes >= counting.wholeDayMinutes) {
    problems.push(file.problem(['counting', 'halfDayMinutes'], `found ${counting.halfDayMinutes}, expected less than wholeDayMinutes (${counting.wholeDayMinutes})`));
  }
  return problems;
}

function serves(schools: readonly string[] | 'all', id: string): boolean {
  return schools === 'all' || schools.includes(id);
}

function repeats(values: readonly string[]): { value: string; index: number }[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [{ value, index }] : []));
}
