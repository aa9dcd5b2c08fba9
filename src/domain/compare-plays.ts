import type { Played, PlayedStep } from './play.ts';
import { addDays, type SchoolDate, weekday } from './school-date.ts';

export type Side = 'inForce' | 'other';

/** One student under both policies. */
export interface PlayedTwice {
  readonly student: string;
  /** Letters that one step means for the family: one per guardian or household. */
  readonly letters: number;
  readonly inForce: Played;
  readonly other: Played;
}

export interface Range {
  readonly from: SchoolDate;
  /** Inclusive. */
  readonly to: SchoolDate;
}

/** What a student or family notices first. */
export type Reach = 'contact' | 'letter' | 'referral';

export type Change = 'sooner' | 'same' | 'later' | 'only-other' | 'only-in-force';

export interface Comparison {
  /** Letters that leave, by the week (its Monday), the school and the step. */
  readonly weeks: readonly {
    readonly week: SchoolDate;
    readonly schoolId: number | null;
    readonly policy: Side;
    readonly step: string;
    readonly letters: number;
  }[];
  readonly steps: readonly {
    readonly policy: Side;
    readonly step: string;
    readonly students: number;
    readonly letters: number;
  }[];
  readonly reach: Readonly<Record<Reach, Readonly<Record<Change, number>>>>;
  /** Students for whom anything changes. */
  readonly students: readonly {
    readonly student: string;
    readonly reach: Reach;
    readonly change: Exclude<Change, 'same'>;
    readonly inForceOn: SchoolDate | null;
    readonly otherOn: SchoolDate | null;
  }[];
  /** Owed at the end and kept back, by step and reason. */
  readonly waiting: readonly {
    readonly policy: Side;
    readonly step: string;
    readonly because: string;
    readonly students: number;
  }[];
}

const SIDES: readonly Side[] = ['inForce', 'other'];
const REACHES: readonly Reach[] = ['contact', 'letter', 'referral'];

export function comparePlays(plays: readonly PlayedTwice[], range: Range): Comparison {
  const weeks = new Tally<{ week: SchoolDate; schoolId: number | null; policy: Side; step: string }>();
  const letters = new Tally<{ policy: Side; step: string }>();
  const students = new Map<string, Set<string>>();
  const waiting = new Tally<{ policy: Side; step: string; because: string }>();
  const changes: Comparison['students'][number][] = [];
  const reach = emptyReach();
  for (const play of plays) {
    for (const policy of SIDES) {
      for (const { step, kind, leftOn, schoolId } of play[policy].steps) {
        if (leftOn === null || leftOn < range.from || leftOn > range.to) continue;
        const count = kind === 'letter' ? play.letters : 0;
        if (count > 0) weeks.add({ week: mondayOf(leftOn), schoolId, policy, step }, count);
        letters.add({ policy, step }, count);
        const key = JSON.stringify({ policy, step });
        students.set(key, (students.get(key) ?? new Set()).add(play.student));
      }
      for (const { step, because } of play[policy].waiting)
        for (const reason of new Set(because)) waiting.add({ policy, step, because: reason }, 1);
    }
    for (const kind of REACHES) {
      const inForceOn = firstOf(play.inForce.steps, kind, range);
      const otherOn = firstOf(play.other.steps, kind, range);
      const change = changeOf(inForceOn, otherOn, range);
      if (change === null) continue;
      reach[kind][change] += 1;
      if (change !== 'same') changes.push({ student: play.student, reach: kind, change, inForceOn, otherOn });
    }
  }
  return {
    weeks: weeks.rows().map(([key, count]) => ({ ...key, letters: count })),
    steps: letters.rows().map(([key, count]) => ({
      ...key,
      students: students.get(JSON.stringify(key))?.size ?? 0,
      letters: count,
    })),
    reach,
    students: changes,
    waiting: waiting.rows().map(([key, count]) => ({ ...key, students: count })),
  };
}

export function mondayOf(date: SchoolDate): SchoolDate {
  return addDays(date, 1 - weekday(date));
}

function emptyReach(): Record<Reach, Record<Change, number>> {
  const none = () => ({ sooner: 0, same: 0, later: 0, 'only-other': 0, 'only-in-force': 0 });
  return { contact: none(), letter: none(), referral: none() };
}

/** The first time that it went out, up to the end of the range. */
function firstOf(steps: readonly PlayedStep[], reach: Reach, range: Range): SchoolDate | null {
  const kind = reach === 'contact' ? 'task' : reach;
  const dates = steps.flatMap((one) => (one.kind === kind && one.leftOn !== null ? [one.leftOn] : []));
  return dates.filter((date) => date <= range.to).sort()[0] ?? null;
}

/** null: nothing of it lies in the range. */
function changeOf(inForceOn: SchoolDate | null, otherOn: SchoolDate | null, { from }: Range): Change | null {
  if ((inForceOn === null || inForceOn < from) && (otherOn === null || otherOn < from)) return null;
  if (inForceOn === null) return 'only-other';
  if (otherOn === null) return 'only-in-force';
  if (otherOn === inForceOn) return 'same';
  return otherOn < inForceOn ? 'sooner' : 'later';
}

/** Counts by key, sorted by key. */
class Tally<Key extends object> {
  readonly #counts = new Map<string, { readonly key: Key; count: number }>();

  add(key: Key, count: number): void {
    const id = JSON.stringify(key);
    const known = this.#counts.get(id);
    if (known === undefined) this.#counts.set(id, { key, count });
    else known.count += count;
  }

  rows(): [Key, number][] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { key, count }]) => [key, count]);
  }
}
