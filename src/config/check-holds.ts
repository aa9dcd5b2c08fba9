import type { ConfigProblem, Place } from './config-error.ts';
import type { PolicyFile } from './policy-schema.ts';
import type { PolicySurroundings } from './policy-surroundings.ts';
import { ROLES } from './step-schema.ts';
import { hintFor, suggest } from './suggest.ts';

type Holds = PolicyFile['holds'];

/** Nothing about a student who has died or is missing may ever leave, so these stop more than a date or a person can. */
const ABSOLUTE_KINDS = ['deceased', 'missing'];

export function checkHoldRules(
  { holds }: Partial<PolicyFile>,
  surroundings: PolicySurroundings,
  at: Place,
): ConfigProblem[] {
  if (holds === undefined) return [];
  const here: Place = (key, message) => at(['holds', ...key], message);
  return [...checkKinds(holds, here), ...checkFromSis(holds, surroundings, here)];
}

function checkKinds({ kinds }: Holds, at: Place): ConfigProblem[] {
  const names = kinds.map(({ kind }) => kind);
  return kinds.flatMap(({ kind, scope, longestDays }, index) => {
    const problems: ConfigProblem[] = [];
    if (names.indexOf(kind) < index)
      problems.push(at(['kinds', index, 'kind'], `found "${kind}" twice, expected each kind once`));
    if (ABSOLUTE_KINDS.includes(kind) && scope !== 'absolute')
      problems.push(
        at(
          ['kinds', index, 'scope'],
          `found ${scope}, expected \`absolute\`: nothing may leave about a student who is ${kind}`,
        ),
      );
    if (scope === 'absolute' && longestDays !== undefined)
      problems.push(
        at(
          ['kinds', index, 'longestDays'],
          `found ${longestDays}, expected none: only a person ends an absolute hold`,
        ),
      );
    return problems;
  });
}

function checkFromSis({ kinds, fromSis }: Holds, { staff }: PolicySurroundings, at: Place): ConfigProblem[] {
  const names = kinds.map(({ kind }) => kind);
  const seen = new Set<string>();
  return fromSis.flatMap(({ field, is, kind, owner }, index) => {
    const here: Place = (key, message) => at(['fromSis', index, ...key], message);
    const problems: ConfigProblem[] = [];
    if (!names.includes(kind))
      problems.push(
        here(['kind'], `found "${kind}", expected one of \`kinds\`${hintFor(suggest(kind, names))}`),
      );
    if (!isOwner(owner, staff)) {
      const hint = hintFor(suggest(owner, [...ROLES, ...(staff ?? []).map((person) => person.email)]));
      problems.push(
        here(
          ['owner'],
          `found "${owner}", expected a role, or the e-mail address of a person in \`staff\`${hint}`,
        ),
      );
    }
    is.forEach((value, position) => {
      const name = JSON.stringify([field.toLowerCase(), value.toLowerCase(), kind]);
      if (seen.has(name))
        problems.push(
          here(['is', position], `found "${value}" of ${field} twice for ${kind}, expected it once`),
        );
      seen.add(name);
    });
    return problems;
  });
}

function isOwner(owner: string, staff: PolicySurroundings['staff']): boolean {
  if ((ROLES as readonly string[]).includes(owner) || staff === undefined) return true;
  return staff.some((person) => person.email.toLowerCase() === owner.toLowerCase());
}
