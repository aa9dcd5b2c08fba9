/** A calendar date in the district's time zone, `YYYY-MM-DD`. Compares correctly as text. */
export type SchoolDate = string & { readonly __brand: 'SchoolDate' };

const DAY_MS = 86_400_000;

/** @throws RangeError when the text is not a date of the calendar. */
export function schoolDate(text: string): SchoolDate {
  if (!isSchoolDate(text)) throw new RangeError(`not a date of the calendar, expected YYYY-MM-DD`);
  return text;
}

export function isSchoolDate(text: string): text is SchoolDate {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

function daysInMonth(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

export function addDays(date: SchoolDate, days: number): SchoolDate {
  return new Date(utc(date) + days * DAY_MS).toISOString().slice(0, 10) as SchoolDate;
}

/** Calendar days from `a` to `b`; negative when `b` is earlier. */
export function daysBetween(a: SchoolDate, b: SchoolDate): number {
  return Math.round((utc(b) - utc(a)) / DAY_MS);
}

/** 1 = Monday … 7 = Sunday. */
export function weekday(date: SchoolDate): number {
  return ((new Date(utc(date)).getUTCDay() + 6) % 7) + 1;
}

/** The date on the wall calendar of the zone. @param zone IANA name, for example `America/Denver`. */
export function dateInZone(now: Date, zone: string): SchoolDate {
  const { year, month, day } = wallClock(now, zone);
  return `${year}-${month}-${day}` as SchoolDate;
}

/** `HH:MM` on the wall clock of the zone. */
export function clockTimeInZone(now: Date, zone: string): string {
  const { hour, minute } = wallClock(now, zone);
  return `${hour}:${minute}`;
}

/**
 * The instant at which the zone's wall clock shows the time on the date. A time inside the gap of a clock change
 * means the first instant after the gap; a time that comes twice means the first.
 */
export function instantInZone(date: SchoolDate, time: string, zone: string): Date {
  const wanted = Date.parse(`${date}T${time}:00Z`);
  const before = wanted - offsetAt(wanted - DAY_MS / 2, zone);
  const after = wanted - offsetAt(wanted + DAY_MS / 2, zone);
  for (const candidate of [Math.min(before, after), Math.max(before, after)]) {
    if (candidate + offsetAt(candidate, zone) === wanted) return new Date(candidate);
  }
  return new Date(firstInstantAfterGap(Math.min(before, after), Math.max(before, after), zone));
}

/** Full years of age on the date. Someone born on 29 February turns on 1 March in a common year. */
export function ageOn(birth: SchoolDate, date: SchoolDate): number {
  const years = Number(date.slice(0, 4)) - Number(birth.slice(0, 4));
  return date.slice(5) < birth.slice(5) ? years - 1 : years;
}

export function earlierOf(a: SchoolDate, b: SchoolDate): SchoolDate {
  return [a, b].sort()[0] ?? a;
}

/** The first date on which someone is so many years old. */
export function birthday(birth: SchoolDate, years: number): SchoolDate {
  const text = `${String(Number(birth.slice(0, 4)) + years).padStart(4, '0')}${birth.slice(4)}`;
  return isSchoolDate(text) ? text : (`${text.slice(0, 4)}-03-01` as SchoolDate);
}

/** Both instants are whole seconds, on either side of the change. */
function firstInstantAfterGap(early: number, late: number, zone: string): number {
  let low = early / 1000;
  let high = late / 1000;
  const offset = offsetAt(early, zone);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * 1000, zone) === offset) low = middle;
    else high = middle;
  }
  return high * 1000;
}

function offsetAt(instant: number, zone: string): number {
  const { year, month, day, hour, minute, second } = wallClock(new Date(instant), zone);
  return Date.UTC(+year, +month - 1, +day, +hour, +minute, +second) - Math.floor(instant / 1000) * 1000;
}

interface WallClock {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
}

/** Formatters are costly to make and never change. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function wallClock(now: Date, zone: string): WallClock {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formatters.set(zone, formatter);
  }
  const parts: Record<string, string> = {};
  for (const part of formatter.formatToParts(now)) parts[part.type] = part.value;
  return parts as unknown as WallClock;
}

function utc(date: SchoolDate): number {
  return Date.parse(`${date}T00:00:00Z`);
}
