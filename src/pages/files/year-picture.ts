import type { SchoolCalendar } from '../../domain/calendar.ts';
import { formatDays, ONE_DAY } from '../../domain/days.ts';
import type { CountedDay, Evaluation } from '../../domain/ladder-facts.ts';
import { counted } from '../../domain/plain-words.ts';
import { addDays, type SchoolDate } from '../../domain/school-date.ts';
import { spelled } from '../../domain/words.ts';
import { type Html, html, inOnePiece, nothing, ownMarkup } from '../html.ts';

const CELL = 16;
const LEFT = 40;
const TOP = 18;
const DAYS_OF_MONTH = 31;

/**
 * The school year month by month, with the days that were missed; the same as a list for whoever cannot see it.
 * @returns parts that follow on each other: the ground, which is large, is the same for all students of a school
 */
export function yearPicture({ days }: Pick<Evaluation, 'days'>, calendar: SchoolCalendar): Html[] {
  const ground = groundOf(calendar);
  const marks = days.map((day) => markOf(day, ground.months)).join('');
  const count = counted(days.length, 'date');
  const top = html`<figure class="year"><svg viewBox="0 0 ${LEFT + CELL * DAYS_OF_MONTH} ${ground.height}" role="img" aria-label="The school year from ${spelled(calendar.firstDay)} to ${spelled(calendar.lastDay)}, with ${count} of absence; the list below has them.">`;
  const rest = html`${ownMarkup(marks)}</svg>
<figcaption>${KEY}<br>A lower mark is a part of a day.</figcaption></figure>
${daysList(days)}`;
  return [inOnePiece(top), ground.drawing, inOnePiece(rest)];
}

const KEY = (
  [
    ['school', 'school day'],
    ['off', 'closed'],
    ['excused', 'excused'],
    ['unexcused', 'unexcused'],
    ['unknown', 'no excuse recorded'],
  ] as const
).map(([mark, words]) => html`<span class="keys"><span class="key ${mark}"></span> ${words}</span> `);

/** The dates that count, in words. */
function daysList(days: readonly CountedDay[]): Html {
  if (days.length === 0) return html`<p>No day counts this school year.</p>`;
  const rows = days.map(
    ({ date, fraction, excuse, codes }) =>
      html`<tr><th scope="row">${spelled(date)}</th><td>${formatDays(fraction)}</td><td>${excuseWords[excuse]}</td><td>${codes.join(', ')}</td></tr>`,
  );
  return html`<details><summary>The ${counted(days.length, 'date')} that count, as a list</summary><div class="scroll"><table><caption>Days that count</caption><thead><tr><th scope="col">Date</th><th scope="col">Days</th><th scope="col">Excuse</th><th scope="col">Code</th></tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

export const excuseWords: Readonly<Record<CountedDay['excuse'], string>> = {
  excused: 'excused',
  unexcused: 'unexcused',
  unknown: 'not recorded',
};

interface Ground {
  /** Row of each month, by `2026-10`. */
  readonly months: ReadonlyMap<string, number>;
  readonly height: number;
  readonly drawing: Html;
}

/** What all students of a school have in common is drawn once. */
const grounds = new WeakMap<SchoolCalendar, Ground>();

function groundOf(calendar: SchoolCalendar): Ground {
  let ground = grounds.get(calendar);
  if (ground === undefined) {
    ground = drawGround(calendar);
    grounds.set(calendar, ground);
  }
  return ground;
}

function drawGround(calendar: SchoolCalendar): Ground {
  const months = new Map<string, number>();
  let school = '';
  let closed = '';
  const last = endOfMonth(calendar.lastDay);
  let date = `${calendar.firstDay.slice(0, 8)}01` as SchoolDate;
  for (; date <= last; date = addDays(date, 1)) {
    const month = date.slice(0, 7);
    if (!months.has(month)) months.set(month, months.size);
    const { x, y } = placeOf(date, months);
    const cell = `M${x} ${y}h14v14h-14z`;
    if (calendar.isSchoolDay(date)) school += cell;
    else closed += cell;
  }
  const names = [...months].map(
    ([month, row]) => `<text x="0" y="${TOP + row * CELL + 11}">${MONTHS[Number(month.slice(5)) - 1]}</text>`,
  );
  const numbers = [1, 5, 10, 15, 20, 25, 30].map(
    (day) => `<text x="${LEFT + (day - 1) * CELL + 7}" y="12" text-anchor="middle">${day}</text>`,
  );
  return {
    months,
    height: TOP + months.size * CELL + 2,
    drawing: inOnePiece(
      ownMarkup(
        `<g class="names">${names.join('')}${numbers.join('')}</g><path class="off" d="${closed}"/><path class="school" d="${school}"/>`,
      ),
    ),
  };
}

function markOf({ date, fraction, excuse }: CountedDay, months: ReadonlyMap<string, number>): string {
  if (!months.has(date.slice(0, 7))) return '';
  const { x, y } = placeOf(date, months);
  const height = Math.max(4, Math.round((14 * Math.min(fraction, ONE_DAY)) / ONE_DAY));
  return `<rect class="${excuse}" x="${x}" y="${y + 14 - height}" width="14" height="${height}"/>`;
}

function placeOf(date: SchoolDate, months: ReadonlyMap<string, number>): { x: number; y: number } {
  const row = months.get(date.slice(0, 7)) ?? 0;
  return { x: LEFT + (Number(date.slice(8)) - 1) * CELL, y: TOP + row * CELL };
}

function endOfMonth(date: SchoolDate): SchoolDate {
  let end = date;
  while (end.slice(0, 7) === addDays(end, 1).slice(0, 7)) end = addDays(end, 1);
  return end;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Where nothing was decided yet. */
export const noPicture = html`<p>Nothing was counted yet for this student in this school year.</p>${nothing}`;
