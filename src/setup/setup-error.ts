/** A new configuration cannot be written as it was asked for. Nothing has been written. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  /** As for every wrong call. */
  readonly exitCode = 2;
}
