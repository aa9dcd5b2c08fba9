import { codeTable } from '../domain/code-table.ts';
import { primaryEnrolment } from '../domain/counting.ts';
import { evaluateLadder, findLetterBlocks } from '../domain/ladder.ts';
import type { Block, Evaluation, LadderSetting, StudentFacts } from '../domain/ladder-facts.ts';
import { chooseRecipients, type Recipients } from '../domain/recipients.ts';
import type { StoredFacts } from '../store/student-facts.ts';
import { inputsOf, type StoredInputs } from './inputs.ts';
import type { Moment, Procedure } from './procedure.ts';

const HOUR_MS = 3_600_000;

export interface Assessment {
  readonly evaluation: Evaluation;
  readonly recipients: Recipients;
  readonly primarySchoolId: number | null;
  readonly inputs: StoredInputs;
  /** What stands in the way of the letters of a step, also when it was taken with the first of them. */
  readonly letterBlocks: (step: string) => readonly Block[];
}

/** Applies the policy to what the database knows of one student. Reads nothing and writes nothing. */
export function assess(facts: StoredFacts, procedure: Procedure, moment: Moment): Assessment {
  const { now, today } = moment;
  const recipients = recipientsOf(facts);
  const primary = primaryEnrolment(facts.enrolments, today);
  const studentFacts: StudentFacts = {
    grade: facts.grade,
    birthDate: facts.birthDate,
    active: facts.active,
    enrolments: facts.enrolments,
    records: facts.records,
    codes: codeTable(facts.codes, procedure.policy.counting, namedCodes(facts)),
    steps: facts.steps,
    lettersOut: facts.lettersOut,
    holds: facts.holds,
    contracts: facts.contracts,
    medical: facts.medical,
    hasRecipient: recipients.letters.length > 0,
    recordsStale:
      facts.recordsAsOf !== null &&
      now.getTime() - facts.recordsAsOf.getTime() > procedure.freshHours * HOUR_MS,
    contradictoryGuardianship: facts.guardians.some(
      (guardian) => guardian.contradictory && guardian.linkActive,
    ),
  };
  const setting: LadderSetting = {
    policies: procedure.policies,
    calendar: procedure.calendarOf(primary?.schoolSourcedId ?? null),
    calendarOf: procedure.calendarOf,
    mode: 'live',
    baseline: false,
  };
  return {
    evaluation: evaluateLadder(studentFacts, setting, today),
    recipients,
    primarySchoolId: primary?.schoolId ?? null,
    inputs: inputsOf(studentFacts, setting, { today, calendars: procedure.calendarVersion }),
    letterBlocks: (step) => findLetterBlocks(step, studentFacts, setting, today),
  };
}

/** Who gets a letter about the student, and how. */
export function recipientsOf(facts: StoredFacts): Recipients {
  return chooseRecipients({
    student: { email: facts.email },
    guardians: facts.guardians.map((guardian) => ({
      ...guardian,
      active: guardian.active && guardian.linkActive,
    })),
  });
}

function namedCodes({ records }: StoredFacts): string[] {
  return records.flatMap((record) => record.codeId ?? []);
}
