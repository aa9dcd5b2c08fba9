import { Readable } from 'node:stream';

/** How far a message has come. Only with `given` and `complete` a byte of it can have left. */
export type Progress = 'untouched' | 'marking' | 'mark-failed' | 'given' | 'complete';

export interface LazyMessage {
  /** Gives nothing before it is read. */
  readonly stream: Readable;
  /** Nothing is given from here on. @returns how far the message came */
  stop(): Progress;
  /** Resolves when the mark, if it was asked for, has succeeded or failed. */
  settled(): Promise<void>;
}

/**
 * A message whose first read has to pass two gates before any byte is given: `mayStart`, and then `mark`, which commits
 * that the message is on its way. When one of them fails, the stream ends in an error and was never read.
 */
export function lazyMessage(
  raw: Buffer,
  gates: { readonly mayStart: () => boolean; readonly mark: () => Promise<void> },
): LazyMessage {
  let progress: Progress = 'untouched';
  let marking: Promise<void> = Promise.resolve();
  const stream = new Readable({
    read() {
      if (progress !== 'untouched') return;
      if (!gates.mayStart()) {
        stream.destroy(new Error('the message was read too soon'));
        return;
      }
      progress = 'marking';
      marking = markAndGive();
    },
  });
  stream.once('end', () => {
    progress = 'complete';
  });

  async function markAndGive(): Promise<void> {
    try {
      await gates.mark();
    } catch {
      progress = 'mark-failed';
      stream.destroy(new Error('the mark could not be set'));
      return;
    }
    // The session may have ended while the mark was being committed: then the bytes stay here.
    if (stream.destroyed) return;
    progress = 'given';
    stream.push(raw);
    stream.push(null);
  }

  return {
    stream,
    stop() {
      stream.destroy();
      return progress;
    },
    settled: () => marking,
  };
}
