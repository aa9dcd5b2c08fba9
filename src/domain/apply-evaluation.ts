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
  const steps = evaluation.steps.flatMap((verdict): StepRecord[] => {
    const record = recordOf(verdict, before.get(verdict.step), evaluation.asOf);
    if (record === null) return [];
    return [
      {
        ...record,
        acted: record.acted || acted.has(verdict.step),
        approval: asked.has(verdict.step) ? 'asked' : record.approval,
      },
    ];
  });
  return { ...facts, steps };
}

function recordOf(verdict: StepVerdict, known: StepRecord | undefined, asOf: SchoolDate): StepRecord | null {
  if (verdict.state === null) return known ?? null;
  const owedAfresh = verdict.state === 'owed' && known?.state !== 'owed';
  return {
    step: verdict.step,
    state: verdict.state,
    owedOn: known === undefined || owedAfresh ? asOf : known.owedOn,
    takenOn: verdict.state === 'taken' ? (known?.takenOn ?? asOf) : null,
    superseded: verdict.superseded,
    skippedFor: verdict.skippedFor,
    acted: owedAfresh ? false : (known?.acted ?? false),
    round: verdict.round,
    shadow: verdict.shadow,
    policyVersion: verdict.policyVersion,
    approval: owedAfresh ? null : (known?.approval ?? null),
    released: known?.released ?? false,
    reachedBy: verdict.reachedBy,
  };
}
