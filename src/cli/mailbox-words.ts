import type { Config } from '../config/config-types.ts';
import type { InboxTrouble } from '../mail/inbound/inbox.ts';
import type { Db } from '../store/database.ts';
import { type FolderState, folderState } from '../store/mailbox-folders.ts';
import { openInbox } from '../wiring/open-inbox.ts';
import { whenIn } from './context.ts';

export const NO_MAILBOX =
  'Mailbox: none. Bounces and replies are not read: a letter that comes back stays sent until somebody tells (`mailbox` in district.yaml).';

/** Whether bounces and replies are read, and since when not. */
export async function mailboxWords(config: Config, db: Db): Promise<string> {
  const inbox = openInbox(config);
  if (inbox === null) return NO_MAILBOX;
  const state = await folderState(db, inbox.key);
  const read = state?.readAt == null ? 'never read yet' : `last read ${whenIn(config, state.readAt)}`;
  return `Mailbox: ${inbox.description}, ${read}${failureWords(config, state)}`;
}

function failureWords(config: Config, state: FolderState | null): string {
  if (state?.failingSince == null) return '';
  const why = TROUBLES[state.failure as InboxTrouble] ?? state.failure;
  return `; it cannot be read since ${whenIn(config, state.failingSince)}: ${why} (\`rollcall check\`)`;
}

export const TROUBLES: Readonly<Record<InboxTrouble, string>> = {
  'name-lookup': 'the name of the server cannot be resolved',
  connection: 'no usable connection',
  'timed-out': 'no answer in time',
  tls: 'no secure connection',
  'sign-in': 'it does not sign us in',
  'folder-missing': 'the folder is missing',
  'processed-folder-missing': 'the folder for what was dealt with cannot be made',
  protocol: 'the server does not speak IMAP as expected',
};
