import type { StaffRecord } from '../domain/sis-records.ts';
import type { Db, Tx } from './database.ts';

export interface StaffReadState {
  /** Counts up with every change. */
  readonly version: number;
  /** When the SIS was last read for staff and what it said was taken; null: never. */
  readonly readAt: Date | null;
  readonly roles: string;
  readonly position: string | null;
  readonly doubt: string | null;
  readonly acceptedBy: string | null;
}

/** @returns null: staff was never read */
export async function staffReadState(db: Db): Promise<StaffReadState | null> {
  const row = await db.selectFrom('sis_staff_read').selectAll().executeTakeFirst();
  if (row === undefined) return null;
  const { version, read_at: readAt, roles, position, doubt, accepted_by: acceptedBy } = row;
  return { version, readAt, roles, position, doubt, acceptedBy };
}

export async function saveStaffRead(tx: Tx, state: StaffReadState): Promise<void> {
  const values = {
    version: state.version,
    read_at: state.readAt,
    roles: state.roles,
    position: state.position,
    doubt: state.doubt,
    accepted_by: state.acceptedBy,
  };
  await tx
    .insertInto('sis_staff_read')
    .values(values)
    .onConflict((conflict) => conflict.column('single').doUpdateSet(values))
    .execute();
}

/** Of the SIS's staff, as it was read. */
export async function listSisStaff(db: Db): Promise<readonly StaffRecord[]> {
  const rows = await db.selectFrom('sis_staff').selectAll().orderBy('sourced_id').execute();
  return rows.map((row) => ({
    sourcedId: row.sourced_id,
    active: row.active,
    givenName: row.given_name,
    familyName: row.family_name,
    email: row.email,
    roles: row.roles,
  }));
}

export async function replaceSisStaff(tx: Tx, people: readonly StaffRecord[]): Promise<void> {
  await tx.deleteFrom('sis_staff').execute();
  for (let from = 0; from < people.length; from += 1_000) {
    const part = people.slice(from, from + 1_000);
    await tx
      .insertInto('sis_staff')
      .values(
        part.map((person) => ({
          sourced_id: person.sourcedId,
          given_name: person.givenName,
          family_name: person.familyName,
          email: person.email,
          roles: JSON.stringify(person.roles),
          active: person.active,
        })),
      )
      .execute();
  }
}
