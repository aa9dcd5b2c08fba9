import type { Generated, GeneratedAlways } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { NullableTimestamp, OptionalText, Timestamp } from './columns.ts';

/** Tables of mail that comes in. */
export interface MailboxTables {
  mailbox_folder: MailboxFolderTable;
  inbound_message: InboundMessageTable;
  delivery_notice: DeliveryNoticeTable;
  bounced_address: BouncedAddressTable;
}

/** Where reading a folder of the mailbox goes on. */
interface MailboxFolderTable {
  /** Account and folder. */
  folder: string;
  uid_validity: string;
  last_uid: string;
  read_at: NullableTimestamp;
  failing_since: NullableTimestamp;
  failure: OptionalText;
  /** The mail that could not be handled, and how often that was tried. */
  stuck_uid: OptionalText;
  stuck_attempts: Generated<number>;
}

/** One mail of the mailbox that was looked at, whatever came of it. */
interface InboundMessageTable {
  id: Generated<string>;
  /** Of its bytes; of those of its headers where it is too large to be read. */
  sha256: string;
  folder: string;
  uid_validity: string;
  uid: string;
  handled_at: Timestamp;
  handled_on: SchoolDate;
  kind: InboundKind;
  outcome: string;
  letter_id: OptionalText;
  staff_mail_id: OptionalText;
  /** Hash of the sender's address. */
  sender: OptionalText;
  /** The same for every copy of what a person wrote. */
  writing: OptionalText;
  /** It is moved out of the folder, or marked as read. */
  file_away: boolean;
  filed_at: NullableTimestamp;
}

export type InboundKind = 'notice' | 'automatic' | 'own' | 'personal' | 'unreadable' | 'too-large' | 'failed';

/** What mail systems have told of a mail of ours, once per mail and kind. */
interface DeliveryNoticeTable {
  id: Generated<string>;
  letter_id: OptionalText;
  staff_mail_id: OptionalText;
  kind: 'bounced' | 'delivered';
  at: Timestamp;
  on_date: SchoolDate;
  status: OptionalText;
  said: OptionalText;
  document_id: OptionalText;
  inbound_message_id: string;
}

/** An address that is not written to until a person says so. */
interface BouncedAddressTable {
  id: GeneratedAlways<string>;
  address_hash: string;
  letter_id: string;
  since: Timestamp;
  status: OptionalText;
  trusted_at: NullableTimestamp;
  trusted_by: OptionalText;
  trusted_because: OptionalText;
}
