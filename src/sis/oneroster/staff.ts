import type { StaffRecord, StaffRoleRecord } from '../../domain/sis-records.ts';
import { doubtsIn } from './careful.ts';
import type { RowReader } from './read-rows.ts';
import { idOf } from './wire-fields.ts';
import { rolesSchema, staffSchema, type WireStaff } from './wire-schemas.ts';

/**
 * Users with one of these roles, and those known as staff so far, who may have lost theirs.
 * @param roles in small letters
 */
export function staffReader(
  roles: ReadonlySet<string>,
  known: ReadonlySet<string>,
): RowReader<WireStaff, StaffRecord> {
  return {
    schema: staffSchema,
    concerns: (row) => {
      if (known.has(idOf(row.sourcedId) ?? '')) return true;
      const told = rolesSchema(row);
      return [...told.roles.told, told].some(({ role }) => role.told !== null && roles.has(role.told));
    },
    map: (user) => {
      const all = rolesOf(user);
      return {
        sourcedId: user.sourcedId,
        active:
          user.status.told &&
          user.enabledUser.told !== false &&
          doubtsIn(user).length === 0 &&
          !all.some(({ role }) => role === 'student'),
        givenName: user.givenName.told ?? '',
        familyName: user.familyName.told ?? '',
        email: user.email.told,
        roles: all.filter(({ role }) => roles.has(role)),
      };
    },
    doubtsIn,
  };
}

function rolesOf(user: WireStaff): readonly StaffRoleRecord[] {
  const { told: role } = user.role;
  const older =
    role === null
      ? []
      : user.orgs.told.map((schoolSourcedId) => ({ role, schoolSourcedId, begins: null, ends: null }));
  return [
    ...older,
    ...user.roles.told.flatMap((one): StaffRoleRecord[] => {
      if (one.role.told === null) return [];
      return [
        {
          role: one.role.told,
          // A role at no org is kept: it may be that of a student.
          schoolSourcedId: one.org.told ?? '',
          begins: one.beginDate.told,
          ends: one.endDate.told,
        },
      ];
    }),
  ];
}
