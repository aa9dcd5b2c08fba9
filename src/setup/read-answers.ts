import type { Prompt } from './prompt.ts';
import { type AnswerName, type Answers, type Question, questions } from './questions.ts';
import { type SecretQuestion, secretProblem, secretQuestions } from './secrets.ts';
import { SetupError } from './setup-error.ts';

/** What goes into a file of its own, or lies in one already. */
export type Secret =
  | { readonly question: SecretQuestion; readonly value: string }
  | { readonly question: SecretQuestion; readonly path: string };

export interface Told {
  readonly answers: Answers;
  readonly secrets: readonly Secret[];
}

/**
 * Takes what is given, asks for the rest, and takes what is usual where nobody is asked.
 * @param prompt null: nobody is asked
 * @throws SetupError with every option that is wrong or missing
 */
export async function readAnswers(
  given: Answers,
  env: Readonly<Record<string, string | undefined>>,
  prompt: Prompt | null,
): Promise<Told> {
  refuseWrong(given);
  const answers: Partial<Record<AnswerName, string>> = {};
  const missing: string[] = [];
  for (const question of questions) {
    if (question.when?.(answers) === false) continue;
    const usual = question.usual?.(answers);
    const asked = prompt !== null && question.unasked !== true;
    const answer = given[question.name] ?? (asked ? await askFor(prompt, question, usual) : usual);
    if (answer === undefined) missing.push(question.option);
    else answers[question.name] = answer;
  }
  if (missing.length > 0)
    throw new SetupError(['There is no answer to what these say:', ...missing.map(indented)].join('\n'));
  return { answers, secrets: await readSecrets(answers, env, prompt) };
}

function refuseWrong(given: Answers): void {
  const wrong = questions.flatMap(({ name, option, expected, usual }) => {
    const answer = given[name];
    const none = answer === '' && usual?.(given) === '';
    const problem = answer === undefined || none ? null : expected(answer);
    return problem === null ? [] : [`${option}: found ${JSON.stringify(answer)}, expected ${problem}`];
  });
  if (wrong.length > 0)
    throw new SetupError(['These options cannot be used:', ...wrong.map(indented)].join('\n'));
}

async function askFor(prompt: Prompt, question: Question, usual: string | undefined): Promise<string> {
  const shown = usual === undefined ? '' : ` [${usual === '' ? 'none' : usual}]`;
  for (;;) {
    const line = await prompt.ask(`${question.words}${shown}: `);
    if (line === null) throw new SetupError(`The answers end before this one: ${question.words}.`);
    if (line === '' && usual !== undefined) return usual;
    const problem = question.expected(line);
    if (problem === null) return line;
    prompt.say(`  This takes ${problem}.`);
  }
}

async function readSecrets(
  answers: Answers,
  env: Readonly<Record<string, string | undefined>>,
  prompt: Prompt | null,
): Promise<Secret[]> {
  const secrets: Secret[] = [];
  for (const question of secretQuestions) {
    if (question.when?.(answers) === false) continue;
    const { variable } = question;
    const path = env[`${variable}_FILE`] || null;
    const value =
      path === null
        ? env[variable] ||
          (prompt === null || question.unasked === true ? '' : await askSecret(prompt, question))
        : '';
    if (path !== null) secrets.push({ question, path });
    else if (value !== '') secrets.push({ question, value });
  }
  return secrets;
}

async function askSecret(prompt: Prompt, { words, without, variable }: SecretQuestion): Promise<string> {
  for (;;) {
    const line = await prompt.ask(`${words} [none: ${without}]: `, { hidden: true });
    if (line === null || line === '') return '';
    const problem = secretProblem(variable, line);
    if (problem === null) return line;
    prompt.say(`  This ${problem}.`);
  }
}

function indented(line: string): string {
  return `  ${line}`;
}
