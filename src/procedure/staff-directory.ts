import type { Config } from '../config/config-types.ts';
import { type StaffRules, staffOfSis } from '../domain/sis-staff.ts';
import { keyOf } from '../domain/task-people.ts';
import type { Db } from '../store/database.ts';
import { listSisStaff, staffReadState } from '../store/sis-staff.ts';
import { type Person, personOf } from './people.ts';
import type { Moment } from './procedure.ts';

const DAY_MS = 86_400_000;

/**
 * Brings `config.staff` up to what the SIS said last of who works at schools, where the configuration wants that. Asked
 * before each look at who somebody is: what another process has read holds here at once.
 */
export async function refreshStaff(db: Db, config: Config, { now, today }: Moment): Promise<void> {
  const { staffFromSis, staffDirectory } = config;
  if (staffFromSis === null) return;
  const state = await staffReadState(db);
  const trusted =
    state !== null &&
    state.readAt !== null &&
    now.getTime() - state.readAt.getTime() < staffFromSis.trustDays * DAY_MS;
  if (!trusted) return staffDirectory.take([], null);
  const madeFrom = `${state.version} ${today}`;
  if (staffDirectory.madeFrom === madeFrom) return;
  staffDirectory.take(staffOfSis(await listSisStaff(db), staffRules(config, staffFromSis), today), madeFrom);
}

/** Who has this address now. @returns null: nobody who may be let in */
export async function personNow(
  db: Db,
  config: Config,
  email: string,
  moment: Moment,
): Promise<Person | null> {
  await refreshStaff(db, config, moment);
  return personOf(config, email);
}

export function staffRules(
  config: Pick<Config, 'staffDirectory' | 'truancyOfficer' | 'schools'>,
  { roles, emailDomains }: Pick<StaffRules, 'roles' | 'emailDomains'>,
): StaffRules {
  return {
    roles,
    emailDomains,
    schools: config.schools.map(({ id }) => id),
    spokenFor: new Set(
      [...config.staffDirectory.configured, config.truancyOfficer].map(({ email }) => keyOf(email)),
    ),
  };
}
