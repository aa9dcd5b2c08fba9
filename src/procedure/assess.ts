import type { AttendanceCode } from '../domain/absence.ts';
import { primaryEnrolment } from '../domain/counting.ts';
import { evaluateLadder } from '../domain/ladder.ts';
import type { Evaluation, StudentFacts } from '../domain/ladder-facts.ts';
import type { Policy } from '../domain/policy.ts';
import { chooseRecipients, type Recipients } from '../domain/recipients.ts';
import type { StoredFacts } from '../store/student-facts.ts';
import type { Moment, Procedure } from './procedure.ts';

const HOUR_MS = 3_600_000;

export interface Assessment {
  readonly evaluation: Evaluation;
  readonly recipients: Recipients;
  readonly primarySchoolId: number | null;
}

/** Applies the policy to what the database knows of one student. Reads nothing and writes nothing. */
export function assess(facts: StoredFacts, procedure: Procedure, moment: Moment): Assessment {
  const { now, today } = moment;
  const recipients = chooseRecipients({
    student: { email: facts.email },
    guardians: facts.guardians.map((guardian) => ({
      ...guardian,
      active: guardian.active && guardian.linkActive,
    })),
  });
  const primary = primaryEnrolment(facts.enrolments, today);
  const studentFacts: StudentFacts = {
    grade: facts.grade,
    birthDate: facts.birthDate,
    active: facts.active,
    enrolments: facts.enrolments,
    records: facts.records,
    codes: withPolicyProperties(facts.codes, procedure.policy),
    steps: facts.steps,
    lettersOut: facts.lettersOut,
    holds: facts.holds,
    hasRecipient: recipients.letters.length > 0,
    recordsStale:
      facts.recordsAsOf !== null &&
      now.getTime() - facts.recordsAsOf.getTime() > procedure.freshHours * HOUR_MS,
    contradictoryGuardianship: facts.guardians.some(
      (guardian) => guardian.contradictory && guardian.linkActive,
    ),
  };
  const calendar = procedure.calendarOf(primary?.schoolSourcedId ?? null);
  return {
    evaluation: evaluateLadder(studentFacts, procedure.policy, calendar, today),
    recipients,
    primarySchoolId: primary?.schoolId ?? null,
  };
}

/** Suspension and confidential are properties that the policy gives to codes of the SIS. */
function withPolicyProperties(
  codes: StoredFacts['codes'],
  policy: Policy,
): ReadonlyMap<string, AttendanceCode> {
  const rules = new Map(policy.counting.codes.map((rule) => [rule.title.toLowerCase(), rule]));
  return new Map(
    codes.map((code) => {
      const rule = rules.get(code.title.toLowerCase());
      return [
        code.sourcedId,
        { ...code, suspension: rule?.suspension ?? false, confidential: rule?.confidential ?? false },
      ];
    }),
  );
}
