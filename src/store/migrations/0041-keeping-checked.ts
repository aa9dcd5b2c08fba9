import { type Kysely, sql } from 'kysely';

/**
 * What a restore would have undone, where it ended in the audit log, on which machine and in which folder backups are
 * made, and drills that failed. Addresses that mail servers have quoted in their replies go.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table safe_mode
    -- References of what the restored database did not know; null: no newer database was at hand.
    add column undone jsonb,
    -- The last place of the audit log when the backup came back.
    add column audit_seq bigint`,
  'alter table backup_run add column host text, add column folder text',
  'alter table drill_run alter column backup_made_at drop not null',
  ...['letter', 'staff_mail', 'send_attempt'].map(
    (table) =>
      `update ${table} set reply = regexp_replace(reply, '<?[^[:space:]<>@"'':;,()]+@[^[:space:]<>@"'':;,()]+>?', '…', 'g')
        where reply like '%@%'`,
  ),
];
