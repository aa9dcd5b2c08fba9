/** What the truancy officer can say about a case, in the order in which it is offered. */
export const CASE_OUTCOMES = {
  accepted: { label: 'Accepted', hint: 'The case is under review.', ends: false },
  'family-contacted': {
    label: 'Family contacted',
    hint: 'The officer has spoken with the family.',
    ends: false,
  },
  agreement: {
    label: 'Agreement with the family',
    hint: 'The case waits for the family to keep it.',
    ends: false,
  },
  returned: { label: 'Returned to the school', hint: 'The school goes on with it.', ends: true },
  'court-filed': { label: 'Filed with the court', hint: '', ends: true },
  closed: { label: 'Closed', hint: 'Nothing more is done.', ends: true },
} as const satisfies Record<string, { label: string; hint: string; ends: boolean }>;

export type CaseOutcome = keyof typeof CASE_OUTCOMES;

export const caseOutcomes = Object.keys(CASE_OUTCOMES) as CaseOutcome[];

function isCaseOutcome(word: string): word is CaseOutcome {
  return word in CASE_OUTCOMES;
}

/** @param outcome as it is kept; null: none */
export function outcomeInWords(outcome: string | null): string {
  if (outcome === null) return 'none yet';
  return isCaseOutcome(outcome) ? CASE_OUTCOMES[outcome].label : outcome;
}
