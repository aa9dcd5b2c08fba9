import type { StepRecord, StepVerdict } from './ladder-facts.ts';
import type { Step } from './policy.ts';
import type { SchoolDate } from './school-date.ts';

/** What one step has to be judged by. */
export interface StepCase {
  readonly step: Step;
  readonly record: StepRecord | null;
  readonly count: StepVerdict['count'];
  readonly settledThrough: SchoolDate | null;
  readonly applies: boolean;
  /** Applies and the settled count has reached `at`. */
  readonly reached: boolean;
}
