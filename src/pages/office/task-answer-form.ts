import type { z } from 'zod';
import { taskToAnswer } from '../../procedure/my-tasks.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import type { Tx } from '../../store/database.ts';
import type { TaskForMail } from '../../store/open-tasks.ts';
import type { Html } from '../html.ts';
import type { FormProblem, FormValues, PageAnswer, PageRequest, Site } from '../site.ts';

/** A form that a task is answered with by whom it asks. */
export interface TaskAnswerForm<Schema extends z.ZodObject> {
  readonly path: string;
  readonly schema: Schema;
  /** Of the page on which the form is shown again. */
  readonly title: string;
  readonly section: (
    request: PageRequest,
    task: TaskForMail,
    problems: readonly FormProblem[],
    values: FormValues,
  ) => Html;
  readonly take: (
    sent: z.output<Schema>,
    about: { readonly task: TaskForMail; readonly procedure: Procedure },
    request: PageRequest,
    tx: Tx,
  ) => Promise<PageAnswer | NotTaken>;
}

/** The form is shown again, with what is wrong. */
export interface NotTaken {
  readonly kind: 'not-taken';
  readonly problems: readonly FormProblem[];
  readonly values: FormValues;
}

export function registerTaskAnswerForm<Schema extends z.ZodObject>(
  site: Site,
  { path, schema, title, section, take }: TaskAnswerForm<Schema>,
): void {
  const { config } = site.deps;
  const find = (request: PageRequest) => taskToAnswer(request.db, config, request, request.params.ref ?? '');
  const again = (
    request: PageRequest,
    task: TaskForMail,
    problems: readonly FormProblem[],
    values: FormValues,
  ): PageAnswer => {
    const body = section(request, task, problems, values);
    return { kind: 'invalid', problems, page: { kind: 'page', title, within: '/tasks', body } };
  };

  site.post(
    path,
    schema,
    async (sent, request, tx): Promise<PageAnswer> => {
      const { procedure } = request;
      const task = await find(request);
      if (task === null || procedure === null) return { kind: 'not-found' };
      const answer = await take(sent, { task, procedure }, request, tx);
      return answer.kind === 'not-taken' ? again(request, task, answer.problems, answer.values) : answer;
    },
    {
      again: async (request, problems, values) => {
        const task = await find(request);
        return task === null ? { kind: 'not-found' } : again(request, task, problems, values);
      },
    },
  );
}
