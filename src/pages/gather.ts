/** Answers one question. @throws what the answering of its group has thrown */
export type Gathered<Question, Answer> = (question: Question) => Promise<Answer>;

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
  let underWay = 0;

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
    underWay -= 1;
  };
  return (question) =>
    new Promise((done, failed) => {
      waiting.push({ question, done, failed });
      if (underWay >= groups) return;
      underWay += 1;
      void run();
    });
}

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly done: (answer: Answer) => void;
  readonly failed: (error: unknown) => void;
}
