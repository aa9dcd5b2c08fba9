import type { Evaluation, StepRecord, StepVerdict, StudentFacts } from './ladder-facts.ts';
import type { SchoolDate } from './school-date.ts';

/** What the records of the steps are once an evaluation was stored and its actions were carried out. */
export function applyEvaluation(facts: StudentFacts, evaluation: Evaluation): StudentFacts {
  const before = new Map(facts.steps.map((record) => [record.step, record]));
  const acted = new Set<string>();
  const asked = new Set<string>();
  for (const action of evaluation.actions) {
    if (action.kind === 'plan-letters' || action.kind === 'open-referral') acted.add(action.step);
    if (action.kind === 'ask-approval') asked.add(action.step);
  }
  const judged = new Set(evaluation.steps.map((verdict) => verdict.step));
  const steps = evaluation.steps.flatMap((verdict): StepRecord[] => {
    const record = recordAfter(verdict, before.get(verdict.step), evaluation.asOf);
    if (record === null) return [];
    return [
      {
        ...record,
        acted: record.acted || acted.has(verdict.step),
        approval: asked.has(verdict.step) ? 'asked' : record.approval,
      },
    ];
  });
  const asksForNotes = evaluation.actions.some((action) => action.kind === 'ask-medical-notes');
  return {
    ...facts,
    // A step that the policy has no more may have no verdict, and keeps its record.
    steps: [...steps, ...facts.steps.filter((record) => !judged.has(record.step))],
    medical: asksForNotes ? { status: 'asked' } : facts.medical,
  };
}

/**
 * Owed, taken as a contact, or left to the school, for the first time, once more, or after it was not: it counts from
 * today. So does what a shadow has reached when the school goes live: nothing of it is owed once more on that day.
 */
export function isOwedAfresh(
  verdict: Pick<StepVerdict, 'state' | 'round' | 'reason'>,
  known: StepRecord | null | undefined,
): boolean {
  if (verdict.state === 'pre-existing')
    return known?.state === 'withdrawn' || verdict.reason === 'shadow-ended';
  if (verdict.state !== 'owed' && verdict.state !== 'taken') return false;
  if (known === undefined || known === null || known.round !== verdict.round) return true;
  return known.state !== 'owed' && known.state !== 'taken';
}

/** What is on record about a step once a verdict on it was stored; null for one that was never owed. */
export function recordAfter(
  verdict: StepVerdict,
  known: StepRecord | null | undefined,
  asOf: SchoolDate,
): StepRecord | null {
  if (verdict.state === null) return known ?? null;
  const owedAfresh = isOwedAfresh(verdict, known);
  return {
    step: verdict.step,
    state: verdict.state,
    owedOn: known === undefined || known === null || owedAfresh ? asOf : known.owedOn,
    takenOn: verdict.state === 'taken' ? (owedAfresh ? asOf : (known?.takenOn ?? asOf)) : null,
    superseded: verdict.superseded,
    skippedFor: verdict.skippedFor,
    acted: owedAfresh ? false : (known?.acted ?? false),
    round: verdict.round,
    shadow: verdict.shadow,
    outside: verdict.state === 'taken' && !owedAfresh && (known?.outside ?? false),
    policyVersion: verdict.policyVersion,
    approval: owedAfresh ? null : (known?.approval ?? null),
    // Whoever released a shadow did not release what it becomes when the school goes live.
    released: endsShadow(verdict) ? false : (known?.released ?? false),
    reachedBy: verdict.reachedBy,
  };
}

function endsShadow({ reason }: StepVerdict): boolean {
  return reason === 'shadow-ended' || reason === 'shadow-ended-below';
}
