import type { Role } from '../../domain/policy.ts';
import type { DistrictOptions, School, StaffMember } from './model.ts';
import { staffNames } from './name-pools.ts';
import { mailboxName, phoneNumber } from './places.ts';
import { randomOf } from './random.ts';

export const districtMailDomain = 'cedar-valley.test';

const schoolRoles: readonly Role[] = ['attendance-clerk', 'administrator', 'counselor'];
const districtRoles: readonly Role[] = ['supervisor', 'truancy-officer', 'it-contact'];

/** Under which the SIS knows somebody of the staff. */
export function staffId({ seed }: DistrictOptions, { email }: StaffMember): string {
  return randomOf(seed, 'staff-id', email).uuid();
}

export function buildStaff(options: DistrictOptions, schools: readonly School[]): StaffMember[] {
  const taken = new Set<string>();
  const member = (role: Role, school: string | null, index: number): StaffMember => {
    const random = randomOf(options.seed, 'staff', index, role);
    const given = random.pick(random.chance(0.6) ? staffNames.female : staffNames.male);
    const family = random.pick(staffNames.family);
    let name = `${given} ${family}`;
    while (taken.has(name))
      name = `${given} ${random.pick([...'ABCDEFGHJKLMNPRSTW'])}. ${random.pick(staffNames.family)}`;
    taken.add(name);
    const email = `${mailboxName(...name.split(' '))}@${districtMailDomain}`;
    return { name, email, phone: phoneNumber(random), role, school };
  };
  return [
    ...districtRoles.map((role) => member(role, null, -1)),
    ...schools.flatMap((school, index) => schoolRoles.map((role) => member(role, school.sourcedId, index))),
  ];
}
