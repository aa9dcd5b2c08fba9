import type { AttendanceStatus, Excuse } from '../../../domain/absence.ts';

export interface Meaning {
  readonly status: AttendanceStatus;
  readonly excuse: Excuse;
}

/** Categories of Ed-Fi's own list whose meaning is plain. `Partial` says neither how much nor why, so it is not here. */
const STANDARD: Readonly<Record<string, Meaning>> = {
  'excused absence': { status: 'absent', excuse: 'excused' },
  'unexcused absence': { status: 'absent', excuse: 'unexcused' },
  tardy: { status: 'tardy', excuse: 'unknown' },
  'early departure': { status: 'earlyRelease', excuse: 'unknown' },
  'in attendance': { status: 'present', excuse: 'unknown' },
};

/** What follows the `#` of a descriptor's URI; the whole text where there is none. */
export function categoryOf(descriptor: string): string {
  return descriptor.slice(descriptor.lastIndexOf('#') + 1).trim();
}

/** @returns null for a category that nobody has given a meaning */
export function createMeanings(own: Readonly<Record<string, Meaning>>): (category: string) => Meaning | null {
  const known = new Map(
    [...Object.entries(STANDARD), ...Object.entries(own)].map(([name, meaning]) => [
      name.toLowerCase(),
      meaning,
    ]),
  );
  return (category) => known.get(category.toLowerCase()) ?? null;
}
