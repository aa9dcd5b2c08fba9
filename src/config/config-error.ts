/** One thing that is wrong, where a person finds it. */
export interface ConfigProblem {
  /** Path of the file, or `environment`. */
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  /** `schools[1].phone`, the name of an environment variable, or empty for the file as a whole. */
  readonly key: string;
  /** What was found and what is expected. Never a secret. */
  readonly message: string;
}

/** A problem at a key of a file; a key that is missing is placed at the nearest one above it. */
export type Place = (key: readonly PropertyKey[], message: string) => ConfigProblem;

const SHOWN = 20;

/** The configuration cannot be used. The message lists what is wrong, all at once, up to 20 problems. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly exitCode = 78;
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.slice(0, SHOWN).map((problem) => `  ${lineOf(problem)}`);
    const more = problems.length > SHOWN ? [`  … and ${problems.length - SHOWN} more`] : [];
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super([`The configuration has ${count}:`, ...lines, ...more].join('\n'));
    this.problems = problems;
  }
}

/** `config/district.yaml:14:5  schools[1].phon — unknown key …` */
function lineOf({ file, line, column, key, message }: ConfigProblem): string {
  const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
  return `${place}  ${key === '' ? '' : `${key} — `}${message}`;
}
