import { AsyncLocalStorage } from 'node:async_hooks';

/** How something between a worker and the database ends badly. */
export interface Accident {
  /** So many statements of the step go well before it; `commit`: the next commit. */
  readonly at: number | 'commit';
  /**
   * The server refuses the statement; or the connection is lost: before the statement, or after it was carried out, so
   * that nobody hears of it.
   */
  readonly how: 'refused' | 'unsent' | 'unheard';
  /** The process of the worker ends with it. */
  readonly dies: boolean;
}

export type End =
  | { readonly kind: 'done'; readonly outcome: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'dead' };

/** A job that a worker has in hand: it stands still between its steps, for as long as nobody lets it go on. */
export interface Hand {
  /** null: it stands somewhere. */
  readonly end: End | null;
  /** Whether the accident of the latest step has happened. */
  readonly hadAccident: boolean;
  /** Whether one of any step has. */
  readonly everHadAccident: boolean;
  /**
   * Goes on to the next place at which it can stand still, or to its end.
   * @param passes how many such places it passes on the way
   */
  goOn(passes: number, accident?: Accident | null): Promise<void>;
  /** A place at which it can stand still; in the middle of a transaction there is none. */
  stand(): Promise<void>;
  /** Stands still before this piece of work, and not within it. */
  inOneGo<T>(work: () => Promise<T>): Promise<T>;
  /** A statement of the job is about to be sent. @returns what happens to it */
  meets(statement: string): Accident | null;
  /** It never goes on again. */
  die(): void;
}

const hands = new AsyncLocalStorage<Hand>();

/** The hand that runs now; undefined: what runs is no job of a worker. */
export function handAtWork(): Hand | undefined {
  return hands.getStore();
}

/** Runs what all jobs of a process wait for together: it never stands still for one of them. */
export function forAllHands<T>(work: () => Promise<T>): Promise<T> {
  return hands.exit(work);
}

export function takeInHand(work: () => Promise<unknown>): Hand {
  let end: End | null = null;
  let begun = false;
  let passes = 0;
  let accident: Accident | null = null;
  let hadAccident = false;
  let everHadAccident = false;
  let inTransaction = false;
  let isInOneGo = false;
  let standing: (() => void)[] = [];
  let stop = () => {};
  const finish = (how: End) => {
    end ??= how;
    stop();
  };
  const hand: Hand = {
    get end() {
      return end;
    },
    get hadAccident() {
      return hadAccident;
    },
    get everHadAccident() {
      return everHadAccident;
    },
    goOn(more, next = null) {
      passes = more;
      accident = next;
      hadAccident = false;
      const stopped = new Promise<void>((resolve) => {
        stop = resolve;
      });
      const going = standing;
      standing = [];
      for (const go of going) go();
      if (!begun)
        void hands.run(hand, () =>
          work().then(
            (outcome) => finish({ kind: 'done', outcome }),
            (error: unknown) => finish({ kind: 'failed', error }),
          ),
        );
      begun = true;
      return stopped;
    },
    async stand() {
      if (inTransaction || isInOneGo) return;
      passes -= 1;
      if (passes >= 0) return;
      const going = new Promise<void>((resolve) => standing.push(resolve));
      stop();
      await going;
    },
    async inOneGo(work) {
      await hand.stand();
      isInOneGo = true;
      try {
        return await work();
      } finally {
        isInOneGo = false;
      }
    },
    meets(statement) {
      if (/^(begin|start transaction)/.test(statement)) inTransaction = true;
      if (/^(commit|rollback$)/.test(statement)) inTransaction = false;
      if (accident === null || statement === 'rollback') return null;
      const { at } = accident;
      if (at === 'commit' ? statement !== 'commit' : at > 0) {
        if (at !== 'commit') accident = { ...accident, at: at - 1 };
        return null;
      }
      const met = accident;
      accident = null;
      hadAccident = true;
      everHadAccident = true;
      inTransaction = false;
      return met;
    },
    die: () => finish({ kind: 'dead' }),
  };
  return hand;
}
