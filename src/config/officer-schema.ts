import { z } from 'zod';
import { email, text, textOf } from './fields.ts';

const schoolDays = z.int().min(1).max(20);

/** Who gets the attendance file at a referral, and how. */
export const officerSchema = z.strictObject({
  name: text.describe('Name.'),
  email: email.describe('E-mail address.'),
  agency: text.describe('Office the officer belongs to.'),
  delivery: z
    .enum(['link', 'mail', 'folder'])
    .optional()
    .describe(
      '`link`: the officer is told by mail and fetches the packet from a page. `mail` attaches it to the mail. `folder` puts it into `folder` and tells the officer. Not set: `link` where `pages` is set, else `mail`.',
    ),
  folder: text.optional().describe('With `delivery: folder`: the folder, as seen from this file.'),
  attachment: z
    .enum(['encrypted', 'unencrypted'])
    .default('encrypted')
    .describe(
      'With `delivery: mail`: `encrypted` attaches a ZIP file (AES-256) that opens with `ROLLCALL_PACKET_PASSWORD`, which you give to the officer by phone or in person. `unencrypted` attaches the packet as it is: whoever can read the mail can read it.',
    ),
  largestAttachmentMegabytes: z
    .int()
    .min(1)
    .max(100)
    .default(15)
    .describe('With `delivery: mail`: a larger packet waits, since mail servers would refuse it.'),
  remindAfterDays: schoolDays
    .default(3)
    .describe('School days after which the officer is reminded of a packet that lies on the page.'),
  tellSchoolAfterDays: schoolDays
    .default(5)
    .describe('School days after which the administrator hears that nobody has fetched it.'),
  legalBasis: textOf(500).describe('Why the file may be disclosed to this officer, as counsel words it.'),
  interest: textOf(500)
    .default('To review the attendance file and decide how to proceed')
    .describe('The legitimate interest of the officer, for the record of disclosures (34 CFR 99.32).'),
});
