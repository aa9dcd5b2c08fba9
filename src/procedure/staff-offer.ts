import type { Config } from '../config/config-types.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { changedAccess, staffOfSis } from '../domain/sis-staff.ts';
import type { Db } from '../store/database.ts';
import { listSisStaff, staffReadState } from '../store/sis-staff.ts';
import { staffRules } from './staff-directory.ts';

export interface StaffOffer {
  /** Stands for exactly these people: what `rollcall staff accept` takes. */
  readonly set: string;
  readonly doubt: string;
  readonly changes: ReturnType<typeof changedAccess>;
}

/** What a read of staff that was not taken would change. @returns null: none waits for a person */
export async function staffOffer(db: Db, config: Config, today: SchoolDate): Promise<StaffOffer | null> {
  const { staffFromSis } = config;
  const state = await staffReadState(db);
  if (staffFromSis === null || state === null || state.offered === null || state.doubt === null) return null;
  const now = staffOfSis(await listSisStaff(db), staffRules(config, staffFromSis), today);
  return {
    set: state.offered.set,
    doubt: state.doubt,
    changes: changedAccess(now, state.offered.people),
  };
}
