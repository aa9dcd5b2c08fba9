import { errorCode } from '../ops/describe-error.ts';
import type { AnyJob, JobList } from './define-job.ts';
import { NeedsAttentionError, RetryLaterError } from './errors.ts';

/** What becomes of a job after one run. */
export type Fate =
  | { readonly kind: 'done'; readonly outcome?: string }
  | { readonly kind: 'later'; readonly delayMs: number; readonly error: RetryLaterError }
  | { readonly kind: 'retry'; readonly error: unknown; readonly waitMs: number }
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Runs one job once. Never throws.
 * @param attempt 1 for the first run
 */
export async function runJob<Deps>(
  list: JobList<Deps>,
  deps: Deps,
  taken: { readonly name: string; readonly data: unknown; readonly attempt: number },
): Promise<Fate> {
  const job = list.jobs.get(taken.name);
  if (job === undefined) return { kind: 'failed', error: new NeedsAttentionError('unknown-job') };
  const payload = job.payload.safeParse(taken.data);
  if (!payload.success) return { kind: 'failed', error: new NeedsAttentionError('unreadable-payload') };
  try {
    const result = await job.run(payload.data as never, deps as never, {
      last: taken.attempt >= job.attempts,
    });
    return { kind: 'done', ...kindOf(result) };
  } catch (error) {
    if (error instanceof RetryLaterError) return { kind: 'later', delayMs: error.delayMs, error };
    if (error instanceof NeedsAttentionError || taken.attempt >= job.attempts)
      return { kind: 'failed', error };
    return { kind: 'retry', error, waitMs: waitBefore(job, taken.attempt) };
  }
}

/** The outcome that a job returned, as it appears in the log. */
function kindOf(result: unknown): { outcome?: string } {
  if (typeof result !== 'object' || result === null || !('kind' in result)) return {};
  return typeof result.kind === 'string' ? { outcome: result.kind } : {};
}

const LONGEST_WAIT_MS = 60 * 60_000;

function waitBefore(job: AnyJob, attempt: number): number {
  return Math.min(job.retryAfterMs * 2 ** (attempt - 1), LONGEST_WAIT_MS);
}

/**
 * The error as the queue may store it: a code and nothing else, because messages and stacks quote data.
 */
export function withoutData(error: unknown): string {
  return String(
    errorCode(error) ?? (error instanceof Error && /^\w{1,60}$/.test(error.name) ? error.name : 'error'),
  );
}
