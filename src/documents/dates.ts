import type { SchoolDate } from '../domain/school-date.ts';

/** `October 6, 2026`, in the language. */
export function longDate(date: SchoolDate, language: string): string {
  return format(date, language, { dateStyle: 'long' });
}

/** `Tue, Oct 6, 2026`, in the language. */
export function shortDate(date: SchoolDate, language: string): string {
  return format(date, language, { weekday: 'short', year: 'numeric', month: 'short', day: 'numeric' });
}

/** `August 19 – September 15, 2026`, in the language. */
export function longDates(from: SchoolDate, to: SchoolDate, language: string): string {
  const key = `${from} ${to} ${language}`;
  let written = ranges.get(key);
  if (written === undefined) {
    if (ranges.size >= REMEMBERED) ranges.clear();
    written = plainSpaces(formatter(language, { dateStyle: 'long' }).formatRange(noonOf(from), noonOf(to)));
    ranges.set(key, written);
  }
  return written;
}

/** The letters of one night look at the same days, and a range costs as much as ten dates. */
const ranges = new Map<string, string>();
const REMEMBERED = 1_000;

function format(date: SchoolDate, language: string, options: Intl.DateTimeFormatOptions): string {
  return plainSpaces(formatter(language, options).format(noonOf(date)));
}

function noonOf(date: SchoolDate): Date {
  return new Date(`${date}T12:00:00Z`);
}

/** Narrow spaces are missing from many fonts and mean the same. */
export function plainSpaces(text: string): string {
  return text.replace(/[\u2009\u202f\u00a0]/g, ' ');
}

/** Making one costs as much as setting a page. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${options.dateStyle ?? 'short'}`;
  const known = formatters.get(key);
  if (known !== undefined) return known;
  const locale = Intl.DateTimeFormat.supportedLocalesOf([`${language}-US`, language])[0] ?? 'en-US';
  const made = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options });
  formatters.set(key, made);
  return made;
}
