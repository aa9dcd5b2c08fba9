import type { Db } from '../../../src/store/database.ts';

/** A process that can be told to die: from one statement on, none of its statements reaches the database any more. */
export interface Crash {
  /** The database as the process sees it. What it had open when it died is rolled back, as PostgreSQL does. */
  readonly through: (db: Db) => Db;
  readonly happened: boolean;
  /** Dies in place of the statement after so many, counted from the first one on that has this in its text. */
  after(statements: number, from?: RegExp): void;
  /** Another process, or this one out of danger. */
  over(): void;
}

export function createCrash(): Crash {
  let left = Number.POSITIVE_INFINITY;
  let from: RegExp | undefined;
  let happened = false;
  return {
    get happened() {
      return happened;
    },
    through: (db) =>
      db.withPlugin({
        transformQuery({ node }) {
          if (from !== undefined) {
            const text = node.kind === 'RawNode' ? node.sqlFragments.join('') : '';
            if (!from.test(text)) return node;
            from = undefined;
          }
          if (left <= 0) {
            happened = true;
            throw new Error('the process has died');
          }
          left -= 1;
          return node;
        },
        transformResult: async ({ result }) => result,
      }),
    after(statements, since) {
      left = statements;
      from = since;
      happened = false;
    },
    over() {
      left = Number.POSITIVE_INFINITY;
      from = undefined;
      happened = false;
    },
  };
}
