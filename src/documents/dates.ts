import type { SchoolDate } from '../domain/school-date.ts';

/** `Tuesday, October 6, 2026`, in the language. */
export function longDate(date: SchoolDate, language: string): string {
  return format(date, language, { dateStyle: 'long' });
}

/** `Tue, Oct 6, 2026`, in the language. */
export function shortDate(date: SchoolDate, language: string): string {
  return format(date, language, { weekday: 'short', year: 'numeric', month: 'short', day: 'numeric' });
}

function format(date: SchoolDate, language: string, options: Intl.DateTimeFormatOptions): string {
  const locale = Intl.DateTimeFormat.supportedLocalesOf([`${language}-US`, language])[0] ?? 'en-US';
  const text = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }).format(
    new Date(`${date}T12:00:00Z`),
  );
  // Narrow spaces are missing from many fonts and mean the same.
  return text.replace(/[\u202f\u00a0]/g, ' ');
}
