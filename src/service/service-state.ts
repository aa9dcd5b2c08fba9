import type { ProblemPlace } from '../store/tables/watching.ts';

/** What the process knows of itself while it runs. */
export interface ServiceState {
  readonly roles: ReadonlySet<string>;
  readonly startedAt: Date;
  /** When the configuration in force was read. */
  configReadAt: Date;
  /** Why a newer one is kept out; null: it is in force. */
  configProblems: readonly ProblemPlace[] | null;
  stopping: boolean;
  leads: () => boolean;
  /** The longest time in the last minute for which the event loop stood still. */
  stalledMs: () => number;
}
