import type { MailTransport } from '../src/mail/mail-transport.ts';
import type { Lane } from '../src/queue/define-job.ts';

/**
 * How many jobs of each lane one process runs at once. While the mail server keeps some mails, the next ones are looked
 * at once more and claimed, so that it need not wait for them.
 */
export function jobsAtOnce({
  connections,
}: Pick<MailTransport, 'connections'>): Readonly<Record<Lane, number>> {
  return { work: 4, mail: 2 * connections };
}
