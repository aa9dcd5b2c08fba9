import type { AbsenceTables } from './tables/absences.ts';
import type { AdultAnswerTables } from './tables/adult-answers.ts';
import type { DocumentTables } from './tables/documents.ts';
import type { FileTables } from './tables/files.ts';
import type { KeepingTables } from './tables/keeping.ts';
import type { LadderTables } from './tables/ladders.ts';
import type { LetterTables } from './tables/letters.ts';
import type { MailboxTables } from './tables/mailbox.ts';
import type { MeetingTables } from './tables/meetings.ts';
import type { PacketDropTables } from './tables/packet-drops.ts';
import type { PacketTables } from './tables/packets.ts';
import type { PagesTables } from './tables/pages.ts';
import type { RosterTables } from './tables/roster.ts';
import type { SendingTables } from './tables/sending.ts';
import type { SisStaffTables } from './tables/sis-staff.ts';
import type { SyncRunTables } from './tables/sync-runs.ts';
import type { TaskMailTables } from './tables/task-mails.ts';
import type { WatchingTables } from './tables/watching.ts';
import type { WorkTables } from './tables/work.ts';

/** One interface per table, by part; the migrations are the truth, this is their reading. */
export interface Tables
  extends AbsenceTables,
    AdultAnswerTables,
    DocumentTables,
    FileTables,
    KeepingTables,
    LadderTables,
    LetterTables,
    MailboxTables,
    MeetingTables,
    PacketDropTables,
    PacketTables,
    PagesTables,
    RosterTables,
    SendingTables,
    SisStaffTables,
    SyncRunTables,
    TaskMailTables,
    WatchingTables,
    WorkTables {}
