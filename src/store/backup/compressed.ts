import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { BackupFileError } from './sealed-stream.ts';

/** Documents are encrypted and do not shrink; all the rest does, and a higher level gains little. */
const LEVEL = 3;

export function compressed(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  return through(content, createGzip({ level: LEVEL }));
}

/** @throws BackupFileError when the content is none that was compressed */
export async function* decompressed(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* through(content, createGunzip());
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code.startsWith('Z_')) throw new BackupFileError('The file holds something else than it says.');
    throw error;
  }
}

async function* through(content: AsyncIterable<Buffer>, transform: Transform): AsyncGenerator<Buffer> {
  const fed = pipeline(Readable.from(content, { objectMode: true }), transform);
  // What fails there fails the iteration below, too.
  fed.catch(() => undefined);
  yield* transform as AsyncIterable<Buffer>;
  await fed;
}
