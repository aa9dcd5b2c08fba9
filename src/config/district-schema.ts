import { z } from 'zod';
import { backupSchema } from './backup-schema.ts';
import { brakesSchema } from './brakes-schema.ts';
import { calendarSchema } from './calendar-schema.ts';
import { contactLogSchema } from './contact-log-schema.ts';
import { documentsSchema } from './documents-schema.ts';
import { cron, email, inOrder, text, textOf, timeOfDay, webAddress } from './fields.ts';
import { healthSchema, serviceSchema } from './health-schema.ts';
import { mailboxSchema } from './mailbox-schema.ts';
import { meetingsSchema } from './meetings-schema.ts';
import { officerSchema } from './officer-schema.ts';
import { pagesSchema } from './pages-schema.ts';
import { retentionSchema } from './retention-schema.ts';
import { guardsSchema, sisSchema } from './sis-schema.ts';
import { staffFromSisSchema } from './staff-from-sis-schema.ts';
import { staffMailSchema } from './staff-mail-schema.ts';

const mailbox = z.strictObject({
  name: text.describe('Shown name.'),
  address: email.describe('E-mail address.'),
});

const domain = z
  .string()
  .regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/i, { error: 'a domain of yours such as example.org' });
const address = z.array(text).min(1).max(4).describe('Postal address, one to four lines.');
const logo = z.strictObject({
  file: text.describe('PNG or JPEG of at most 500,000 bytes, as seen from this file.'),
  alt: text.describe('What a screen reader says of it, for example the name that it shows.'),
});
const mode = z.enum(['shadow', 'tasks', 'live']);
const school = z.strictObject({
  id: text.describe('The sourcedId of the school in OneRoster; `rollcall check` lists them.'),
  name: text.optional().describe('Name in letters. Not set: the name in the SIS.'),
  phone: text.describe('Phone number that a family calls.'),
  email: email.optional().describe('E-mail address that a family writes to.'),
  address,
  logo: logo.optional().describe('Stands on top of this school’s letters. Not set: the district’s.'),
  signature: z
    .strictObject({
      name: text.describe('Name of the person.'),
      title: text.describe('Title, such as Principal.'),
      image: text
        .optional()
        .describe(
          'The signature as PNG or JPEG of at most 500,000 bytes, as seen from this file. Not set: none.',
        ),
    })
    .describe('Who signs this school’s letters.'),
  periodsPerDay: z
    .int()
    .min(1)
    .max(20)
    .optional()
    .describe(
      'Periods scheduled per day: only where the SIS gives periods and neither day values nor minutes.',
    ),
  mode: mode.optional().describe('What may leave for this school. Not set: as `goLive.mode` says.'),
  calendar: calendarSchema
    .optional()
    .describe(
      'Where this school differs: days add to the district’s; weekdays, first and last day, terms and limits replace.',
    ),
});

const person = z.strictObject({
  name: text.describe('Name.'),
  email: email.describe('E-mail address for tasks.'),
  role: z
    .enum(['attendance-clerk', 'administrator', 'counselor', 'teacher', 'supervisor', 'it-contact'])
    .describe('What the person does here. One entry per role.'),
  schools: z
    .union([z.array(text).min(1), z.literal('all')], { error: 'a list of ids of schools, or `all`' })
    .default('all')
    .describe('Ids of the schools, or `all`. People named for a school come before those for all.'),
});

