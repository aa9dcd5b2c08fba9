import { startSmtpSink } from '../support/smtp-sink.ts';

/** A mail server in a process of its own: what is measured is not its work. */
const keepsInMs = Number(process.argv[2]);
const sink = await startSmtpSink(keepsInMs === 0 ? {} : { keepsInMs });
process.on('disconnect', () => process.exit());
process.on('message', () => process.send?.(sink.delivered.length));
process.send?.(sink.url);
