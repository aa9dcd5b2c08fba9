import type { AttendanceStatus, Excuse } from '../../../domain/absence.ts';

export interface Meaning {
  readonly status: AttendanceStatus;
  readonly excuse: Excuse;
}

/** Categories of Ed-Fi's own list whose meaning is plain. `Partial` says neither how much nor why, so it is not here. */
const STANDARD: Readonly<Record<string, Meaning>> = {
  'Excused Absence': { status: 'absent', excuse: 'excused' },
  'Unexcused Absence': { status: 'absent', excuse: 'unexcused' },
  Tardy: { status: 'tardy', excuse: 'unknown' },
  'Early departure': { status: 'earlyRelease', excuse: 'unknown' },
  'In Attendance': { status: 'present', excuse: 'unknown' },
};

/** What follows the `#` of a descriptor's URI; the whole text where there is none. */
export function categoryOf(descriptor: string): string {
  return descriptor.slice(descriptor.lastIndexOf('#') + 1).trim();
}

/** By category in lower case. */
export type Meanings = ReadonlyMap<string, Meaning & { readonly title: string }>;

/** @param own category → what it means, for those of the state's own; they go before the standard's */
export function meaningsWith(own: Readonly<Record<string, Meaning>>): Meanings {
  return new Map(
    [...Object.entries(STANDARD), ...Object.entries(own)].map(([title, meaning]) => [
      title.toLowerCase(),
      { ...meaning, title },
    ]),
  );
}
