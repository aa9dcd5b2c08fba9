import { BackupFileError, ByteSource } from './sealed-stream.ts';

/** What the content of a backup consists of, one after the other. */
export type BackupRecord =
  | { readonly kind: 'begin'; readonly begin: BackupBegin }
  | { readonly kind: 'table'; readonly table: BackupTable }
  /** Of the table before, as PostgreSQL's COPY writes it. */
  | { readonly kind: 'data'; readonly bytes: Buffer }
  | { readonly kind: 'table-end'; readonly rows: number }
  | { readonly kind: 'end'; readonly end: BackupEnd };

export interface BackupBegin {
  readonly rollcall: string;
  /** Of the server that it was made on, for example `18.4`. */
  readonly postgres: string;
  readonly migrations: readonly string[];
}

export interface BackupTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly format: 'text' | 'binary';
}

export interface BackupEnd {
  readonly sequences: readonly { readonly name: string; readonly value: string }[];
  readonly tables: number;
  readonly rows: number;
}

const KINDS = ['begin', 'table', 'data', 'table-end', 'end'] as const;
const HEAD_BYTES = 5;
const LONGEST = 64 * 1024 * 1024;

export function encodeRecord(record: BackupRecord): Buffer[] {
  const body = record.kind === 'data' ? record.bytes : Buffer.from(JSON.stringify(contentOf(record)));
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(KINDS.indexOf(record.kind));
  head.writeUInt32BE(body.length, 1);
  return [head, body];
}

function contentOf(record: Exclude<BackupRecord, { kind: 'data' }>): unknown {
  switch (record.kind) {
    case 'begin':
      return record.begin;
    case 'table':
      return record.table;
    case 'table-end':
      return record.rows;
    case 'end':
      return record.end;
  }
}

/** @throws BackupFileError when the content ends before its end, or goes on behind it */
export async function* decodeRecords(content: AsyncIterable<Buffer>): AsyncGenerator<BackupRecord> {
  const source = new ByteSource(content);
  for (;;) {
    const head = await source.take(HEAD_BYTES);
    const kind = KINDS[head.readUInt8()];
    const length = head.readUInt32BE(1);
    if (kind === undefined || length > LONGEST)
      throw new BackupFileError('The file holds something that this version of Rollcall does not know.');
    const body = await source.take(length);
    yield decode(kind, body);
    if (kind !== 'end') continue;
    // Reading on to the end checks the seal of the last piece.
    if (!(await source.isAtEnd()))
      throw new BackupFileError('Something stands behind the end of the backup.');
    return;
  }
}

function decode(kind: (typeof KINDS)[number], body: Buffer): BackupRecord {
  if (kind === 'data') return { kind, bytes: body };
  const content = JSON.parse(body.toString('utf8'));
  if (kind === 'begin') return { kind, begin: content };
  if (kind === 'table') return { kind, table: content };
  return kind === 'table-end' ? { kind, rows: content } : { kind, end: content };
}
