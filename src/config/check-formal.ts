import type { ConfigProblem, Place } from './config-error.ts';
import type { PolicyFile, StepOfFile } from './policy-schema.ts';
import type { PolicySurroundings } from './policy-surroundings.ts';
import { DEFAULT_APPROVAL_DAYS, DEFAULT_NOTICE_DAYS } from './step-schema.ts';

/** The step sends something out. Deadlines and approvals belong to such a step only. */
export function isFormal(step: StepOfFile): boolean {
  return step.letter !== undefined || step.referral;
}

/** What the law gives has to hold what the step itself takes, or every letter would be late. */
export function checkDeadline(step: StepOfFile, at: Place): ConfigProblem[] {
  const { legalDeadlineDays, settleDays } = step;
  if (legalDeadlineDays === undefined) return [];
  if (!isFormal(step))
    return [
      at(
        ['legalDeadlineDays'],
        `found ${legalDeadlineDays}, expected it only beside a \`letter\` or \`referral: true\``,
      ),
    ];
  const approvalDays = step.approval === undefined ? 0 : (step.approvalDays ?? DEFAULT_APPROVAL_DAYS);
  const needed = settleDays + approvalDays;
  if (needed <= legalDeadlineDays) return [];
  const parts =
    approvalDays === 0
      ? `an absence takes ${settleDays} to settle (settleDays)`
      : `an absence takes ${settleDays} to settle (settleDays), and the approval ${approvalDays} (approvalDays)`;
  return [
    at(
      ['legalDeadlineDays'],
      `found ${legalDeadlineDays}, expected at least ${needed}: ${parts}, so the deadline could never be met`,
    ),
  ];
}

export function checkApproval(
  step: StepOfFile,
  { schools, staff }: PolicySurroundings,
  at: Place,
): ConfigProblem[] {
  const { approval, approvalDays } = step;
  if (approval === undefined)
    return approvalDays === undefined
      ? []
      : [at(['approvalDays'], `found ${approvalDays}, expected it only beside \`approval\``)];
  if (!isFormal(step))
    return [
      at(['approval'], `found "${approval}", expected it only beside a \`letter\` or \`referral: true\``),
    ];
  if (schools === undefined || staff === undefined) return [];
  const without = schools
    .map(({ id }) => id)
    .filter((id) => step.schools.length === 0 || step.schools.includes(id))
    .filter(
      (id) =>
        !staff.some((one) => one.role === approval && (one.schools === 'all' || one.schools.includes(id))),
    );
  return without.length === 0
    ? []
    : [
        at(
          ['approval'],
          `found "${approval}", expected a role that somebody in \`staff\` has at ${without.join(', ')} or for all schools: nobody could approve`,
        ),
      ];
}

export function checkReferral(
  step: StepOfFile,
  { schoolYear }: PolicySurroundings,
  at: Place,
): ConfigProblem[] {
  const { noticeDays, requalify, letter } = step;
  if (!step.referral)
    return noticeDays === undefined
      ? []
      : [at(['noticeDays'], `found ${noticeDays}, expected it only beside \`referral: true\``)];
  const problems: ConfigProblem[] = [];
  if (letter !== undefined)
    problems.push(at(['referral'], 'found beside `letter`, expected one of the two in a step'));
  if (requalify)
    problems.push(
      at(
        ['requalify'],
        'found true, expected `false`: a file that went to the officer stays there, and corrections follow it',
      ),
    );
  const notice = noticeDays ?? DEFAULT_NOTICE_DAYS;
  if (schoolYear !== null && notice >= schoolYear.schoolDays)
    problems.push(
      at(
        ['noticeDays'],
        `found ${notice}, expected less than the ${schoolYear.schoolDays} school days of the year: no file would ever leave`,
      ),
    );
  return problems;
}

const LEADS_TO_CONTRACT: ReadonlySet<string> = new Set(['schedule-meeting', 'agree-contract']);

export function checkOrWhen(
  step: StepOfFile,
  { steps = [] }: Partial<PolicyFile>,
  at: Place,
): ConfigProblem[] {
  if (!step.orWhen.includes('contract-violated')) return [];
  // A letter beside a referral is refused as such.
  if (step.letter !== undefined && !step.referral)
    return [
      at(
        ['orWhen'],
        'found beside `letter`, expected it in a step with `referral: true` or with work for staff: the letter would name a count that was not reached',
      ),
    ];
  const leadsToContract = steps.some(
    ({ contract, meeting, tasks = [] }) =>
      contract !== undefined ||
      meeting !== undefined ||
      tasks.some(({ kind }) => LEADS_TO_CONTRACT.has(kind)),
  );
  return leadsToContract
    ? []
    : [
        at(
          ['orWhen'],
          'found contract-violated, expected a step with `contract`, `meeting` or the task schedule-meeting: nothing in these steps leads to an attendance contract',
        ),
      ];
}
