import { createHash } from 'node:crypto';
import { type Inbox, InboxError, type InboxTrouble, type OpenInbox } from '../mail/inbound/inbox.ts';
import type { Db } from '../store/database.ts';
import {
  beginMessage,
  endMessage,
  type MessagePlace,
  markFiled,
  unfiledMessages,
} from '../store/inbound-messages.ts';
import { countStuck, folderPosition, markRead, markUnread, passMessage } from '../store/mailbox-folders.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment, Procedure } from './procedure.ts';
import { takeInMessage } from './take-in-message.ts';

export type MailboxOutcome =
  | {
      readonly kind: 'read';
      /** What came of how many, by kind and outcome: `notice bounced`. */
      readonly mails: Readonly<Record<string, number>>;
      /** More wait than are taken at once. */
      readonly more: boolean;
    }
  | { readonly kind: 'unreachable'; readonly trouble: InboxTrouble };

/** So many mails are taken at once; the rest waits for the next time. */
const MOST_AT_ONCE = 500;
/** How far back a folder is read that was never read, or that its server counts anew. */
const LOOK_BACK_MS = 30 * 24 * 3_600_000;
const MOST_ATTEMPTS = 3;
/** A server that is away for a while is nobody's business. */
const PATIENCE_MS = 3_600_000;
const TROUBLE_TASK = 'mailbox-trouble';

/**
 * Reads what has come into the mailbox since the last time, and does what comes of it. Each mail is handled once, in one
 * transaction; moving it out of the folder follows, and is made up for when a crash came between.
 */
export async function readMailbox(
  letterbox: Letterbox,
  procedure: Procedure,
  inbox: Inbox,
  moment: Moment,
): Promise<MailboxOutcome> {
  const { db } = letterbox;
  let opened: OpenInbox | null = null;
  try {
    opened = await inbox.open();
    const outcome = await readOpen(letterbox, procedure, { key: inbox.key, opened }, moment);
    await markRead(db, { folder: inbox.key, uidValidity: opened.uidValidity, now: moment.now });
    await closeTasks(
      db,
      { keys: [TROUBLE_TASK] },
      { reason: 'mailbox-read', on: moment.today, now: moment.now },
    );
    return outcome;
  } catch (error) {
    if (!(error instanceof InboxError)) throw error;
    await tellTrouble(db, procedure, inbox.key, error.code, moment);
    return { kind: 'unreachable', trouble: error.code };
  } finally {
    await opened?.close();
  }
}

async function readOpen(
  letterbox: Letterbox,
  procedure: Procedure,
  { key, opened }: { key: string; opened: OpenInbox },
  moment: Moment,
): Promise<Extract<MailboxOutcome, { kind: 'read' }>> {
  const { db } = letterbox;
  const { uidValidity } = opened;
  await fileAway(db, { folder: key, uidValidity }, opened, moment);
  const { lastUid, fresh } = await folderPosition(db, key, uidValidity);
  const since = fresh ? new Date(moment.now.getTime() - LOOK_BACK_MS) : null;
  const waiting = await opened.listAfter(lastUid, since);
  const mails: Record<string, number> = {};
  const count = (what: string) => {
    mails[what] = (mails[what] ?? 0) + 1;
  };
  for (const uid of waiting.slice(0, MOST_AT_ONCE)) {
    const place = { folder: key, uidValidity, uid };
    const fetched = await opened.fetch(uid);
    if (fetched === null) {
      await passMessage(db, place);
      continue;
    }
    try {
      const handled = await takeInMessage({ letterbox, procedure, moment }, place, fetched);
      count(handled === null ? 'handled before' : `${handled.kind} ${handled.outcome}`);
    } catch (error) {
      if ((await countStuck(db, place)) < MOST_ATTEMPTS) throw error;
      await setAside(db, procedure, place, fetched.raw, moment);
      count('failed set-aside');
    }
  }
  await fileAway(db, { folder: key, uidValidity }, opened, moment);
  return { kind: 'read', mails, more: waiting.length > MOST_AT_ONCE };
}

async function fileAway(
  db: Db,
  folder: Omit<MessagePlace, 'uid'>,
  opened: OpenInbox,
  moment: Moment,
): Promise<void> {
  const uids = await unfiledMessages(db, folder);
  if (uids.length === 0 || !(await opened.fileAway(uids))) return;
  for (const uid of uids) await markFiled(db, { ...folder, uid }, moment.now);
}

/** One mail that cannot be handled must not keep back those behind it: it stays in the folder, and somebody is told. */
async function setAside(
  db: Db,
  procedure: Procedure,
  place: MessagePlace,
  raw: Buffer,
  moment: Moment,
): Promise<void> {
  const sha256 = createHash('sha256').update(raw).digest('hex');
  await db.transaction().execute(async (tx) => {
    await passMessage(tx, place);
    const id = await beginMessage(tx, { ...place, sha256, on: moment.today, now: moment.now });
    if (id === null) return;
    await endMessage(tx, id, { kind: 'failed', outcome: 'set-aside', fileAway: false });
    await openTask(
      tx,
      {
        key: 'read-replies:failed',
        kind: 'read-replies',
        role: 'it-contact',
        openedOn: moment.today,
        dueOn: procedure.calendarOf(null).addSchoolDays(moment.today, 1) ?? moment.today,
        detail: 'an error of the program',
      },
      moment.now,
    );
  });
}

/** Once for as long as it lasts: at once where waiting will not help, otherwise after a while. */
async function tellTrouble(
  db: Db,
  procedure: Procedure,
  folder: string,
  trouble: InboxTrouble,
  moment: Moment,
): Promise<void> {
  const since = await markUnread(db, { folder, failure: trouble, now: moment.now });
  const mayPass = trouble === 'connection' || trouble === 'timed-out' || trouble === 'name-lookup';
  if (mayPass && moment.now.getTime() - since.getTime() < PATIENCE_MS) return;
  await openTask(
    db,
    {
      key: TROUBLE_TASK,
      kind: TROUBLE_TASK,
      role: 'it-contact',
      openedOn: moment.today,
      dueOn: procedure.calendarOf(null).addSchoolDays(moment.today, 1) ?? moment.today,
      detail: trouble,
    },
    moment.now,
  );
}
