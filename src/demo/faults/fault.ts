import type { District } from '../district/model.ts';
import type { CsvFile } from '../extracts/csv-file.ts';
import type { Exchange, Served } from '../server/exchange.ts';
import type { PageQuery } from '../server/page-query.ts';
import type { Reply } from '../server/reply.ts';
import type { WireRow } from '../server/wire-row.ts';

/** Where absences are read from. */
export type FaultSource = 'oneroster-service' | 'data-extract' | 'ed-fi';

/** What is wrong while the fault is on. Each function that it has runs at its place on the way to an answer or a file. */
export interface Fault {
  readonly description: string;
  /** It lies on the absences of this source, and does not show where they are read from another one. */
  readonly source?: FaultSource;
  /** The answers that it can concern. Without them: all of OneRoster and of the attendance service. */
  readonly on?: readonly Served[];
  /** It shows only when a client asks for what has changed. */
  readonly changesOnly?: true;
  /** Before anything else: an answer in place of the server's own. */
  readonly instead?: (exchange: Exchange) => Reply | null;
  /** Changes the newest change that an Ed-Fi host knows; it serves nothing that came after. */
  readonly newestChange?: (version: number) => number;
  /** Changes how a page is cut. */
  readonly query?: (query: PageQuery) => PageQuery;
  /** Changes the collection before it is filtered and cut into pages. */
  readonly rows?: (rows: readonly WireRow[], exchange: Exchange) => readonly WireRow[];
  /** Changes the finished answer. */
  readonly reply?: (reply: Reply, exchange: Exchange) => Reply;
  /** Changes the answer of the token endpoint. */
  readonly token?: (reply: Reply) => Reply;
  /** Changes what the SIS knows from an instant on (milliseconds since 1970), and so what every interface of it says. */
  readonly district?: (district: District, instant: number) => District;
  /** Changes an extract before it is written; null: none is. */
  readonly file?: (file: CsvFile) => CsvFile | null;
  /** Changes the bytes of an extract. */
  readonly bytes?: (bytes: Buffer, file: CsvFile) => Buffer;
}

export type FaultList = Readonly<Record<string, Fault>>;