/** `district.yaml`: who the district is, where its SIS is, who works there. */
export const districtSchema = z.strictObject({
  district: z
    .strictObject({
      id: z
        .string()
        .regex(/^[a-z0-9-]{2,40}$/, { error: '2 to 40 lower-case letters, digits or hyphens' })
        .describe(
          'Short name of your own. Never change it: it is part of what keeps a letter from going out twice.',
        ),
      name: text.describe('Name in letters.'),
      timeZone: z
        .string()
        .refine(isTimeZone, { error: 'an IANA time zone such as America/Denver' })
        .describe('IANA time zone in which the district counts days.'),
      phone: text.describe('Phone number of the district office.'),
      website: webAddress.optional().describe('Address of the district’s site.'),
      address,
      logo: logo.optional().describe('Stands on top of every letter on paper. Not set: none.'),
    })
    .describe('Who the district is.'),
  sis: sisSchema.describe('Where students and absences are read.'),
  guards: guardsSchema.prefault({}).describe('When a read looks wrong and waits for a person.'),
  goLive: z
    .strictObject({
      mode: mode
        .default('shadow')
        .describe(
          'What may leave: nothing (`shadow`), tasks for staff only (`tasks`), or letters and referrals too (`live`).',
        ),
      baseline: z
        .enum(['mark', 'none'])
        .default('mark')
        .describe(
          'What the first read of a school year that is under way makes of steps reached by then: `mark` leaves them to the school, `none` acts on them.',
        ),
    })
    .prefault({})
    .describe('How Rollcall goes live.'),
  calendar: calendarSchema.prefault({}).describe('School days of the district.'),
  schools: z.array(school).min(1).max(1_000).describe('Every school that takes part.'),
  staff: z.array(person).min(1).max(10_000).describe('Who does what.'),
  staffFromSis: staffFromSisSchema
    .optional()
    .describe(
      'Staff whom the SIS names, beside those of `staff`, which has the last word. Not set: nobody is staff but those of `staff`.',
    ),
  truancyOfficer: officerSchema.describe('Who gets the attendance file at a referral.'),
  mail: z
    .strictObject({
      from: mailbox.describe('Sender of every mail.'),
      replyTo: mailbox.optional().describe('Where answers go. Not set: to the sender.'),
      messageIdDomain: domain.describe('Domain of yours for the ids of mails.'),
      returnPath: email
        .optional()
        .describe('Where mail servers send back what they cannot deliver. Not set: the sender.'),
      sendingWindow: z
        .strictObject({
          from: timeOfDay.default('08:00').describe('From this time of day on, in quotes.'),
          to: timeOfDay.default('16:00').describe('Until this time of day, in quotes.'),
        })
        .superRefine(inOrder)
        .prefault({})
        .describe('Hours in which letters leave on school days, in the district’s time zone.'),
      dkim: z
        .strictObject({
          domain: domain.describe('Domain that signs: that of the sender, or one above it.'),
          selector: z
            .string()
            .regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/i, { error: 'a name such as rollcall1' })
            .describe('Under `<selector>._domainkey.<domain>` your DNS has the public key.'),
        })
        .optional()
        .describe(
          'Signs every mail (DKIM) with `ROLLCALL_DKIM_KEY`. Not set: the mail server signs, or nobody.',
        ),
      oauth2: z
        .strictObject({
          tokenUrl: webAddress.describe('Whole address at which access tokens are fetched.'),
          grant: z
            .enum(['client-credentials', 'refresh-token'])
            .describe(
              'How: as Microsoft 365 does it for a program, or with a refresh token, as Google does.',
            ),
          scope: textOf(500)
            .optional()
            .describe('What is asked for with the token, where the server needs it.'),
        })
        .optional()
        .describe('Sign-in by access token, for `SMTP_URL` with `auth=xoauth2`.'),
      limits: z
        .strictObject({
          perMinute: z
            .int()
            .min(1)
            .max(10_000)
            .optional()
            .describe('At most so many mails within 60 seconds.'),
          perDay: z
            .int()
            .min(1)
            .max(1_000_000)
            .optional()
            .describe(
              'At most so many mails within 24 hours. Letters leave a tenth of them to referrals and mails to staff.',
            ),
        })
        .prefault({})
        .describe('What the mail server takes from us, all processes together. Not set: no limit of ours.'),
      paper: z
        .strictObject({
          envelopeOrder: z
            .enum(['name', 'postal-code'])
            .default('name')
            .describe(
              'How the letters of a print run lie: by family name, or by postal code and then by name.',
            ),
          siblingsTogether: z
            .boolean()
            .default(false)
            .describe(
              'Whether letters about several children of one school share an envelope, where addressees and address are the same.',
            ),
          remindAfterDays: z
            .int()
            .min(1)
            .max(20)
            .default(3)
            .describe(
              'School days after which the supervisor hears of printed letters that nobody has posted.',
            ),
        })
        .prefault({})
        .describe('How letters on paper are printed and looked after.'),
    })
    .describe('How mail is sent. The server itself is `SMTP_URL` in the environment.'),
  mailbox: mailboxSchema
    .optional()
    .describe('The mailbox in which bounces and replies are read (IMAP). Not set: nobody reads them.'),
  pages: pagesSchema
    .optional()
    .describe(
      'The pages of staff and the truancy officer. Not set: none are served, and mails have no links.',
    ),
  meetings: meetingsSchema.prefault({}).describe('Meetings with families and attendance contracts.'),
  staffMail: staffMailSchema.prefault({}).describe('When staff hear of their tasks, and when of them again.'),
  brakes: brakesSchema.prefault({}).describe('What keeps letters back until a person says go on.'),
  contactLog: contactLogSchema.prefault({}).describe('What follows from an entry of the contact log.'),
  documents: documentsSchema.prefault({}).describe('What people bring into the attendance files.'),
  backup: backupSchema
    .optional()
    .describe('Backups that Rollcall makes by itself. Not set: only `rollcall backup` makes one.'),
  retention: retentionSchema
    .prefault({})
    .describe('How long records are kept. Nothing goes before `rollcall retention apply`.'),
  health: healthSchema
    .prefault({})
    .describe('How Rollcall is watched, and when it says by itself that something is wrong.'),
  service: serviceSchema.prefault({}).describe('How the service runs.'),
  schedule: z
    .strictObject({
      sync: cron
        .default('30 3 * * *')
        .describe('When the SIS is read: what has changed since the last time.'),
      fullSync: cron
        .default('0 1 * * 0')
        .describe('From when on the next read is a full one, which finds what has vanished.'),
      digest: cron.default('0 7 * * 1-5').describe('When staff get their tasks.'),
    })
    .prefault({})
    .describe('Cron lines (minute hour day month weekday) in the district’s time zone.'),
  templates: text
    .optional()
    .describe('Folder with templates of your own, as seen from this file. Not set: the shipped ones.'),
});

export type DistrictFile = z.output<typeof districtSchema>;

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return zone.includes('/') || zone === 'UTC';
  } catch {
    return false;
  }
}
