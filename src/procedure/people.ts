import type { Config } from '../config/config-types.ts';
import type { AuditActor } from '../domain/audit.ts';
import type { RoleAtSchools } from '../domain/rights.ts';

/** Who uses the pages: a member of staff, with all roles of the e-mail address together, or the truancy officer. */
export interface Person {
  readonly kind: 'staff' | 'officer';
  readonly name: string;
  /** In lower case. */
  readonly email: string;
  readonly roles: readonly RoleAtSchools[];
}

/** @returns null: nobody of the configuration has this address, or has it any more */
export function personOf(config: Pick<Config, 'staff' | 'truancyOfficer'>, email: string): Person | null {
  const key = email.toLowerCase();
  const entries = config.staff.filter((one) => one.email.toLowerCase() === key);
  const officer = config.truancyOfficer.email.toLowerCase() === key;
  const name = entries[0]?.name ?? (officer ? config.truancyOfficer.name : null);
  if (name === null) return null;
  return {
    kind: entries.length > 0 ? 'staff' : 'officer',
    name,
    email: key,
    roles: [
      ...entries.map(({ role, schools }) => ({ role, schools })),
      ...(officer ? [{ role: 'truancy-officer', schools: 'all' } as const] : []),
    ],
  };
}

export function actorOf({ kind, name, email }: Person): AuditActor {
  return { kind, name, email };
}
