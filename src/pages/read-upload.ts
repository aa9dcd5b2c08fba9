import { PassThrough, type Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';

/** The file of a form while it comes, and the fields that stood before it. */
export interface ComingFile {
  readonly fields: URLSearchParams;
  readonly stream: Readable;
  /** As the sender calls it: a hint for people, and nothing else. */
  readonly fileName: string;
}

export type ReadUpload<Taken> =
  | { readonly kind: 'taken'; readonly taken: Taken }
  /** No form with one file at its end. */
  | { readonly kind: 'foreign' }
  /** Far beyond the limit: nothing of it was read. */
  | { readonly kind: 'too-large' };

/** A parser that waits for the rest of a file would wait for ever. */
class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
}

/** What stands around the file in a form. */
const ROOM_FOR_FIELDS = 256 * 1024;
/** What is a little too large is read to its end, so that the browser gets to hear of it. */
const READ_ANYWAY = 4;

/**
 * Reads a form with a file, which comes last, as browsers send it. `take` sees the fields before a byte of the file is
 * read, and need not read it to its end.
 * @throws what the connection says when it is lost
 */
export async function readUpload<Taken>(
  request: FastifyRequest,
  field: string,
  maxBytes: number,
  take: (file: ComingFile) => Promise<Taken>,
): Promise<ReadUpload<Taken>> {
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (!request.isMultipart() || Number.isNaN(length)) return { kind: 'foreign' };
  if (length > READ_ANYWAY * maxBytes + ROOM_FOR_FIELDS) return { kind: 'too-large' };
  const fields = new URLSearchParams();
  let taken: { readonly taken: Taken } | null = null;
  let foreign = false;
  const limits = {
    // One byte more than is taken, so that whoever counts sees that it is too much.
    fileSize: maxBytes + 1,
    files: 2,
    fields: 50,
    fieldSize: 16 * 1024,
    fieldNameSize: 100,
    headerPairs: 50,
    parts: 60,
  };
  for await (const part of request.parts({ limits })) {
    if (part.type === 'field') {
      foreign ||= taken !== null || part.valueTruncated || part.fieldnameTruncated;
      fields.append(part.fieldname, String(part.value));
      continue;
    }
    foreign ||= taken !== null || part.fieldname !== field;
    if (!foreign) {
      // Not the parser's own stream: whoever breaks off in the middle would stop the parser with it.
      const stream = part.file.pipe(new PassThrough());
      const lost = () => {
        if (!request.raw.complete) stream.destroy(new ConnectionLostError());
      };
      request.raw.once('close', lost);
      try {
        taken = { taken: await take({ fields, stream, fileName: part.filename ?? '' }) };
      } finally {
        request.raw.off('close', lost);
        part.file.unpipe(stream);
      }
    }
    part.file.resume();
  }
  return foreign || taken === null ? { kind: 'foreign' } : { kind: 'taken', taken: taken.taken };
}
