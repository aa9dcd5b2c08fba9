import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { UploadRefusal } from '../../domain/uploads.ts';
import { SNIFFED_BYTES } from './sniff.ts';

/** A file that has come whole, in a folder of its own that nobody else can read. */
export interface ReceivedFile {
  readonly kind: 'received';
  readonly path: string;
  readonly bytes: number;
  /** Of the bytes as they came, in hex. */
  readonly sha256: string;
  readonly head: Buffer;
}

const FOLDER = 'upload-';
/** What a process that was killed has left behind. */
const LEFT_AFTER_MS = 60 * 60_000;

/**
 * Writes what comes into a private file while it counts and hashes, gives it to `use`, and takes it away again, whatever
 * happens: an upload that is cut off leaves nothing.
 * @throws whatever the stream or `use` throws
 */
export async function withReceived<T>(
  stream: Readable,
  limits: { readonly folder: string; readonly maxBytes: number; readonly now: Date },
  use: (file: ReceivedFile) => Promise<T>,
): Promise<T | UploadRefusal> {
  await mkdir(limits.folder, { recursive: true, mode: 0o700 });
  await clearLeftovers(limits);
  const folder = await mkdtemp(join(limits.folder, FOLDER));
  try {
    const path = join(folder, randomUUID());
    const meter = measure(limits.maxBytes);
    try {
      await pipeline(stream, meter.through, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    } catch (error) {
      if (error instanceof TooLargeError) return { kind: 'refused', reason: 'too-large' };
      throw error;
    }
    if (meter.bytes() === 0) return { kind: 'refused', reason: 'empty' };
    return await use({
      kind: 'received',
      path,
      bytes: meter.bytes(),
      sha256: meter.sha256(),
      head: await headOf(path),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

function measure(maxBytes: number) {
  const hash = createHash('sha256');
  let bytes = 0;
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) return done(new TooLargeError());
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { through, bytes: () => bytes, sha256: () => hash.digest('hex') };
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(SNIFFED_BYTES);
    await file.read(head, 0, SNIFFED_BYTES, 0);
    return head;
  } finally {
    await file.close();
  }
}

async function clearLeftovers(limits: { readonly folder: string; readonly now: Date }): Promise<void> {
  const names = (await readdir(limits.folder)).filter((name) => name.startsWith(FOLDER));
  for (const name of names) {
    const folder = join(limits.folder, name);
    const { mtimeMs = Number.POSITIVE_INFINITY } = (await stat(folder).catch(() => null)) ?? {};
    if (limits.now.getTime() - mtimeMs < LEFT_AFTER_MS) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
