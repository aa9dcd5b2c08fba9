import { SisError } from '../sis-error.ts';

/**
 * A server that has no attendance must not read as "nobody was absent".
 * @param who begins the message @param advice ends it
 * @throws SisError in words for the person who configures it, where the server answers that it has nothing of the kind
 */
export async function* orNoAttendance<T>(
  pages: AsyncIterable<T>,
  who: string,
  advice: string,
): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof SisError) || (error.kind !== 'missing' && error.status !== 403)) throw error;
    throw new SisError(error.kind, `${who} offers no attendance (${error.message}). ${advice}`, error.status);
  }
}
