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

/** What the guards of one run go by. */
export interface GuardsInForce extends GuardLimits {
  /** School days since the first one of the school year, up to the day of the run. */
  readonly schoolDays: number;
}

export type Guard =
  | 'shrunk'
  | 'grown'
  | 'no-absences'
  | 'none-yet'
  | 'unresolved'
  | 'rows-gone'
  | 'first-days-gone'
  | 'absent-on-one-day'
  | 'above-median'
  | 'doubled';

/** One reason to stop: which guard, where, and the two numbers. Never anything about a person. */
export interface Evidence {
  readonly guard: Guard;
  readonly collection: 'students' | 'guardians' | 'guardian links' | 'contacts' | 'absences';
  /** sourcedId; null: the district as a whole. */
  readonly school: string | null;
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
  const then = one.date === null ? '' : ` on ${one.date}`;
  switch (one.guard) {
    case 'shrunk':
      return `${one.collection} of ${at}: ${one.found} where there were ${one.before}${then}, fewer than the limit of ${one.limit}`;
    case 'grown':
      return `${one.collection} of ${at}: ${one.found} where there were ${one.before}${then}, more than the limit of ${one.limit}`;
    case 'no-absences':
      return `no absences at all of ${at}, where there were ${one.before}`;
    case 'none-yet':
      return `no absences at all, ${one.before} school days after the first one`;
    case 'unresolved':
      return `${one.found} of ${one.before} absences name a student or a school that the roster does not have; up to ${one.limit} would be left out one by one`;
    case 'rows-gone':
      return `absences of ${at}: ${one.found} of ${one.before} deleted or gone since ${one.date}, more than the limit of ${one.limit}`;
    case 'first-days-gone':
      return `every absence before ${one.date} is gone, of ${one.found} students, as from an extract that covers the last weeks only`;
    case 'absent-on-one-day':
      return `${one.found} of ${one.before} students of ${at} absent on ${one.date}, more than the limit of ${one.limit}`;
    case 'above-median':
      return `${one.found} students of ${at} absent on ${one.date}, where ${one.before} is the median of its last 20 school days`;
    case 'doubled':
      return `absence days of ${at} before this run: ${one.found} where there were ${one.before}, more than the limit of ${one.limit}`;
  }
}
