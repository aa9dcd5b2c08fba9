/**
 * Not now: the job runs again after `delayMs`, without using up one of its attempts.
 * `code` is a fixed word such as `smtp-busy`, never text from data: it is logged and stored.
 */
export class RetryLaterError extends Error {
  override readonly name = 'RetryLaterError';
  readonly code: string;
  readonly delayMs: number;

  constructor(code: string, delayMs: number, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.delayMs = delayMs;
  }
}

/** No retry will help: the job ends as failed and a person is told through `onFailure`. `code` as above. */
export class NeedsAttentionError extends Error {
  override readonly name = 'NeedsAttentionError';
  readonly code: string;

  constructor(code: string, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}
