import type { Role } from '../domain/policy.ts';
import type { Assessment } from './assess.ts';

/** What a school does by itself for as long as Rollcall may only tell it of its tasks. */
export const ownWork = {
  letter: { kind: 'letter-due', role: 'attendance-clerk' },
  referral: { kind: 'referral-due', role: 'administrator' },
} as const satisfies Record<string, { kind: string; role: Role }>;

/** Two tasks with the same key are never open together. */
export function stepTaskKey(task: string, student: { studentId: number; schoolYear: string }, step: string) {
  return `${task}:${student.studentId}:${student.schoolYear}:${step}`;
}

/** Whose staff are asked, and whose mode says whether they are: of who has left, the last school. */
export function schoolOfTasks({ primarySchoolId, homeSchoolId }: Assessment): number | null {
  return primarySchoolId ?? homeSchoolId;
}
