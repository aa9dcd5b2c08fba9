import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/**
 * A file that was altered, cut off or sealed with another key. Nothing of what was read from it before may be kept.
 */
export class BackupFileError extends Error {
  override readonly name = 'BackupFileError';
  readonly exitCode = 1;
}

/** What anybody can read of a sealed file: how to find its key, and nothing about anybody. */
export interface SealedHead {
  readonly format: 'rollcall-backup' | 'rollcall-archive';
  readonly version: 1;
  /** ISO 8601. */
  readonly madeAt: string;
  readonly district: string;
  /** Which key opens it. */
  readonly key: string;
  /** Which key the documents inside are encrypted with; it is not in the file. */
  readonly documentKey: string | null;
}

type WrittenHead = SealedHead & { readonly salt: string };

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;
const CHUNK_BYTES = 256 * 1024;
const LONGEST_HEAD = 4_096;

/** Tells one key from another, and nothing about it. */
export function markOfKey(secret: string): string {
  return createHmac('sha256', secret).update('rollcall backup mark').digest('hex').slice(0, 16);
}

/**
 * Seals a stream: a line of JSON, then chunks of AES-256-GCM. The key is the file's own, bound to its head; the nonce
 * counts the chunks and marks the last one, so that none can be altered, exchanged, left out or added.
 */
export async function* seal(
  plain: AsyncIterable<Buffer>,
  head: SealedHead,
  secret: string,
): AsyncGenerator<Buffer> {
  const written: WrittenHead = { ...head, salt: randomBytes(KEY_BYTES).toString('base64') };
  const line = Buffer.from(`${JSON.stringify(written)}\n`);
  const key = fileKey(line, written, secret);
  yield line;
  let index = 0;
  let held: Buffer | null = null;
  for await (const chunk of inChunks(plain)) {
    if (held !== null) yield sealChunk(key, held, index++, false);
    held = chunk;
  }
  yield sealChunk(key, held ?? Buffer.alloc(0), index, true);
}

/**
 * @param secrets keys that may have sealed it: the head says which one
 * @returns its head, and its content: it is whole only when the iteration has ended without an error
 * @throws BackupFileError when it is none of ours, or none of the keys fits
 */
export async function unseal(
  file: AsyncIterable<Buffer>,
  secrets: readonly string[],
): Promise<{ readonly head: SealedHead; readonly content: AsyncGenerator<Buffer> }> {
  const source = new ByteSource(file);
  const line = await source.line(LONGEST_HEAD);
  const head = parseHead(line);
  const secret = secrets.find((candidate) => markOfKey(candidate) === head.key);
  if (secret === undefined) {
    const given = secrets.map(markOfKey).join(', ') || 'none';
    throw new BackupFileError(
      `The file was encrypted with the backup key ${head.key}; found ${given}. Give the right key in ROLLCALL_BACKUP_KEY, or its file with --key.`,
    );
  }
  return { head, content: openChunks(source, fileKey(line, head, secret)) };
}

async function* openChunks(source: ByteSource, key: Buffer): AsyncGenerator<Buffer> {
  for (let index = 0; ; index += 1) {
    const length = (await source.take(LENGTH_BYTES)).readUInt32BE();
    if (length < TAG_BYTES || length > CHUNK_BYTES + TAG_BYTES) throw altered(index);
    const sealed = await source.take(length);
    const last = await source.isAtEnd();
    const decipher = createDecipheriv(CIPHER, key, nonceOf(index, last), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = decipher.update(sealed.subarray(0, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      throw altered(index);
    }
    yield plain;
    if (last) return;
  }
}

function altered(index: number): BackupFileError {
  return new BackupFileError(
    `The file was altered or cut off (found in piece ${index + 1}): it is not what was written. Nothing of it was kept; take another one.`,
  );
}

function sealChunk(key: Buffer, plain: Buffer, index: number, last: boolean): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonceOf(index, last), { authTagLength: TAG_BYTES });
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(sealed.length);
  return Buffer.concat([length, sealed]);
}

function nonceOf(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(index));
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** Whoever alters the head gets another key. */
function fileKey(line: Buffer, { salt }: WrittenHead, secret: string): Buffer {
  const info = `rollcall backup file ${createHash('sha256').update(line).digest('hex')}`;
  return Buffer.from(hkdfSync('sha256', secret, Buffer.from(salt, 'base64'), info, KEY_BYTES));
}

function parseHead(line: Buffer): WrittenHead {
  const none = new BackupFileError(
    'The file is no backup and no archive of Rollcall, or its beginning was altered.',
  );
  let head: Partial<WrittenHead>;
  try {
    head = JSON.parse(line.toString('utf8'));
  } catch {
    throw none;
  }
  const texts = [head?.madeAt, head?.district, head?.key, head?.salt];
  const known = head?.format === 'rollcall-backup' || head?.format === 'rollcall-archive';
  if (!known || !texts.every((text) => typeof text === 'string')) throw none;
  if (head.version !== 1)
    throw new BackupFileError(
      'The file was written by a later version of Rollcall: restore it with that one.',
    );
  return head as WrittenHead;
}

async function* inChunks(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const part of source) {
    parts.push(part);
    length += part.length;
    if (length < CHUNK_BYTES) continue;
    const bytes = Buffer.concat(parts);
    let at = 0;
    for (; at + CHUNK_BYTES <= bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
    parts = [bytes.subarray(at)];
    length = bytes.length - at;
  }
  if (length > 0) yield Buffer.concat(parts);
}

/** Bytes of a stream, as many as are asked for. */
export class ByteSource {
  readonly #source: AsyncIterator<Buffer>;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** @throws BackupFileError when there are fewer */
  async take(length: number): Promise<Buffer> {
    while (this.#length < length) {
      if (!(await this.#more()))
        throw new BackupFileError('The file is cut off: its end is missing. Take another one.');
    }
    const all = this.#parts.length === 1 ? (this.#parts[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#parts);
    this.#parts = [all.subarray(length)];
    this.#length -= length;
    return all.subarray(0, length);
  }

  /** Up to and with the next line break; what comes before the limit when there is none. */
  async line(longest: number): Promise<Buffer> {
    for (;;) {
      const bytes = Buffer.concat(this.#parts);
      const end = bytes.indexOf(0x0a);
      if (end >= 0) return this.take(end + 1);
      if (bytes.length >= longest || !(await this.#more())) return bytes.subarray(0, longest);
    }
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#length === 0) if (!(await this.#more())) return true;
    return false;
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    this.#parts.push(next.value);
    this.#length += next.value.length;
    return true;
  }
}
