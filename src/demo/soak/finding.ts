import type { SchoolDate } from '../../domain/school-date.ts';
import type { Db } from '../../store/database.ts';
import type { SisState } from '../district/state-on.ts';
import type { Delivered } from './mail-server.ts';
import type { NaiveRules, NaiveStep } from './naive-steps.ts';

/** One thing that has to hold at the end of the year. */
export interface Finding {
  readonly what: string;
  /** How many were looked at. */
  readonly looked: number;
  /** The first that are wrong, by ids and references; empty: it holds. */
  readonly wrong: readonly string[];
}

export interface LawStep extends NaiveStep {
  readonly noticeDays?: number;
  /** The template of its letter. */
  readonly letter?: string;
  readonly referral?: boolean;
}

export interface Played {
  readonly db: Db;
  readonly dataDir: string;
  /** What the SIS says at the end, and on the days before it, the latest first: what it takes back is believed later. */
  readonly sis: readonly [SisState, ...SisState[]];
  /** As the files say it. */
  readonly law: NaiveRules & { readonly steps: readonly LawStep[] };
  readonly today: SchoolDate;
  /** So long that everything that a year brings must have come about. */
  readonly wholeYear: boolean;
  readonly delivered: ReadonlyMap<string, Delivered>;
  /** What the processes said of themselves. */
  readonly log: string;
}
