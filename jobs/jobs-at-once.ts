import { parseSmtpUrl } from '../src/mail/smtp-url.ts';
import type { Lane } from '../src/queue/define-job.ts';

/**
 * How many jobs of each lane one process runs at once. While the mail server keeps some mails, the next ones are looked
 * at once more and claimed, so that it need not wait for them.
 * @param smtpUrl null where mails go into a folder
 */
export function jobsAtOnce(smtpUrl: string | null): Readonly<Record<Lane, number>> {
  const connections = smtpUrl === null ? 1 : parseSmtpUrl(smtpUrl).connections;
  return { work: 4, mail: 2 * connections };
}
