import type { StaffRecord } from '../domain/sis-records.ts';
import type { StaffEntry } from '../domain/task-people.ts';
import type { Db, Tx } from './database.ts';

export interface StaffReadState {
  /** Counts up with every change. */
  readonly version: number;
  /** When the SIS was last read for staff and what it said was taken; null: never. */
  readonly readAt: Date | null;
  readonly roles: string;
  readonly position: string | null;
  /** Why the last read was not taken; null: it was. */
  readonly doubt: string | null;
  /** Who would have access by that read. `set` stands for exactly them. */
  readonly offered: { readonly set: string; readonly people: readonly StaffEntry[] } | null;
  /** The set that a person has accepted since. */
  readonly acceptedSet: string | null;
}

/** @returns null: staff was never read */
export async function staffReadState(db: Db): Promise<StaffReadState | null> {
  const row = await db.selectFrom('sis_staff_read').selectAll().executeTakeFirst();
  if (row === undefined) return null;
  const { version, read_at: readAt, roles, position, doubt, offered: people, offered_set: set } = row;
  const offered = people === null || set === null ? null : { set, people };
  return { version, readAt, roles, position, doubt, offered, acceptedSet: row.accepted_set };
}

/** Whatever a person has accepted before is over with it. */
export async function saveStaffRead(tx: Tx, state: Omit<StaffReadState, 'acceptedSet'>): Promise<void> {
  const values = {
    version: state.version,
    read_at: state.readAt,
    roles: state.roles,
    position: state.position,
    doubt: state.doubt,
    offered: state.offered === null ? null : JSON.stringify(state.offered.people),
    offered_set: state.offered?.set ?? null,
    accepted_by: null,
    accepted_set: null,
  };
  await tx
    .insertInto('sis_staff_read')
    .values(values)
    .onConflict((conflict) => conflict.column('single').doUpdateSet(values))
    .execute();
}

/** @returns false: nothing waits, or not this set */
export async function acceptOfferedStaff(tx: Tx, { set, by }: { set: string; by: string }): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('sis_staff_read')
    .set({ accepted_by: by, accepted_set: set })
    .where('offered_set', '=', set)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
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
