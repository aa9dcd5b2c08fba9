/** What one run has read and not yet applied: a partition per table and run, which goes with the run. */
export const stageTables = [
  'stage_school',
  'stage_student',
  'stage_deleted_person',
  'stage_alias',
  'stage_enrolment',
  'stage_guardian',
  'stage_link',
  'stage_demographics',
  'stage_contact',
  'stage_code',
  'stage_absence',
  'stage_unmet',
] as const;

export type StageTable = (typeof stageTables)[number];

/** @param runId UUID */
export function partitionOf(table: StageTable, runId: string): string {
  return `${table}_${runId.replaceAll('-', '').toLowerCase()}`;
}
