import type { Exchange } from '../server/exchange.ts';
import type { PageQuery } from '../server/page-query.ts';
import type { Reply } from '../server/reply.ts';
import type { WireRow } from '../server/wire-row.ts';
import type { ActiveFault } from './switchboard.ts';

/** One call with the faults that concern it, each function of theirs at its place on the way to the answer. */
export interface FaultyCall {
  newestChange(version: number): number;
  query(query: PageQuery): PageQuery;
  /** null: no fault answers in place of the server. */
  instead(exchange: Exchange): Reply | null;
  rows(rows: readonly WireRow[], exchange: Exchange): readonly WireRow[];
  reply(reply: Reply, exchange: Exchange): Reply;
}

export function underFaults(concerning: readonly ActiveFault[]): FaultyCall {
  const active = concerning.map(spentOnce);
  return {
    newestChange: (version) =>
      active.reduce((version, { fault, acted }) => acted(version, fault.newestChange?.(version)), version),
    query: (query) => active.reduce((query, { fault, acted }) => acted(query, fault.query?.(query)), query),
    instead(exchange) {
      for (const { fault, acted } of active) {
        const reply = acted(null, fault.instead?.(exchange));
        if (reply !== null) return reply;
      }
      return null;
    },
    rows: (rows, exchange) =>
      active.reduce((rows, { fault, acted }) => acted(rows, fault.rows?.(rows, exchange)), rows),
    reply: (reply, exchange) =>
      active.reduce((reply, { fault, acted }) => acted(reply, fault.reply?.(reply, exchange)), reply),
  };
}

/** A fault that changed something spends one of its times, however many of its functions did. */
function spentOnce({ fault, spend }: ActiveFault) {
  let spent = false;
  return {
    fault,
    acted<T>(before: T, after: T | undefined): T {
      if (after === undefined || after === before) return before;
      if (!spent) spend();
      spent = true;
      return after;
    },
  };
}
