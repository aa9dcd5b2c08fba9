import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { NullableTimestamp, OptionalText, Timestamp } from './columns.ts';

/** Tables of the pages and of the audit log. */
export interface PagesTables {
  audit_event: AuditEventTable;
  audit_chain: AuditChainTable;
  audit_pending: AuditPendingTable;
  page_link: PageLinkTable;
  page_sign_in: PageSignInTable;
  page_session: PageSessionTable;
  page_device: PageDeviceTable;
  form_once: FormOnceTable;
}

/** What somebody saw, changed or disclosed. The database refuses to change or delete a row. */
interface AuditEventTable {
  id: GeneratedAlways<string>;
  at: ColumnType<Date, Date, never>;
  actor_kind: ColumnType<'staff' | 'officer' | 'command-line' | 'system', string, never>;
  actor_name: ColumnType<string, string, never>;
  actor_email: ColumnType<string | null, string | null, never>;
  /** Network address. */
  came_from: ColumnType<string | null, string | null, never>;
  action: ColumnType<string, string, never>;
  student_id: ColumnType<number | null, number | null, never>;
  subject: ColumnType<string | null, string | null, never>;
  detail: ColumnType<Record<string, string | number | boolean | null>, string, never>;
}

/** The place of an event in the chain. */
interface AuditChainTable {
  seq: ColumnType<string, string | number, never>;
  event_id: ColumnType<string, string, never>;
  event_hash: ColumnType<Buffer, Buffer, never>;
  hash: ColumnType<Buffer, Buffer, never>;
}

interface AuditPendingTable {
  event_id: string;
}

/** A link of a mail: it starts a sign-in, and nothing else. */
interface PageLinkTable {
  token_hash: Buffer;
  /** In lower case, here and below. */
  email: string;
  path: string;
  made_at: Timestamp;
  expires_at: Timestamp;
  revoked_at: NullableTimestamp;
}

interface PageSignInTable {
  token_hash: Buffer;
  email: string | null;
  path: string;
  started_by: 'link' | 'address';
  /** Network address; null: before it was kept. */
  came_from: OptionalText;
  code_hash: Buffer | null;
  failures: Generated<number>;
  made_at: Timestamp;
  expires_at: Timestamp;
  used_at: NullableTimestamp;
}

interface PageSessionTable {
  id: Generated<string>;
  token_hash: Buffer;
  email: string;
  signed_in_by: 'code' | 'device' | 'oidc';
  came_from: string;
  started_at: Timestamp;
  expires_at: Timestamp;
  ended_at: NullableTimestamp;
}

/** A device on which a person has entered a code. */
interface PageDeviceTable {
  token_hash: Buffer;
  email: string;
  since: Timestamp;
  expires_at: Timestamp;
  revoked_at: NullableTimestamp;
}

/** A form that was sent, and what it was answered with. */
interface FormOnceTable {
  key: Buffer;
  at: Timestamp;
  answer: ColumnType<{ to: string; notice: string | null } | null, string | null, string | null>;
}
