import { z } from 'zod';
import { syntacticAddress } from '../domain/email-address.ts';
import { isSchoolDate, type SchoolDate } from '../domain/school-date.ts';
import { parseCron } from '../queue/cron.ts';

/** Control characters would end a mail header; bidi marks make text look like other text. */
const INVISIBLE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

export function textOf(longest: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .refine((value) => !INVISIBLE.test(value), { error: 'text on one line, without invisible characters' });
}

export const text = textOf(200);

export const email = z
  .string()
  .trim()
  .refine((value) => syntacticAddress(value).kind === 'usable', {
    error: 'one e-mail address such as name@example.org',
  });

export const webAddress = z.string().trim().max(2_000).refine(isWebAddress, {
  error: 'a whole https:// address (http:// only for this machine) without user, password or secret in it',
});

export const date = z
  .string()
  .refine(isSchoolDate, { error: 'a date of the calendar as YYYY-MM-DD', abort: true })
  .meta({ format: 'date' })
  .transform((value) => value as SchoolDate);

export const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'a time of day such as "08:00"', abort: true });

export const cron = z.string().superRefine((line, context) => {
  try {
    parseCron(line);
  } catch {
    context.addIssue({
      code: 'custom',
      message: 'a cron line of five fields (minute hour day month weekday) such as "30 3 * * *"',
    });
  }
});

/** A word that stands in file names and keys. */
export const word = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, { error: 'a word of lower-case letters, digits and hyphens' });

/** For a pair of times: the problem stands at the first of the two. */
export function inOrder(value: { from: string; to: string }, context: z.RefinementCtx): void {
  if (value.from < value.to) return;
  const message = `something before \`to\` (${value.to})`;
  context.addIssue({ code: 'custom', path: ['from'], input: value.from, message });
}

/** For a pair of dates, both of which are meant: one day is a range too. */
export function inOrderOrOneDay(value: { from: string; to: string }, context: z.RefinementCtx): void {
  if (value.from !== value.to) inOrder(value, context);
}

function isWebAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && local);
  const secrets = [...url.searchParams.keys()].some((name) => SECRET_NAME.test(name));
  return safe && url.username === '' && url.password === '' && !secrets;
}

/** Names under which people keep secrets, where none of ours may stand. */
export const SECRET_NAME = /password|passwd|passphrase|secret|token$|api[-_]?key|private[-_]?key|credential/i;
