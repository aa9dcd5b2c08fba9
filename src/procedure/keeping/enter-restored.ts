import { type RawBuilder, sql } from 'kysely';
import { atCommandLine } from '../../domain/audit.ts';
import { auditAnchor } from '../../store/audit-chain.ts';
import { recordAudit } from '../../store/audit-log.ts';
import type { Db } from '../../store/database.ts';
import { enterSafeMode } from '../../store/safe-mode.ts';

/**
 * What holds of a database from the moment on in which a backup has come back: nothing leaves, what was on the line is
 * uncertain, what was read and not applied is read anew, and nobody is signed in.
 * @param tx that in which the rows came
 */
export async function enterRestored(
  tx: Db,
  restored: { readonly madeAt: Date; readonly by: string; readonly file: string; readonly now: Date },
): Promise<void> {
  const { madeAt, by, now } = restored;
  const auditSeq = (await auditAnchor(tx))?.seq ?? 0;
  await enterSafeMode(tx, { why: 'restored', knowsUntil: madeAt, since: now, by, auditSeq });
  for (const statement of statements(now)) await statement.execute(tx);
  await recordAudit(tx, {
    at: now,
    actor: atCommandLine(by),
    from: null,
    action: 'database-restored',
    detail: { file: restored.file, madeAt: madeAt.toISOString() },
  });
}

function statements(now: Date): RawBuilder<unknown>[] {
  return [
    // Their owners are gone; whether they have left nobody here can say.
    sql`update letter set state = 'uncertain', reason = 'restored', owner = null, due_at = null
      where state in ('claimed', 'transmitting')`,
    sql`update staff_mail set state = 'uncertain', reason = 'restored', owner = null, due_at = null
      where state in ('claimed', 'transmitting')`,
    ...doubtfulMails(now),
    sql`update sync_run set state = 'failed', finished_at = ${now}, reason = 'the database was restored'
      where state = 'running'`,
    sql`update sync_run set plan = null where plan is not null`,
    sql`delete from backup_run where ended_at is null`,
    sql`update running_process set stopped_at = ${now} where stopped_at is null`,
    ...nobodySignedIn(now),
  ];
}

/** Mails that the database had in line at that moment, and that may have left since. */
export function doubtfulMails(at: Date): RawBuilder<unknown>[] {
  const inLine = sql`state = 'queued' and composed_at <= ${at}`;
  return [
    sql`update staff_mail set state = 'uncertain', reason = 'restored', owner = null, due_at = null
      where kind in ('packet', 'meeting') and ${inLine}`,
    // What they say is of another day. Tasks stand in the next digest.
    sql`update staff_mail set state = 'cancelled', reason = 'restored', owner = null, due_at = null where ${inLine}`,
  ];
}

/** Sessions and links that were ended since must not come to life again. */
export function nobodySignedIn(now: Date): RawBuilder<unknown>[] {
  return [
    sql`update page_session set ended_at = ${now} where ended_at is null`,
    sql`update page_link set revoked_at = ${now} where revoked_at is null`,
    sql`update page_device set revoked_at = ${now} where revoked_at is null`,
  ];
}
