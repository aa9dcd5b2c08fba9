import { z } from 'zod';
import { cron, text } from './fields.ts';

/** The mailbox that bounces and replies come into. Its password or token stands in the environment. */
export const mailboxSchema = z.strictObject({
  host: z
    .string()
    .trim()
    .regex(
      /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/,
      {
        error: 'the name of a server such as imap.example.org, without port or scheme',
      },
    )
    .describe('Name of the IMAP server.'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('Its port. Not set: 993 with `tls: implicit`, else 143.'),
  tls: z
    .enum(['implicit', 'starttls', 'none'])
    .default('implicit')
    .describe(
      'TLS from the first byte, or by STARTTLS, which then is not optional. `none` is for a server on this machine only.',
    ),
  user: text.describe('Who signs in; often the address of the mailbox.'),
  folder: text.default('INBOX').describe('Folder that is read.'),
  processedFolder: text
    .optional()
    .describe(
      'Folder into which mails go that were dealt with; it is made when it is missing. Not set: they are marked as read and stay.',
    ),
  poll: cron
    .default('*/10 * * * *')
    .describe('When the mailbox is read: a cron line in the district’s time zone.'),
});
