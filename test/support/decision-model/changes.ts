import type { SchoolDate } from '../../../src/domain/school-date.ts';
import { type Child, SCHOOL_DAYS } from './world.ts';

/** The child was absent on the last school days, today included, on which it was not yet. */
export function missDays(child: Child, days: number, today: SchoolDate): void {
  const free = SCHOOL_DAYS.filter((date) => date <= today && child.rows.get(date) !== true);
  for (const date of free.slice(-days)) child.rows.set(date, true);
}

/** The SIS removes rows of the child, the oldest first. */
export function removeRows(child: Child, days: number): void {
  const there = [...child.rows].flatMap(([date, isThere]) => (isThere ? date : [])).sort();
  for (const date of there.slice(0, days)) child.rows.set(date, false);
}

/** The child goes to another school, or leaves, or comes back. */
export function moveTo(child: Child, place: Child['place'], today: SchoolDate): void {
  child.place = place;
  child.leftOn = place === 'gone' ? (child.leftOn ?? today) : null;
  if (place === 'gone' || child.schools.at(-1)?.at === place) return;
  if (child.schools.at(-1)?.since === today) child.schools.pop();
  if (child.schools.at(-1)?.at !== place) child.schools.push({ since: today, at: place });
}
