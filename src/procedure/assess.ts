import { adultRule, isAdult } from '../domain/adult-students.ts';
import { codeTable } from '../domain/code-table.ts';
import { homeEnrolment, primaryEnrolment } from '../domain/counting.ts';
import { householdOf } from '../domain/household.ts';
import { evaluateLadder, findLetterBlocks } from '../domain/ladder.ts';
import type {
  Block,
  Evaluation,
  LadderSetting,
  LetterOut,
  Mode,
  StudentFacts,
} from '../domain/ladder-facts.ts';
import type { Policy } from '../domain/policy.ts';
import { chooseRecipients, type Recipients } from '../domain/recipients.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { StoredFacts } from '../store/student-facts.ts';
import { inputsOf, type StoredInputs } from './inputs.ts';
import { type Moment, modeOf, type Procedure } from './procedure.ts';

const HOUR_MS = 3_600_000;

export interface Assessment {
  readonly evaluation: Evaluation;
  readonly recipients: Recipients;
  readonly primarySchoolId: number | null;
  /** Whose mode it went by; null: the district's. */
  readonly homeSchoolId: number | null;
  readonly inputs: StoredInputs;
  /** What stands in the way of the letters of a step, also when it was taken with the first of them. */
  readonly letterBlocks: (step: string) => readonly Block[];
}

/** The moment of a decision, and whether it is the first look at a school year that is under way. */
export interface Look extends Moment {
  readonly baseline: boolean;
}

/** Applies the policy to what the database knows of one student. Reads nothing and writes nothing. */
export function assess(facts: StoredFacts, procedure: Procedure, look: Look): Assessment {
  const { today } = look;
  const ground = ladderGround(facts, procedure, look);
  return {
    evaluation: evaluateLadder(ground.facts, ground.setting, today),
    recipients: ground.recipients,
    primarySchoolId: primaryEnrolment(facts.enrolments, today)?.schoolId ?? null,
    homeSchoolId: ground.home?.schoolId ?? null,
    inputs: inputsOf(ground.facts, ground.setting, { today, calendars: procedure.calendarVersion }),
    letterBlocks: (step) => findLetterBlocks(step, ground.facts, ground.setting, today),
  };
}

/** What the ladder is asked with. */
export function ladderGround(facts: StoredFacts, procedure: Procedure, { now, today, baseline }: Look) {
  const recipients = recipientsOf(facts, procedure.policy, today);
  const home = homeEnrolment(facts.enrolments, today);
  const mode = modeOf(procedure.modes, home?.schoolSourcedId ?? null);
  const studentFacts: StudentFacts = {
    grade: facts.grade,
    birthDate: facts.birthDate,
    active: facts.active,
    enrolments: facts.enrolments,
    records: facts.records,
    codes: codesUnder(procedure.policy, facts),
    steps: facts.steps,
    lettersOut: lettersOutIn(mode, facts),
    holds: facts.holds,
    contracts: facts.contracts,
    medical: facts.medical,
    ...(facts.adultAnswer !== undefined && { adultAnswer: facts.adultAnswer }),
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
    calendar: procedure.calendarOf(primaryEnrolment(facts.enrolments, today)?.schoolSourcedId ?? null),
    calendarOf: procedure.calendarOf,
    mode,
    baseline,
  };
  return { facts: studentFacts, setting, recipients, home };
}

/** Where nothing leaves at all, what would have left counts as out: otherwise no shadow would ever be followed by another. */
export function lettersOutIn(
  mode: Mode,
  { lettersOut, shadowedLetters }: Pick<StoredFacts, 'lettersOut' | 'shadowedLetters'>,
): readonly LetterOut[] {
  return mode === 'shadow' ? [...lettersOut, ...shadowedLetters] : lettersOut;
}

/** Who gets a letter about the student, and how. */
export function recipientsOf(
  facts: StoredFacts,
  { adultStudents }: Pick<Policy, 'adultStudents'>,
  today: SchoolDate,
): Recipients {
  const { birthDate, sourcedId, address } = facts;
  const rule = isAdult(birthDate, today) ? adultRule(adultStudents, facts.adultAnswer) : 'ignore';
  return chooseRecipients({
    student: { email: facts.email },
    adult: rule === 'student' || rule === 'both' ? { rule, sourcedId, address } : null,
    guardians: facts.guardians.map((guardian) => ({
      ...guardian,
      linkEnded: !guardian.linkActive,
      postReturned: guardian.returnedFrom.includes(householdOf(guardian.address) ?? ''),
    })),
  });
}

/** What a policy makes of the codes that concern the student. */
export function codesUnder({ counting }: Policy, { codes, records }: StoredFacts): StudentFacts['codes'] {
  const named = records.flatMap((record) => record.codeId ?? []);
  return codeTable(codes, counting, named);
}
