import { createHash } from 'node:crypto';
import type { AttendanceCode } from '../domain/absence.ts';
import type { Evaluation, LadderSetting, StudentFacts } from '../domain/ladder-facts.ts';
import type { SchoolDate } from '../domain/school-date.ts';

/** All that an evaluation looks at, as it is stored beside its result. */
export interface StoredInputs {
  readonly today: SchoolDate;
  readonly policy: string;
  readonly since: SchoolDate | null;
  readonly previousPolicy: string | null;
  readonly calendars: string;
  readonly mode: LadderSetting['mode'];
  readonly baseline: boolean;
  /** Rows of absences by the ledger's id of the version, which never changes. */
  readonly outside: Omit<StudentFacts, 'records' | 'codes' | 'steps' | 'lettersOut'> & {
    readonly records: readonly string[];
    readonly codes: readonly AttendanceCode[];
  };
  readonly steps: StudentFacts['steps'];
  readonly lettersOut: StudentFacts['lettersOut'];
}

/** @param calendars the version of the district's calendars. */
export function inputsOf(
  facts: StudentFacts,
  setting: Pick<LadderSetting, 'policies' | 'mode' | 'baseline'>,
  at: { readonly today: SchoolDate; readonly calendars: string },
): StoredInputs {
  const { records, codes, steps, lettersOut, ...outside } = facts;
  return {
    today: at.today,
    policy: setting.policies.current.version,
    since: setting.policies.since,
    previousPolicy: setting.policies.previous?.version ?? null,
    calendars: at.calendars,
    mode: setting.mode,
    baseline: setting.baseline,
    outside: {
      ...outside,
      records: records.map((record) => record.id).sort(),
      codes: sorted([...codes.values()]),
      enrolments: sorted(outside.enrolments),
      holds: sorted(outside.holds),
      contracts: sorted(outside.contracts),
    },
    steps: sorted(steps),
    lettersOut: sorted(lettersOut),
  };
}

/**
 * The same for inputs that differ only in the day and in what the procedure itself has recorded of its steps: those
 * follow from earlier evaluations, and what they change shows in the result.
 */
export function inputHash(inputs: StoredInputs): string {
  const { today: _today, steps: _steps, lettersOut: _lettersOut, ...rest } = inputs;
  return hashOf(rest);
}

/** Two results with the same hash count the same rows and leave every step where it was. */
export function resultHash(evaluation: Evaluation): string {
  const { asOf: _asOf, nextLookOn: _nextLookOn, actions: _actions, steps, ...rest } = evaluation;
  // What moves with every school day says nothing new by itself.
  const verdicts = steps.map(
    ({
      settledThrough: _settledThrough,
      windowFrom: _windowFrom,
      enrolledDays: _enrolledDays,
      reason: _reason,
      ...verdict
    }) => verdict,
  );
  return hashOf({ ...rest, verdicts });
}

function sorted<T>(rows: readonly T[]): T[] {
  return rows
    .map((row) => [canonical(row), row] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row);
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 32);
}

/** JSON in which the order of keys, which a database may change, does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
