export interface Gathered<Question, Answer> {
  /** @throws what the answering of its group has thrown */
  ask(question: Question): Promise<Answer>;
  /** Resolves when nobody waits for an answer. */
  idle(): Promise<void>;
}

export interface GatherLimits {
  /** Questions of one group. */
  readonly most: number;
  /** Groups that are being answered at once. */
  readonly groups: number;
}

/**
 * Many who ask at once cost little more than one: while some are being answered the next ones gather. Nobody joins a
 * group that is under way, so that no answer is older than its question.
 * @param answer to each question of a group, in their order
 */
export function gather<Question, Answer>(
  answer: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  { most, groups }: GatherLimits,
): Gathered<Question, Answer> {
  let waiting: Waiting<Question, Answer>[] = [];
  let running = 0;
  const underWay = new Set<Promise<void>>();

  const run = async () => {
    // Whatever came in with the same look at the network comes along.
    await new Promise<void>((go) => setImmediate(go));
    while (waiting.length > 0) {
      const group = waiting.slice(0, most);
      waiting = waiting.slice(most);
      try {
        const answers = await answer(group.map(({ question }) => question));
        for (const [index, { done }] of group.entries()) done(answers[index] as Answer);
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    // In the same breath as the look at who waits: whoever comes next begins a group of their own.
    running -= 1;
  };
  return {
    ask: (question) =>
      new Promise((done, failed) => {
        waiting.push({ question, done, failed });
        if (running >= groups) return;
        running += 1;
        const group = run().finally(() => underWay.delete(group));
        underWay.add(group);
      }),
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly done: (answer: Answer) => void;
  readonly failed: (error: unknown) => void;
}
