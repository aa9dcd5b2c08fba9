/** Why something that was recorded by mistake cannot be taken back. */
export type NotTakenBack =
  /** Nothing of the kind is recorded. */
  | { readonly kind: 'nothing-recorded' }
  | { readonly kind: 'absolute-hold' }
  | { readonly kind: 'too-late'; readonly hours: number }
  /** The truancy officer has a file that rests on it. */
  | { readonly kind: 'sent-to-officer' }
  /** Whoever was invited has heard that the meeting is off. */
  | { readonly kind: 'invited-told' }
  /** Somebody has gone on from it. */
  | { readonly kind: 'followed' };

/** What can be taken back, each with what to do where it cannot. */
const INSTEAD = {
  contact: 'log what is right beside it',
  meeting: 'write what is right into a note with the student’s documents',
  signature: 'end the contract, and record a new one',
  outcome: 'record the outcome that is right; the latest one counts',
} as const;

/** A sentence that says why it stays, and what to do instead. */
export function notTakenBackInWords(why: NotTakenBack, what: keyof typeof INSTEAD): string {
  const instead = INSTEAD[what];
  switch (why.kind) {
    case 'nothing-recorded':
      return 'There is nothing of the kind to take back.';
    case 'absolute-hold':
      return 'A hold stops everything about this student.';
    case 'too-late':
      return `It was recorded more than ${why.hours} hours ago: it stays. Please ${instead}.`;
    case 'sent-to-officer':
      return `The truancy officer has a file that rests on it: it stays. Please ${instead}, and tell the officer.`;
    case 'invited-told':
      return 'Whoever was invited has heard that the meeting is off: it stays. Please schedule a new meeting.';
    case 'followed':
      return `Somebody has gone on from it, with another meeting or the decision that none is needed: it stays. Please ${instead}.`;
  }
}
