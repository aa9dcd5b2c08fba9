import type { AttendanceCode } from './absence.ts';
import type { CodeRule, CountingRules } from './policy.ts';

/**
 * The code table by which rows are read: what the SIS says of its codes, with what the policy says of them over it.
 * @param codes as the SIS defines them.
 * @param named ids of codes that rows name. One that the SIS does not define is known by its id to the policy only.
 * @returns the codes by sourcedId.
 */
export function codeTable(
  codes: readonly Omit<AttendanceCode, 'suspension' | 'confidential'>[],
  rules: Pick<CountingRules, 'codes'>,
  named: Iterable<string>,
): ReadonlyMap<string, AttendanceCode> {
  const byTitle = new Map(rules.codes.map((rule) => [rule.title.toLowerCase(), rule]));
  const table = new Map<string, AttendanceCode>();
  for (const code of codes) {
    const rule = byTitle.get(code.title.toLowerCase());
    table.set(code.sourcedId, { ...code, ...meaningOf(rule, code), ...propertiesOf(rule) });
  }
  for (const id of named) {
    const rule = byTitle.get(id.toLowerCase());
    if (table.has(id) || rule === undefined || rule.status === null) continue;
    const meaning = meaningOf(rule, { status: rule.status, excuse: 'unknown' });
    table.set(id, { sourcedId: id, title: rule.title, ...meaning, ...propertiesOf(rule) });
  }
  return table;
}

/** Titles, or ids, of the codes to which the policy itself gives a meaning. */
export function mappedCodes(rules: Pick<CountingRules, 'codes'>): string[] {
  return rules.codes.flatMap((rule) => (rule.status === null ? [] : [rule.title]));
}

type Meaning = Pick<AttendanceCode, 'status' | 'excuse'>;

function meaningOf(rule: CodeRule | undefined, otherwise: Meaning): Meaning {
  return { status: rule?.status ?? otherwise.status, excuse: rule?.excuse ?? otherwise.excuse };
}

function propertiesOf(rule: CodeRule | undefined): Pick<AttendanceCode, 'suspension' | 'confidential'> {
  return { suspension: rule?.suspension ?? false, confidential: rule?.confidential ?? false };
}
