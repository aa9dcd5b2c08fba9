import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { renameForGood, writeToDisk } from '../../ops/durable-file.ts';
import { compressed } from '../../store/backup/compressed.ts';
import { markOfKey, type SealedHead, seal } from '../../store/backup/sealed-stream.ts';

/** What is written into a sealed file, and under which key. */
export interface ToSeal {
  readonly format: SealedHead['format'];
  readonly madeAt: Date;
  readonly district: string;
  readonly key: string;
  /** Which key the documents inside are encrypted with; null: none. */
  readonly documentKey: string | null;
  readonly content: AsyncIterable<Buffer>;
}

/**
 * Compresses and seals a stream into a file. It appears under its name only when it is whole and on the disk.
 * @param sum whether its SHA-256 lies beside it by then, as `sha256sum -c` reads it
 */
export async function writeSealed(
  path: string,
  { content, key, madeAt, ...rest }: ToSeal,
  { sum }: { readonly sum: boolean },
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const head: SealedHead = { ...rest, version: 1, madeAt: madeAt.toISOString(), key: markOfKey(key) };
  const begun = [`${path}.part`];
  const hash = createHash('sha256');
  let bytes = 0;
  const measured = async function* (): AsyncGenerator<Buffer> {
    for await (const piece of seal(compressed(content), head, key)) {
      hash.update(piece);
      bytes += piece.length;
      yield piece;
    }
  };
  try {
    await writeToDisk(`${path}.part`, measured());
    const sha256 = hash.digest('hex');
    if (sum) {
      begun.push(`${path}.sha256`);
      await writeToDisk(`${path}.sha256`, `${sha256}  ${basename(path)}\n`);
    }
    await renameForGood(`${path}.part`, path);
    return { bytes, sha256 };
  } catch (error) {
    // Of what is not whole nothing stays, not even its sum.
    for (const left of begun) await rm(left, { force: true }).catch(() => undefined);
    throw error;
  }
}
