import type { FaultName } from './faults.ts';

/**
 * What the product does with a read on which the fault lies. `retried`: comes through when the server recovers, and
 * fails in plain words when it does not. `tolerated`: the read is applied, and what was odd is counted at most.
 * `quarantined`: it came and looks wrong; nothing changes and a person is told. `failed`: it could not be read;
 * nothing changes.
 */
export type ExpectedOutcome = 'retried' | 'tolerated' | 'quarantined' | 'failed';

export const expectedOutcomes: Readonly<Record<FaultName, ExpectedOutcome>> = {
  'token-revoked': 'tolerated',
  'rate-limited': 'retried',
  'bad-gateway': 'retried',
  'gateway-timeout': 'retried',
  'html-with-200': 'quarantined',
  'empty-body': 'retried',
  'truncated-json': 'retried',
  'stalled-body': 'retried',
  'dripping-body': 'retried',
  'byte-order-mark': 'tolerated',
  'demographics-forbidden': 'tolerated',
  'no-guardians-endpoint': 'tolerated',
  'attendance-not-found': 'failed',
  'odd-expiry': 'tolerated',
  'no-expiry': 'tolerated',
  'no-total-count': 'tolerated',
  'wrong-total-count': 'quarantined',
  'no-link': 'tolerated',
  'clamped-limit': 'tolerated',
  'rows-shift': 'tolerated',
  'sort-refused': 'tolerated',
  'no-delta-filter': 'tolerated',
  'link-loop': 'quarantined',
  'cross-origin-link': 'quarantined',
  'empty-200': 'quarantined',
  'missing-envelope-key': 'quarantined',
  'school-for-org': 'tolerated',
  'one-school-missing': 'tolerated',
  'school-without-absences': 'quarantined',
  'vanished-rows': 'quarantined',
  'forgotten-tombstones': 'tolerated',
  'missing-status': 'tolerated',
  'odd-scalars': 'tolerated',
  'object-for-list': 'tolerated',
  'role-case': 'tolerated',
  'agents-on-students-only': 'tolerated',
  'agents-on-guardians-only': 'tolerated',
  'no-agents': 'tolerated',
  'dangling-agents': 'tolerated',
  'changed-sourced-ids': 'tolerated',
  'tombstone-flood': 'quarantined',
  'duplicate-ids': 'tolerated',
  'year-vanished': 'quarantined',
  rollover: 'quarantined',
};
