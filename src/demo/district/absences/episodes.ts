import { daysToMiss } from '../casting.ts';
import type { Membership } from '../membership.ts';
import type { Child } from '../people.ts';
import type { TermDays } from '../term-days.ts';
import type { MissedDay } from './missed-day.ts';
import { enteredByOffice, type Reason } from './office.ts';

/** School days of one student that are still unspoken for. */
export interface FreeDays {
  isFree(index: number): boolean;
  take(index: number): void;
  /** The first of `length` free days in a row between the two numbers, the second excluded. */
  takeRun(from: number, until: number, length: number): number | null;
}

/** Illnesses of several days, single days, half days: until the student's days for autumn and the rest are used up. */
export function episodes(child: Child, membership: Membership, days: TermDays, free: FreeDays): MissedDay[] {
  const { autumn, later } = daysToMiss(child.part.story, child.random);
  return [
    ...missedBetween(
      child,
      membership,
      days,
      free,
      membership.from,
      Math.min(days.autumn, membership.until),
      autumn,
    ),
    ...missedBetween(child, membership, days, free, days.autumn, membership.until, later),
  ];
}

function missedBetween(
  child: Child,
  membership: Membership,
  days: TermDays,
  free: FreeDays,
  from: number,
  until: number,
  wanted: number,
): MissedDay[] {
  const { random } = child;
  const missed: MissedDay[] = [];
  let left = wanted;
  for (let tries = 0; left > 0 && tries < 60; tries++) {
    const half = left % 1 !== 0 || (left >= 1 && random.chance(0.08));
    const length = half ? 1 : Math.min(Math.floor(left), runLength(child));
    const first = free.takeRun(from, until, length);
    if (first === null) continue;
    const reason = half ? 'appointment' : reasonFor(length, child);
    for (let index = first; index < first + length; index++) {
      const day = {
        index,
        share: half ? ('half' as const) : ('day' as const),
        reason,
        school: membership.schoolOn(index),
      };
      missed.push(enteredByOffice(day, days, random));
    }
    left -= half ? 0.5 : length;
  }
  return missed;
}

export function freeDays(child: Child, from: number, until: number): FreeDays {
  const taken = new Set<number>();
  const isFree = (index: number) => index >= from && index < until && !taken.has(index);
  return {
    isFree,
    take: (index) => taken.add(index),
    takeRun(first, end, length) {
      if (end - first < length) return null;
      for (let tries = 0; tries < 30; tries++) {
        const start = child.random.integer(first, end - length);
        const run = Array.from({ length }, (_, offset) => start + offset);
        if (!run.every(isFree)) continue;
        for (const index of run) taken.add(index);
        return start;
      }
      return null;
    },
  };
}

function runLength(child: Child): number {
  return child.random.weighted([
    [1, 50],
    [2, 25],
    [3, 15],
    [4, 6],
    [5, 4],
  ]);
}

function reasonFor(length: number, child: Child): Reason {
  if (length >= 4 && child.random.chance(0.3)) return 'planned-trip';
  if (length >= 2) return child.random.chance(0.8) ? 'illness' : 'family';
  return child.random.weighted<Reason>([
    ['illness', 40],
    ['no-call', 35],
    ['family', 15],
    ['appointment', 10],
  ]);
}
