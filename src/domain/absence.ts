import type { Days } from './days.ts';
import type { SchoolDate } from './school-date.ts';

/** What a row says about presence. `other` is any status the procedure has no word for (`ext:…`): it never counts and is treated as unmapped. */
export type AttendanceStatus = 'absent' | 'tardy' | 'earlyRelease' | 'present' | 'other';
export type Excuse = 'excused' | 'unexcused' | 'exempt' | 'unknown';

/** One active row from the SIS, as the ledger holds it. */
export interface AbsenceRecord {
  /** The ledger's own id of this version of the row. */
  readonly id: string;
  readonly sourcedId: string;
  readonly schoolId: number;
  readonly date: SchoolDate;
  readonly kind: 'daily' | 'period';
  readonly period: string | null;
  readonly status: AttendanceStatus;
  readonly excuse: Excuse;
  readonly dayFraction: Days | null;
  readonly minutesAbsent: number | null;
  readonly minutesScheduled: number | null;
  /** sourcedId of the attendance code, if the row names one. */
  readonly codeId: string | null;
  /** Two different rows came under this id: letters wait until the SIS is clear. */
  readonly contradictory: boolean;
}

/** One code of the SIS code table after the policy's own properties were added. The code wins over the raw row. */
export interface AttendanceCode {
  readonly sourcedId: string;
  readonly title: string;
  readonly status: AttendanceStatus;
  readonly excuse: Excuse;
  /** A suspension: its own bucket, counted only if the policy says so. */
  readonly suspension: boolean;
  /** Dates of this code are never listed in a letter. */
  readonly confidential: boolean;
}
