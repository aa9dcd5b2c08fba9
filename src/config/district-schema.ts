import { z } from 'zod';
import { syntacticAddress } from '../domain/email-address.ts';
import { isSchoolDate, type SchoolDate } from '../domain/school-date.ts';
import { parseCron } from '../queue/cron.ts';

const text = z.string().trim().min(1).max(200);
const longText = z.string().trim().min(1).max(500);
const email = z
  .string()
  .trim()
  .refine((value) => syntacticAddress(value).kind === 'usable', { error: 'one e-mail address such as name@example.org' });
const webAddress = z.string().trim().refine(isWebAddress, {
  error: 'a whole https:// address (http:// only for this machine), without user or password in it',
});
const date = z
  .string()
  .refine((value): value is SchoolDate => isSchoolDate(value), { error: 'a date as YYYY-MM-DD, in quotes or not' })
  .transform((value) => value as SchoolDate);
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'a time of day as "HH:MM", in quotes' });
const cron = z.string().refine(isCronLine, { error: 'a cron line of five fields such as "30 2 * * *"' });
const weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);

const closure = z.union([
  date,
  z.strictObject({ from: date, to: date, name: text.optional() }).refine((range) => range.from <= range.to, {
    error: '`from` on or before `to`',
  }),
]);

const calendar = z.strictObject({
  weekdays: z.array(weekday).min(1).optional(),
  firstDay: date.optional(),
  lastDay: date.optional(),
  closures: z.array(closure).max(200).optional(),
  makeUpDays: z.array(date).max(50).optional(),
});

const mailbox = z.strictObject({ name: text, address: email });

const metadata = z.strictObject({
  language: text.default('communicationLanguage'),
  mailAllowed: text.default('mailing'),
  noContact: text.default('noContact'),
  addressPrivate: text.default('private'),
  wantsPaper: text.default('wantsPaper'),
  relationships: text.default('ic_relationships'),
});

const pageSize = z.int().min(1).max(50_000);

/** `district.yaml`: who the district is, where its SIS is, who works there. */
export const districtSchema = z.strictObject({
  district: z.strictObject({
    id: z.string().regex(/^[a-z0-9-]{2,40}$/, { error: '2 to 40 lower-case letters, digits or hyphens' }),
    name: text,
    timeZone: z.string().refine(isTimeZone, { error: 'an IANA time zone such as America/Denver' }),
    phone: text,
    website: webAddress.optional(),
    address: z.array(text).min(1).max(4),
  }),
  sis: z.strictObject({
    oneRoster: z.strictObject({
      version: z.literal('1.2').default('1.2'),
      baseUrl: webAddress,
      tokenUrl: webAddress,
      scopes: z.array(text).min(1).default([
        'https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly',
        'https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly',
        'https://purl.imsglobal.org/spec/or/v1p2/scope/roster-demographics.readonly',
      ]),
      clientAuth: z.enum(['basic', 'body']).default('basic'),
      pageSize: pageSize.default(5_000),
      guardians: z.enum(['auto', 'guardians', 'users']).default('auto'),
      requestTimeoutSeconds: z.int().min(1).max(600).default(60),
      totalTimeoutMinutes: z.int().min(1).max(1_440).default(120),
      metadata: metadata.prefault({}),
    }),
    attendance: z.strictObject({
      source: z.literal('oneroster-service'),
      baseUrl: webAddress,
      scopes: z.array(text).default([]),
      pageSize: pageSize.default(5_000),
      fields: z.record(z.string(), text).default({}),
    }),
  }),
  calendar: calendar.prefault({}),
  schools: z
    .array(
      z.strictObject({
        id: text,
        name: text.optional(),
        phone: text,
        email: email.optional(),
        address: z.array(text).min(1).max(4),
        signature: z.strictObject({ name: text, title: text }),
        periodsPerDay: z.int().min(1).max(20).optional(),
        calendar: calendar.optional(),
      }),
    )
    .min(1),
  staff: z
    .array(
      z.strictObject({
        name: text,
        email,
        role: z.enum(['attendance-clerk', 'administrator', 'counselor', 'teacher', 'supervisor', 'it-contact']),
        schools: z.union([z.array(text).min(1), z.literal('all')]).default('all'),
      }),
    )
    .min(1),
  truancyOfficer: z.strictObject({
    name: text,
    email,
    agency: text,
    delivery: z.enum(['mail', 'folder']).default('mail'),
    folder: text.optional(),
    legalBasis: longText,
  }),
  mail: z.strictObject({
    from: mailbox,
    replyTo: mailbox.optional(),
    messageIdDomain: z.string().regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/i, { error: 'a domain of yours such as example.org' }),
    returnPath: email.optional(),
    sendingWindow: z
      .strictObject({ from: timeOfDay, to: timeOfDay })
      .refine((window) => window.from < window.to, { error: '`from` before `to`' })
      .default({ from: '08:00', to: '16:00' }),
  }),
  schedule: z.strictObject({ sync: cron.default('30 2 * * *'), digest: cron.default('0 7 * * 1-5') }).prefault({}),
  templates: text.optional(),
});

export type DistrictFile = z.output<typeof districtSchema>;
export type CalendarFile = z.output<typeof calendar>;

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return zone.includes('/') || zone === 'UTC';
  } catch {
    return false;
  }
}

function isWebAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && local);
  return safe && url.username === '' && url.password === '';
}

function isCronLine(line: string): boolean {
  try {
    parseCron(line);
    return true;
  } catch {
    return false;
  }
}
