/** What is kept of everything that a person does: looks, changes and disclosures. One word each, in the past. */
export const AUDIT_ACTIONS = [
  // Sign-in
  'signed-in',
  'signed-out',
  'sessions-revoked',
  'link-used',
  'code-refused',
  // Looks
  'tasks-viewed',
  'task-viewed',
  'files-listed',
  'file-viewed',
  'letter-viewed',
  'document-viewed',
  'packet-viewed',
  'list-viewed',
  'summary-viewed',
  'audit-read',
  // Of what there is and is not this person's business, or of what the person may not do
  'refused',
  // Changes
  'task-done',
  'task-snoozed',
  'absence-noted',
  'contact-logged',
  'contact-undone',
  'document-added',
  'document-reclassified',
  'document-removed',
  'document-key-rotated',
  'document-key-destroyed',
  'meeting-scheduled',
  'meeting-changed',
  'meeting-cancelled',
  'meeting-recorded',
  'meeting-outcome-undone',
  'meeting-not-needed',
  'contract-drafted',
  'contract-started',
  'contract-signed',
  'contract-signature-undone',
  'contract-ended',
  'contract-renewed',
  'contract-kept-told',
  'hold-placed',
  'hold-changed',
  'hold-ended',
  'approval-answered',
  'batch-answered',
  'brake-released',
  'sending-stopped',
  'sending-resumed',
  'letter-resolved',
  'letter-recalled',
  'letter-reissued',
  'letter-corrected',
  'letters-imported',
  'letters-removed',
  'prints-downloaded',
  'prints-confirmed',
  'post-returned',
  'addresses-trusted',
  'medical-status-set',
  'adult-answered',
  'baseline-released',
  'run-released',
  'staff-accepted',
  'referral-released',
  'referral-copied',
  'question-answered',
  'packet-built',
  'packet-withdrawn',
  'database-restored',
  'restore-settled',
  'legal-hold-placed',
  'legal-hold-ended',
  'records-destroyed',
  'key-rotated',
  'year-archived',
  // Disclosures and what the officer does
  'student-exported',
  'packet-disclosed',
  'correction-disclosed',
  'packet-received',
  'outcome-recorded',
  'outcome-undone',
  'question-asked',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditActor {
  readonly kind: 'staff' | 'officer' | 'command-line' | 'system';
  readonly name: string;
  readonly email: string | null;
}

/** Whoever types a command, by the name that `--by` gives. */
export function atCommandLine(name: string): AuditActor {
  return { kind: 'command-line', name, email: null };
}

/** What goes on record as the name of Rollcall itself. */
export const OURSELVES = 'Rollcall';

/** Rollcall does it without being asked just then. @param name whose doing it completes */
export function byItself(name: string = OURSELVES): AuditActor {
  return { kind: 'system', name, email: null };
}

export interface AuditEvent {
  readonly at: Date;
  readonly actor: AuditActor;
  /** Network address; null: this machine. */
  readonly from: string | null;
  readonly action: AuditAction;
  /** Our own id. */
  readonly studentId?: number | null;
  /** Reference of what it was done to. */
  readonly subject?: string | null;
  /** Ids, references, states, counts, and addresses of staff: nothing personal of families. */
  readonly detail?: AuditDetail;
}

export type AuditDetail = Readonly<Record<string, string | number | boolean | null>>;
