import { isUtf8 } from 'node:buffer';
import { addAbortSignal, type Readable } from 'node:stream';

export type BodyBytes =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'aborted' | 'not-utf-8' }
  /** The connection or the compression ended in the middle. */
  | { readonly kind: 'broken'; readonly code: string }
  | { readonly kind: 'too-large'; readonly limitMb: number };

const LARGEST_MB = 50;

const BYTE_ORDER_MARK = Buffer.from('\uFEFF', 'utf8');

/** Reads a body to its end, unpacked, up to a limit that a compressed bomb meets too. A byte order mark is dropped. */
export async function bodyBytes(stream: Readable, signal: AbortSignal): Promise<BodyBytes> {
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
  const whole = Buffer.concat(chunks, bytes);
  // A name with a replacement character in it would be printed that way.
  if (!isUtf8(whole)) return { kind: 'not-utf-8' };
  const marked = whole.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return { kind: 'whole', bytes: marked ? whole.subarray(BYTE_ORDER_MARK.length) : whole };
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}
