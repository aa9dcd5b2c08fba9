import type { Policy } from '../domain/policy.ts';
import { checkPolicy } from './check-policy.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { asPolicy, type PolicyFile, policySchema } from './policy-schema.ts';
import type { PolicySurroundings } from './policy-surroundings.ts';
import { readYamlFile } from './yaml-file.ts';

export interface ReadPolicy {
  /** null when anything in the file itself is wrong. */
  readonly file: PolicyFile | null;
  /** In the order of the lines. */
  readonly problems: readonly ConfigProblem[];
}

/** Reads a policy and checks it against the district that it is for. */
export function readPolicy(path: string, surroundings: PolicySurroundings): ReadPolicy {
  const { value, sections, problems, at } = readYamlFile(path, policySchema);
  return {
    file: value,
    problems: byLine([...problems, ...checkPolicy(sections, surroundings, at)]),
  };
}

/** @throws ConfigError with everything that is wrong */
export function loadPolicy(path: string, surroundings: PolicySurroundings): Policy {
  const { file, problems } = readPolicy(path, surroundings);
  if (file === null || problems.length > 0) throw new ConfigError(problems);
  return asPolicy(file, periodsPerDay(surroundings.schools ?? []));
}

export function periodsPerDay(schools: NonNullable<PolicySurroundings['schools']>): Record<string, number> {
  return Object.fromEntries(
    schools.flatMap((school) =>
      school.periodsPerDay === undefined ? [] : [[school.id, school.periodsPerDay]],
    ),
  );
}

export function byLine(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
