import type { SisHold } from '../../domain/hold-kinds.ts';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { SourceFile } from '../../domain/sis-records.ts';
import type { GuardsInForce } from './evidence.ts';
import type { StageTable } from './stage-names.ts';

export interface SchoolYearFacts {
  /** The end year, for example `2027`. */
  readonly id: string;
  readonly sourcedId: string;
  readonly title: string;
  readonly begins: SchoolDate;
  /** Exclusive. */
  readonly ends: SchoolDate;
  /** Its other academic sessions; not set: those known stay. */
  readonly sessions?: readonly StoredSession[];
}

/** A part of a school year as the SIS has it: a semester, a term, a grading period. */
export interface StoredSession {
  readonly sourcedId: string;
  readonly title: string;
  readonly type: string;
  readonly begins: SchoolDate;
  /** Exclusive. */
  readonly ends: SchoolDate;
}

export type YearPhase = 'between' | 'begins' | 'under-way';

/** What was read, and how much of it: kept with a stopped run, so that a person can still have it applied. */
export interface RunPlan {
  readonly schoolYear: SchoolYearFacts;
  /**
   * `whole`: what does not come is missing. `changes`: what does not come is as it was. `none`: not read, or a later
   * run has read it since.
   */
  readonly roster: 'whole' | 'changes' | 'none';
  readonly attendance: 'whole' | 'changes' | 'none';
  /** `with-gaps`: whole, but some rows do not say whom they are about. */
  readonly contacts: 'whole' | 'with-gaps' | 'none';
  /** Rows of students who are not enrolled were not served; that they are not there says nothing. */
  readonly enrolledOnly: boolean;
  /** A code that did not come has no meaning. */
  readonly everyCode: boolean;
  /**
   * `between`: no school is held, and what is not there says nothing. `begins`: the first run of a school year, which
   * has nothing to be compared with.
   */
  readonly phase: YearPhase;
  /** When the absences were right, ISO 8601; null where they were not read. */
  readonly attendanceAsOf: string | null;
  readonly cursors: { readonly roster: string | null; readonly attendance: string | null };
  /** Rows per table of the stage: no more and no fewer are applied. */
  readonly staged: Readonly<Record<StageTable, number>>;
  /** Should it be the first run of its school year: what is reached by then is left to the school. Not set: it is not. */
  readonly needsBaseline?: boolean;
  /** The files that were read, to be put away with the run. */
  readonly files?: readonly SourceFile[];
}

export interface RunToApply extends RunPlan {
  readonly id: string;
  readonly asOf: SchoolDate;
  readonly now: Date;
  /** null: a person has looked at it and released it. */
  readonly guards: GuardsInForce | null;
  /** Who has released it and why. */
  readonly release?: { readonly by: string; readonly because: string };
  /** Fields of the SIS that mean a hold. */
  readonly holds: readonly SisHold[];
}

export type ApplyCounts = Record<string, number>;
