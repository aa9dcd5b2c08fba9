import type { Exchange } from './exchange.ts';
import type { PageQuery } from './page-query.ts';
import type { Reply } from './reply.ts';
import type { WireRow } from './wire-row.ts';

/** What is wrong with a server while the fault is on. Each function that it has runs at its place on the way to an answer. */
export interface Fault {
  readonly description: string;
  /** Before anything else: an answer in place of the server's own. */
  readonly instead?: (exchange: Exchange) => Reply | null;
  /** Changes how a page is cut. */
  readonly query?: (query: PageQuery) => PageQuery;
  /** Changes the collection before it is filtered and cut into pages. */
  readonly rows?: (rows: readonly WireRow[], exchange: Exchange) => readonly WireRow[];
  /** Changes the finished answer. */
  readonly reply?: (reply: Reply, exchange: Exchange) => Reply;
  /** Changes the answer of the token endpoint. */
  readonly token?: (reply: Reply) => Reply;
}

export type FaultList = Readonly<Record<string, Fault>>;
