import { cleanReply } from '../smtp-reply.ts';
import { addressesIn, firstValue, type HeaderField, readBlocks } from './header-fields.ts';

/** What a mail system says became of a mail for one recipient (RFC 3464). */
export interface DeliveryReport {
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';
  /** Enhanced status, for example `5.1.1`; null where none is given. */
  readonly status: string | null;
  /** Lower case. Those it was sent to and those it ended with: forwarding makes them differ. */
  readonly recipients: readonly string[];
  /** What the last server said, on one line, without addresses. */
  readonly said: string | null;
}

const MOST_RECIPIENTS = 50;

/** The reports in the body of a `message/delivery-status` part. What is no report is passed over. */
export function readDeliveryStatus(bytes: Uint8Array): DeliveryReport[] {
  return readBlocks(bytes, MOST_RECIPIENTS + 1).flatMap((block) => asReport(block) ?? []);
}

/** What became of the mail, by the report for its own recipient, or by all where none names that one. */
export type NoticeVerdict =
  | { readonly kind: 'failed'; readonly report: DeliveryReport }
  | { readonly kind: 'delivered'; readonly report: DeliveryReport }
  /** On its way, handed on, or not the same for everybody: nothing is certain. */
  | { readonly kind: 'undecided' };

/** @param recipient the envelope's one recipient; null where it is not known */
export function judgeNotice(reports: readonly DeliveryReport[], recipient: string | null): NoticeVerdict {
  const named = reports.filter(
    (report) => recipient !== null && report.recipients.includes(recipient.toLowerCase()),
  );
  const relevant = named.length > 0 ? named : reports;
  const [first] = relevant;
  if (first === undefined) return { kind: 'undecided' };
  if (relevant.every((report) => report.action === 'failed')) return { kind: 'failed', report: first };
  if (relevant.every((report) => report.action === 'delivered')) return { kind: 'delivered', report: first };
  return { kind: 'undecided' };
}

const ACTIONS = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const;

function asReport(block: readonly HeaderField[]): DeliveryReport | null {
  const word = /^[a-z]+/.exec(firstValue(block, 'action').toLowerCase())?.[0];
  const action = ACTIONS.find((known) => known === word);
  if (action === undefined) return null;
  const recipients = ['final-recipient', 'original-recipient', 'x-actual-recipient']
    .flatMap((key) => addressesIn(firstValue(block, key).replace(/^[^;]*;/, '')))
    .map((address) => address.toLowerCase());
  const diagnostic = firstValue(block, 'diagnostic-code');
  return {
    action,
    status: statusIn(firstValue(block, 'status')) ?? statusIn(diagnostic),
    recipients: [...new Set(recipients)],
    said: withoutAddresses(diagnostic.replace(/^[A-Za-z0-9-]{1,20};/, '')),
  };
}

/** The first enhanced status code in a text. */
export function statusIn(text: string): string | null {
  const match = /(?:^|[^0-9.])([245]\.\d{1,3}\.\d{1,3})(?![0-9.]*\d)/.exec(text.slice(0, 2_000));
  return match?.[1] ?? null;
}

/** One line of what a server said, without addresses. */
export function withoutAddresses(text: string): string | null {
  const plain = cleanReply(text);
  return plain === '' ? null : plain;
}
