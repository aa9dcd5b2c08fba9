/** What this process knows about its own running jobs, so that a drain need not poll to notice the end. */
export interface Activity {
  /** How many jobs this process has begun. */
  readonly begun: () => number;
  readonly busy: () => boolean;
  begin(jobId: string): void;
  end(jobId: string): void;
  /** The job failed and comes back by itself after `waitMs`. */
  comesBack(jobId: string, waitMs: number): void;
  /** Wakes whoever waits for a quiet moment. */
  wake(): void;
  /** Resolves at the next wake-up, at the latest after `ms`. */
  nextWake(ms: number): Promise<void>;
}

/** A retry that did not come back this long after its time was taken by another process. */
const OVERDUE_MS = 5_000;

export function createActivity(): Activity {
  const running = new Set<string>();
  const comingBack = new Map<string, NodeJS.Timeout>();
  let begun = 0;
  let wakeUp = () => {};

  const wake = () => wakeUp();
  const forgetReturn = (jobId: string) => {
    clearTimeout(comingBack.get(jobId));
    comingBack.delete(jobId);
  };

  return {
    begun: () => begun,
    busy: () => running.size > 0 || comingBack.size > 0,
    begin(jobId) {
      begun += 1;
      forgetReturn(jobId);
      running.add(jobId);
    },
    end(jobId) {
      running.delete(jobId);
    },
    comesBack(jobId, waitMs) {
      forgetReturn(jobId);
      const timer = setTimeout(() => comingBack.delete(jobId), waitMs + OVERDUE_MS);
      comingBack.set(jobId, timer.unref());
    },
    wake,
    nextWake(ms) {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}
