import type { SchoolCalendar } from './calendar.ts';
import { clockTimeInZone, dateInZone, instantInZone, type SchoolDate } from './school-date.ts';

/** Hours on the wall clock between which letters leave, `HH:MM`; `to` is exclusive. */
export interface SendingWindow {
  readonly from: string;
  readonly to: string;
}

export type Sending =
  | { readonly kind: 'open' }
  /** `until` is the next opening; null when the school year has none any more. */
  | { readonly kind: 'closed'; readonly until: Date | null };

/** Letters leave on school days in the sending window, and never on the last school day before a break. */
export function maySend(now: Date, zone: string, calendar: SchoolCalendar, window: SendingWindow): Sending {
  const today = dateInZone(now, zone);
  const time = clockTimeInZone(now, zone);
  if (isSendingDay(today, calendar)) {
    if (window.from <= time && time < window.to) return { kind: 'open' };
    if (time < window.from) return { kind: 'closed', until: instantInZone(today, window.from, zone) };
  }
  let next = calendar.nextSchoolDay(today);
  while (next !== null && !isSendingDay(next, calendar)) next = calendar.nextSchoolDay(next);
  return { kind: 'closed', until: next === null ? null : instantInZone(next, window.from, zone) };
}

/**
 * When a letter that is ready now may leave: after so many minutes in which it can be called back. They begin when the
 * window opens, since nobody is there to call anything back before; what they push beyond its end begins anew.
 */
export function afterRecallWindow(
  now: Date,
  zone: string,
  calendar: SchoolCalendar,
  { window, recallMinutes }: { readonly window: SendingWindow; readonly recallMinutes: number },
): Date {
  const opens = (at: Date): Date | null => {
    const sending = maySend(at, zone, calendar, window);
    return sending.kind === 'open' ? null : sending.until;
  };
  const later = (from: Date) => new Date(from.getTime() + recallMinutes * 60_000);
  const over = later(opens(now) ?? now);
  const next = opens(over);
  return next === null ? over : later(next);
}

export function isSendingDay(date: SchoolDate, calendar: SchoolCalendar): boolean {
  return calendar.isSchoolDay(date) && !calendar.isLastBeforeBreak(date);
}
