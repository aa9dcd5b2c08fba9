import { expect, test } from '@jest/globals';
import { gather } from '../../src/pages/gather.ts';

/** Groups as they come to be answered, each answered when the test says so. */
function answerer() {
  const groups: { questions: readonly number[]; done(): void; failed(error: Error): void }[] = [];
  let arrived: () => void = () => {};
  return {
    groups,
    answer: (questions: readonly number[]) =>
      new Promise<number[]>((resolve, reject) => {
        const done = () => resolve(questions.map((question) => question * 10));
        groups.push({ questions, done, failed: reject });
        arrived();
      }),
    async group(index: number) {
      while (groups[index] === undefined)
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      return groups[index];
    },
  };
}

test('who asks at once is answered together, each with the own answer', async () => {
  const { answer, group, groups } = answerer();
  const { ask } = gather(answer, { most: 10, groups: 1 });
  const answers = Promise.all([ask(1), ask(2), ask(3)]);
  (await group(0)).done();
  expect(await answers).toEqual([10, 20, 30]);
  expect(groups.map(({ questions }) => questions)).toEqual([[1, 2, 3]]);
});

test('nobody joins a group that is under way: no answer is older than its question', async () => {
  const { answer, group, groups } = answerer();
  const { ask } = gather(answer, { most: 2, groups: 1 });
  const first = ask(1);
  const underWay = await group(0);
  const later = Promise.all([ask(2), ask(3), ask(4)]);
  underWay.done();
  expect(await first).toBe(10);
  (await group(1)).done();
  (await group(2)).done();
  expect(await later).toEqual([20, 30, 40]);
  expect(groups.map(({ questions }) => questions)).toEqual([[1], [2, 3], [4]]);
});

test('as many groups as may are answered at once', async () => {
  const { answer, group, groups } = answerer();
  const { ask } = gather(answer, { most: 1, groups: 2 });
  const all = Promise.all([ask(1), ask(2), ask(3)]);
  await group(1);
  expect(groups).toHaveLength(2);
  groups[1]?.done();
  (await group(2)).done();
  groups[0]?.done();
  expect(await all).toEqual([10, 20, 30]);
});

test('what fails, fails for its group alone', async () => {
  const { answer, group } = answerer();
  const { ask } = gather(answer, { most: 2, groups: 1 });
  const lost = Promise.allSettled([ask(1), ask(2)]);
  const well = ask(3);
  (await group(0)).failed(new Error('no connection'));
  expect(await lost).toMatchObject([
    { status: 'rejected', reason: { message: 'no connection' } },
    { status: 'rejected', reason: { message: 'no connection' } },
  ]);
  (await group(1)).done();
  expect(await well).toBe(30);
});

test('whoever asks in the moment in which a group ends is not forgotten', async () => {
  const { ask, idle } = gather(async (questions: readonly number[]) => questions, { most: 1, groups: 1 });
  const answers: number[] = [];
  // Each question is asked in the very turn in which the one before was answered.
  for (let question = 0; question < 50; question += 1) answers.push(await ask(question));
  expect(answers).toHaveLength(50);
  await idle();
});
