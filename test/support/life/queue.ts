import { evaluateStudent } from '../../../jobs/evaluate-student.ts';
import { evaluateStudents } from '../../../jobs/evaluate-students.ts';
import type { AnyJob, JobItem } from '../../../src/queue/define-job.ts';
import type { District } from './district.ts';
import type { Family } from './family.ts';
import { seeLetters } from './letters.ts';

/** Sorts what was enqueued to whom it is about. One that waits already is not enqueued twice, as in the real queue. */
export async function sortEnqueued(district: District): Promise<void> {
  const items = district.enqueued.splice(0);
  const letterIds = items.flatMap(({ payload }) => letterOf(payload) ?? []);
  if (letterIds.some((id) => !district.letters.has(id)))
    district.letters = await seeLetters(district.office.db);
  for (const item of items) {
    if (item.job.name === evaluateStudents.name) splitBatch(district, item);
    else push(ownerOf(district, item.payload)?.queue ?? district.others, item);
  }
}

function keyOf({ job, payload }: JobItem): string {
  return `${job.name} ${(job as AnyJob).key(payload as never)}`;
}

function push(queue: JobItem[], item: JobItem): void {
  if (!queue.some((waiting) => keyOf(waiting) === keyOf(item))) queue.push(item);
}

function ownerOf(district: District, payload: unknown): Family | undefined {
  const letter = district.letters.get(letterOf(payload) ?? '');
  const { studentId } = payload as { studentId?: number };
  return district.students.get(letter?.student ?? studentId ?? Number.NaN);
}

function letterOf(payload: unknown): string | null {
  return (payload as { letterId?: string }).letterId ?? null;
}

/** Some go alone, each at a time of its own. */
function splitBatch(district: District, { payload }: JobItem): void {
  const { studentIds } = payload as { studentIds: number[] };
  const together: number[] = [];
  for (const studentId of studentIds) {
    const family = district.students.get(studentId);
    if (family?.random.chance(0.2)) push(family.queue, { job: evaluateStudent, payload: { studentId } });
    else together.push(studentId);
  }
  if (together.length > 0) district.others.push({ job: evaluateStudents, payload: { studentIds: together } });
}
