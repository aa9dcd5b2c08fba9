import type { ColumnType, Generated } from 'kysely';
import type { StaffRoleRecord } from '../../domain/sis-records.ts';
import type { StaffEntry } from '../../domain/task-people.ts';

export interface SisStaffTables {
  sis_staff: SisStaffTable;
  sis_staff_read: SisStaffReadTable;
}

/** Somebody who works at schools, as the SIS says. */
interface SisStaffTable {
  sourced_id: string;
  given_name: string;
  family_name: string;
  email: string | null;
  roles: ColumnType<readonly StaffRoleRecord[], string, string>;
  /** False: was staff, and is nobody now. */
  active: boolean;
}

/** How staff was read last; one row at most. */
interface SisStaffReadTable {
  single: Generated<boolean>;
  /** Counts up with every change. */
  version: number;
  /** null: never. */
  read_at: ColumnType<Date | null, Date | null, Date | null>;
  /** The roles that were read: with others everything is read anew. */
  roles: string;
  /** From where changes are read; null: everything. */
  position: string | null;
  /** Why the last read was not taken. */
  doubt: string | null;
  /** Who would have access by that read, and what stands for exactly them. */
  offered: ColumnType<readonly StaffEntry[] | null, string | null, string | null>;
  offered_set: string | null;
  /** Who has said that a read is to be taken that says what stands here. */
  accepted_by: string | null;
  accepted_set: string | null;
}
