import { z } from 'zod';
import { isSchoolDate, type SchoolDate } from '../domain/school-date.ts';

/** Control characters and marks that make text look like other text; line breaks are fine in notes. */
const INVISIBLE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const INVISIBLE_IN_NOTES = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** One line that has to be there. @param what what the field is called in a sentence, such as `a reason` */
export function neededLine(what: string, longest = 200) {
  return line(longest, what).min(1, { error: `Please enter ${what}.` });
}

/** One line that may be left out: null then. */
export function optionalLine(what: string, longest = 200) {
  return line(longest, what)
    .default('')
    .transform((value) => (value === '' ? null : value));
}

/** Several lines that may be left out: null then. */
export function optionalNote(what: string, longest = 2_000) {
  return note(what, longest)
    .default('')
    .transform((value) => (value === '' ? null : value));
}

export function neededNote(what: string, longest = 2_000) {
  return note(what, longest).refine((value) => value !== '', { error: `Please enter ${what}.` });
}

export function neededDate(what: string) {
  return z
    .string({ error: `Please enter ${what}.` })
    .refine(isSchoolDate, { error: `Please enter ${what} as a date.`, abort: true })
    .transform((value) => value as SchoolDate);
}

export function optionalDate(what: string) {
  return z
    .string()
    .default('')
    .refine((value) => value === '' || isSchoolDate(value), {
      error: `Please enter ${what} as a date.`,
      abort: true,
    })
    .transform((value) => (value === '' ? null : (value as SchoolDate)));
}

/** One of a few. */
export function oneOf<const Value extends string>(values: readonly Value[], what: string) {
  return z.enum(values as readonly [Value, ...Value[]], { error: `Please choose ${what}.` });
}

/** A box that is ticked or not. */
export function ticked() {
  return z
    .literal('yes')
    .optional()
    .transform((value) => value === 'yes');
}

function line(longest: number, what: string) {
  return z
    .string({ error: `Please enter ${what}.` })
    .trim()
    .max(longest, { error: `Please use at most ${longest} characters for ${what}.` })
    .refine((value) => !INVISIBLE.test(value), {
      error: `Please enter ${what} without invisible characters.`,
    });
}

/** Browsers send line ends as two characters, and count one against the limit. */
function note(what: string, longest: number) {
  return z
    .string({ error: `Please enter ${what}.` })
    .transform((value) => value.replace(/\r\n?/g, '\n').trim())
    .refine((value) => value.length <= longest, {
      error: `Please use at most ${longest} characters for ${what}.`,
    })
    .refine((value) => !INVISIBLE_IN_NOTES.test(value), {
      error: `Please enter ${what} without invisible characters.`,
    });
}
