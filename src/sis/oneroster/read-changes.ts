import { SisError } from '../sis-error.ts';

/**
 * OneRoster's filter for what has changed since an instant (ISO 8601, UTC).
 * @param field what this server calls `dateLastModified`
 */
export function changedSince(after: string, field = 'dateLastModified'): string {
  return `${field}>'${after}'`;
}

/** A server that cannot filter by `dateLastModified` has to be read whole. @throws SisError `no-changes` */
export async function* orWhole<T>(pages: AsyncIterable<T>, after: string | null): AsyncGenerator<T> {
  let begun = false;
  try {
    for await (const page of pages) {
      begun = true;
      yield page;
    }
  } catch (error) {
    const refused = error instanceof SisError && [400, 422, 500, 501].includes(error.status ?? 0);
    if (after === null || begun || !refused) throw error;
    throw new SisError('no-changes', `${error.message}; changes cannot be asked for`, error.status);
  }
}

/** The clock of the first answer: later ones may be served after a change that an earlier page does not show. */
export class FirstServed {
  private at: number | null = null;
  private begun: Date | null = null;
  private readonly now: (() => Date) | undefined;

  /** @param now for servers that tell no time: when a read began by our own clock */
  constructor(now?: () => Date) {
    this.now = now;
  }

  note(servedAt: string | null): void {
    const ms = Date.parse(servedAt ?? '');
    if (this.at === null && !Number.isNaN(ms)) this.at = ms;
  }

  forget(): void {
    this.at = null;
    this.begun = this.now?.() ?? null;
  }

  /** ISO 8601: without a time nothing would ever be too old, so that our own stands in for the server's. */
  asOf(): string | null {
    return this.at === null ? (this.begun?.toISOString() ?? null) : new Date(this.at).toISOString();
  }

  /** Where the next read of changes begins, by the server's own clock; null where it told no time. */
  cursor(overlapMs: number): string | null {
    return this.at === null ? null : new Date(this.at - overlapMs).toISOString();
  }
}
