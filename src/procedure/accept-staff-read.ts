import { atCommandLine } from '../domain/audit.ts';
import { recordAudit } from '../store/audit-log.ts';
import type { Db } from '../store/database.ts';
import { acceptOfferedStaff, staffReadState } from '../store/sis-staff.ts';

export type StaffAcceptance =
  | { readonly kind: 'accepted' }
  /** The last read was taken, or there was none. */
  | { readonly kind: 'nothing-waits' }
  /** Other people would have access by now than the person has seen. @property set those */
  | { readonly kind: 'changed'; readonly set: string };

/** A person has looked at who would have access: a read that says exactly that is taken. */
export async function acceptStaffRead(
  db: Db,
  asked: { readonly set: string; readonly by: string },
  now: Date,
): Promise<StaffAcceptance> {
  return db.transaction().execute(async (tx): Promise<StaffAcceptance> => {
    if (!(await acceptOfferedStaff(tx, asked))) {
      const offered = (await staffReadState(tx))?.offered ?? null;
      return offered === null ? { kind: 'nothing-waits' } : { kind: 'changed', set: offered.set };
    }
    await recordAudit(tx, {
      at: now,
      actor: atCommandLine(asked.by),
      from: null,
      action: 'staff-accepted',
      subject: asked.set,
    });
    return { kind: 'accepted' };
  });
}
