import { startSmtpSink } from '../support/smtp-sink.ts';

/** Mails that came, and recipients of theirs: as many where nobody got two. */
export interface Delivered {
  readonly mails: number;
  readonly recipients: number;
}

/** A mail server in a process of its own: what is measured is not its work. */
const keepsInMs = Number(process.argv[2]);
const sink = await startSmtpSink(keepsInMs === 0 ? {} : { keepsInMs });
process.on('disconnect', () => process.exit());
process.on('message', () => {
  const recipients = new Set(sink.delivered.flatMap(({ to }) => to)).size;
  process.send?.({ mails: sink.delivered.length, recipients } satisfies Delivered);
});
process.send?.(sink.url);
