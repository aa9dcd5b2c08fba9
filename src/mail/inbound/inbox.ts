import type { Verification } from '../mail-transport.ts';

/** A folder of a mailbox that is read, as long as nobody has to know how. */
export interface Inbox {
  /** For people; holds no secrets. */
  readonly description: string;
  /** Names account and folder: under it the database keeps where reading goes on. */
  readonly key: string;
  /** @throws InboxError */
  open(): Promise<OpenInbox>;
  /** Tries everything but a mail: name, connection, TLS, sign-in, both folders. */
  verify(): Promise<Verification>;
}

export interface OpenInbox {
  /** Another one than before: the server counts its mails anew. */
  readonly uidValidity: string;
  /** Mails behind `uid`, oldest first; with `since` only those that came on that day or later. @throws InboxError */
  listAfter(uid: number, since: Date | null): Promise<number[]>;
  /** @returns null when the mail is gone @throws InboxError */
  fetch(uid: number): Promise<FetchedMail | null>;
  /**
   * Moves mails to the folder for those that were dealt with, or marks them as read.
   * @returns false when the server would not
   * @throws InboxError
   */
  fileAway(uids: readonly number[]): Promise<boolean>;
  close(): Promise<void>;
}

export interface FetchedMail {
  /** RFC 822 bytes; of a mail that is too large its headers. */
  readonly raw: Buffer;
  readonly whole: boolean;
}

/** Why a mailbox cannot be read, as a code word; no text of a server. */
export type InboxTrouble =
  | 'name-lookup'
  | 'connection'
  | 'timed-out'
  | 'tls'
  | 'sign-in'
  | 'folder-missing'
  | 'processed-folder-missing'
  | 'protocol';

export class InboxError extends Error {
  override readonly name = 'InboxError';
  readonly code: InboxTrouble;

  constructor(code: InboxTrouble, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

/** Larger mails are not fetched: what a phone makes of a doctor's note fits. */
export const LARGEST_MAIL = 12 * 1024 * 1024;
