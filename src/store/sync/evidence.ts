/** Limits of the guards; `config/README.md` has their meaning one by one. */
export interface GuardLimits {
  readonly shrinkTo: number;
  readonly growTo: number;
  readonly goneShare: number;
  readonly absentShare: number;
  readonly medianFactor: number;
  readonly doubledFactor: number;
  readonly floorRows: number;
  readonly floorStudents: number;
}

export type Guard =
  | 'shrunk'
  | 'grown'
  | 'no-absences'
  | 'rows-gone'
  | 'absent-on-one-day'
  | 'above-median'
  | 'doubled';

/** One reason to stop: which guard, where, and the two numbers. Never anything about a person. */
export interface Evidence {
  readonly guard: Guard;
  readonly collection: 'students' | 'guardians' | 'guardian links' | 'contacts' | 'absences';
  /** sourcedId. */
  readonly school: string;
  readonly date: string | null;
  readonly before: number;
  readonly found: number;
  readonly limit: number;
}

/** A guard has stopped the run: everything it did is taken back, and a person looks at it. */
export class RunStoppedError extends Error {
  override readonly name = 'RunStoppedError';
  readonly evidence: readonly Evidence[];

  constructor(evidence: readonly Evidence[]) {
    super(reasonOf(evidence));
    this.evidence = evidence;
  }
}

/** One sentence for people: the first reason, and how many more there are. */
function reasonOf(evidence: readonly Evidence[]): string {
  const [first] = evidence;
  if (first === undefined) return 'a guard has stopped the run';
  const more = evidence.length === 1 ? '' : `; ${evidence.length - 1} more of this kind`;
  return `${evidenceWords(first)}${more}`;
}

export function evidenceWords(one: Evidence): string {
  const at = `school ${one.school}`;
  switch (one.guard) {
    case 'shrunk':
      return `${one.collection} of ${at}: ${one.found} where there were ${one.before}, fewer than the limit of ${one.limit}`;
    case 'grown':
      return `${one.collection} of ${at}: ${one.found} where there were ${one.before}, more than the limit of ${one.limit}`;
    case 'no-absences':
      return `no absences at all of ${at}, where there were ${one.before}`;
    case 'rows-gone':
      return `absences of ${at}: ${one.found} of ${one.before} deleted or gone at once, more than the limit of ${one.limit}`;
    case 'absent-on-one-day':
      return `${one.found} of ${one.before} students of ${at} absent on ${one.date}, more than the limit of ${one.limit}`;
    case 'above-median':
      return `${one.found} students of ${at} absent on ${one.date}, where ${one.before} is the median of its last 20 school days`;
    case 'doubled':
      return `absence days of ${at} before this run: ${one.found} where there were ${one.before}, more than the limit of ${one.limit}`;
  }
}
