import { atCommandLine } from '../domain/audit.ts';
import { recordAudit } from '../store/audit-log.ts';
import type { Db } from '../store/database.ts';
import { saveStaffRead, staffReadState } from '../store/sis-staff.ts';

/** A person has looked at it: the next read of staff is taken. @returns false: no read waits for that */
export async function acceptStaffRead(db: Db, by: string, now: Date): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const state = await staffReadState(tx);
    if (state === null || state.doubt === null) return false;
    await saveStaffRead(tx, { ...state, acceptedBy: by });
    await recordAudit(tx, {
      at: now,
      actor: atCommandLine(by),
      from: null,
      action: 'staff-accepted',
    });
    return true;
  });
}
