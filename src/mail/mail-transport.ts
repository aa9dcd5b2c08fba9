/** One mail as it was frozen: every attempt hands over the same bytes to the same recipient. */
export interface OutgoingMail {
  /** RFC 822 bytes with CRLF line ends. */
  readonly raw: Buffer;
  readonly envelope: { readonly from: string; readonly to: string };
}

/**
 * What became of a mail. `reason` is a code without personal data, for example `rcpt-550` or `mark-failed`; `reply`
 * is what the server said, cleaned and cut, and may quote the address.
 */
export type SubmitOutcome =
  /** The server answered 2xx for our one recipient. */
  | { readonly kind: 'sent'; readonly reply: string; readonly serverId: string | null }
  /** The server asked for another attempt (4xx): it does not have the mail. */
  | { readonly kind: 'try-later'; readonly reason: string; readonly reply: string | null }
  /** No byte of the mail left, for a reason that says nothing about this recipient. */
  | { readonly kind: 'not-started'; readonly reason: string; readonly reply: string | null }
  /** The server refused this mail or its recipient for good (5xx). */
  | { readonly kind: 'rejected'; readonly reason: string; readonly reply: string | null }
  /** The server may have it. Only a person, or a proof from outside, can say; it is never sent again by itself. */
  | { readonly kind: 'uncertain'; readonly reason: string; readonly reply: string | null };

/** `reason` of a mail that only waited for its turn when the transport was closed: another attempt may begin at once. */
export const TRANSPORT_CLOSED = 'closed';

export type Verification = { readonly ok: true } | { readonly ok: false; readonly finding: string };

/** Where mails go: a mail server, or the outbox folder. */
export interface MailTransport {
  /** For people; holds no secrets. */
  readonly description: string;
  /**
   * Hands over one mail. `onFirstRead` has committed the durable mark before the first byte is given; when it
   * rejects, nothing leaves. It is called at most once, and has settled before the outcome is known.
   * Never rejects: whatever happens is an outcome.
   */
  submit(mail: OutgoingMail, onFirstRead: () => Promise<void>): Promise<SubmitOutcome>;
  /** Tries everything but a mail: name, connection, TLS, sign-in; or whether the folder can be written. */
  verify(): Promise<Verification>;
  /**
   * Takes no more mails, gives back at once those that wait for their turn (`TRANSPORT_CLOSED`), waits for those under
   * way and lets go of every connection.
   */
  close(): Promise<void>;
}
