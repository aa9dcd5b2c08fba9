/** The embedded PostgreSQL cannot be used here. The message says what was found and what to do about it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly exitCode = 78;
}

/** Not by `instanceof`: an error of Node's own is no `Error` of another realm, such as a test's. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}

/** The two ways out that always work, to end a message with. */
export const WAYS_OUT =
  'Or set ROLLCALL_DATA_DIR to another folder, or DATABASE_URL to a PostgreSQL of your own.';
