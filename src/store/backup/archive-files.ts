import { createHash } from 'node:crypto';
import { BackupFileError, ByteSource } from './sealed-stream.ts';

/** One file of an archive. The last one is the manifest: every other one with its SHA-256. */
export interface ArchiveFile {
  readonly name: string;
  readonly bytes: Buffer;
}

const MANIFEST = 'manifest.json';

/** A line with name and length, then the bytes, file after file. */
export async function* packFiles(
  files: AsyncIterable<ArchiveFile>,
  about: Readonly<Record<string, string>>,
): AsyncGenerator<Buffer> {
  const listed: { name: string; bytes: number; sha256: string }[] = [];
  for await (const { name, bytes } of files) {
    listed.push({ name, bytes: bytes.length, sha256: sha256Of(bytes) });
    yield* packed(name, bytes);
  }
  const manifest = { format: 'rollcall-archive-manifest', version: 1, ...about, files: listed };
  yield* packed(MANIFEST, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
}

/** @throws BackupFileError when it does not hold what its manifest says */
export async function* unpackFiles(content: AsyncIterable<Buffer>): AsyncGenerator<ArchiveFile> {
  const source = new ByteSource(content);
  const seen = new Map<string, string>();
  for (;;) {
    const head = JSON.parse((await source.line(4_096)).toString('utf8')) as { name: string; length: number };
    const bytes = await source.take(head.length);
    if (head.name === MANIFEST) {
      const { files } = JSON.parse(bytes.toString('utf8')) as { files: { name: string; sha256: string }[] };
      const whole =
        files.length === seen.size && files.every(({ name, sha256 }) => seen.get(name) === sha256);
      if (!whole || !(await source.isAtEnd()))
        throw new BackupFileError('The archive does not hold what its manifest says.');
      yield { name: head.name, bytes };
      return;
    }
    seen.set(head.name, sha256Of(bytes));
    yield { name: head.name, bytes };
  }
}

function* packed(name: string, bytes: Buffer): Generator<Buffer> {
  yield Buffer.from(`${JSON.stringify({ name, length: bytes.length })}\n`);
  yield bytes;
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
