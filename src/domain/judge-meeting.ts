import type { SchoolCalendar } from './calendar.ts';
import type { MeetingPart, MeetingPlan, MeetingRefusal } from './meeting.ts';
import { isSchoolDate, type SchoolDate } from './school-date.ts';

/** What a person has asked for, as it was typed. */
export interface AskedMeeting {
  readonly on: string;
  readonly at: string;
  readonly minutes: number;
  readonly place: string;
  readonly callIn: string | null;
  readonly purpose: string;
}

/** Nobody is asked to come in the night: such a time is a slip of the hand. */
const EARLIEST = '06:00';
const LATEST = '21:00';
const MINUTES = { least: 5, most: 480 } as const;
const LONGEST = { place: 200, 'call-in': 300, purpose: 200 } as const;

/**
 * Whether a meeting can be recorded so. One of a day before today is recorded afterwards, and nobody is invited to it.
 * @param calendar of the student's primary school
 */
export function judgeMeeting(
  asked: AskedMeeting,
  { calendar, today }: { readonly calendar: SchoolCalendar; readonly today: SchoolDate },
):
  | { readonly kind: 'allowed'; readonly plan: MeetingPlan }
  | ({ readonly kind: 'refused' } & MeetingRefusal) {
  const { firstDay, lastDay } = calendar;
  const on = asked.on.trim();
  if (!isSchoolDate(on)) return refused('on', asked.on, 'a date of the calendar as YYYY-MM-DD');
  if (on < firstDay || on > lastDay)
    return refused('on', on, `a day of the school year, ${firstDay} to ${lastDay}; today is ${today}`);
  const at = asked.at.trim();
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(at))
    return refused('at', asked.at, 'a time of the day as HH:MM, for example 15:30');
  if (at < EARLIEST || at > LATEST) return refused('at', at, `a time from ${EARLIEST} to ${LATEST}`);
  const { minutes } = asked;
  if (!Number.isInteger(minutes) || minutes < MINUTES.least || minutes > MINUTES.most)
    return refused('minutes', String(minutes), `whole minutes, ${MINUTES.least} to ${MINUTES.most}`);
  const callIn = asked.callIn?.trim() ?? '';
  const lines: [Exclude<MeetingPart, 'on' | 'at' | 'minutes'>, string, boolean][] = [
    ['place', asked.place.trim(), true],
    ['call-in', callIn, false],
    ['purpose', asked.purpose.trim(), true],
  ];
  for (const [part, line, isNeeded] of lines) {
    const fits = (line !== '' || !isNeeded) && line.length <= LONGEST[part] && !UNPRINTABLE.test(line);
    if (!fits) return refused(part, line, `one line of plain text, at most ${LONGEST[part]} characters`);
  }
  const plan = {
    on,
    at,
    minutes,
    place: asked.place.trim(),
    callIn: callIn === '' ? null : callIn,
    purpose: asked.purpose.trim(),
  };
  return { kind: 'allowed', plan };
}

/** Control and direction marks would make a line look like another one. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

function refused(part: MeetingPart, found: string, expected: string) {
  return { kind: 'refused' as const, part, found: JSON.stringify(found.slice(0, 80)), expected };
}
