import { addAbortSignal, type Readable } from 'node:stream';

export type BodyText =
  | { readonly kind: 'whole'; readonly text: string }
  | { readonly kind: 'aborted' | 'not-utf-8' }
  /** The connection or the compression ended in the middle. */
  | { readonly kind: 'broken'; readonly code: string }
  | { readonly kind: 'too-large'; readonly limitMb: number };

const LARGEST_MB = 50;

/** Reads a body to its end, unpacked, up to a limit that a compressed bomb meets too. A byte order mark is dropped. */
export async function bodyText(stream: Readable, signal: AbortSignal): Promise<BodyText> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of addAbortSignal(signal, stream)) {
      const part = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
      bytes += part.length;
      if (bytes > LARGEST_MB * 1024 * 1024) return { kind: 'too-large', limitMb: LARGEST_MB };
      chunks.push(part);
    }
  } catch (error) {
    return signal.aborted ? { kind: 'aborted' } : { kind: 'broken', code: codeOf(error) };
  }
  try {
    // Fatal: a name with a replacement character in it would be printed that way.
    return { kind: 'whole', text: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return { kind: 'not-utf-8' };
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}
