import type { Fate } from './run-job.ts';

/** What queue.ts needs from the queue software. */
export interface Engine {
  readonly add: (lane: string, jobs: readonly QueuedJob[]) => Promise<void>;
  readonly counts: (lane: string) => Promise<{ waiting: number; active: number; delayed: number }>;
  /** Begins to take jobs of a lane. */
  readonly work: (lane: string, options: WorkOptions) => EngineWorker;
  readonly check: () => Promise<void>;
  readonly mayDropJobs: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

export interface QueuedJob {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
}

export interface TakenJob extends QueuedJob {
  /** 1 for the first. */
  readonly attempt: number;
}

export interface WorkOptions {
  readonly concurrency: number;
  readonly lockMs: number;
  readonly stalledCheckMs: number;
  readonly awayMs: number;
  /** Runs a job and never throws. `refused` = not begun. */
  readonly perform: (job: TakenJob) => Promise<Fate | { readonly kind: 'refused' }>;
  /** The job's workers died so often that it was given up without another run. */
  readonly onGivenUp: (job: TakenJob) => void;
  readonly onTakenOver: () => void;
  /** A job ended or nothing was found. */
  readonly onQuiet: () => void;
  readonly onError: (error: unknown) => void;
}

export interface EngineWorker {
  /** Takes no more jobs; resolves when the running ones have ended. */
  readonly close: () => Promise<void>;
  /** Gives running jobs back to the queue although their handlers have not ended. */
  readonly release: () => void;
  readonly disconnect: () => Promise<void>;
}
