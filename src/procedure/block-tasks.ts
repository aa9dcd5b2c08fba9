import type { Block } from '../domain/ladder-facts.ts';
import type { Tx } from '../store/database.ts';
import { hasOwedStep, type StudentYear } from '../store/ladder-steps.ts';
import type { StoredFacts } from '../store/student-facts.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import { CONFIRM_ADULT } from './adult-answer.ts';
import type { Assessment } from './assess.ts';
import type { Moment, Procedure } from './procedure.ts';
import { schoolOfTasks } from './step-tasks.ts';

const DUE_IN_SCHOOL_DAYS = 2;

/** Reasons to wait that only a person can remove. A hold has an owner already, and time removes the others. */
const tasksOfBlocks: Partial<Record<Block['kind'], { kind: string; role: string }>> = {
  'unmapped-code': { kind: 'unmapped-code', role: 'attendance-clerk' },
  unmeasured: { kind: 'unmeasured-absence', role: 'attendance-clerk' },
  'contradictory-record': { kind: 'data-problem', role: 'attendance-clerk' },
  'contradictory-guardianship': { kind: 'data-problem', role: 'attendance-clerk' },
  'unknown-age': { kind: 'data-problem', role: 'attendance-clerk' },
  'no-recipient': { kind: 'no-recipient', role: 'attendance-clerk' },
  'age-18': { kind: CONFIRM_ADULT, role: 'administrator' },
};

/** What the person has to look at, as a code word or as dates. */
function detailOf(block: Block): string {
  return block.kind === 'unmeasured' ? block.dates.join(', ') : block.kind;
}

/** About a student who is dead, missing or no longer here nobody is asked anything. */
const asksNobody: ReadonlySet<Block['kind']> = new Set(['absolute', 'not-enrolled']);

/**
 * An owed step that waits for a person raises a task, never silence; the task closes when the reason is gone.
 * @param others steps that are taken, and whose letters or file have yet to leave: they wait for the same reasons
 */
export async function keepBlockTasks(
  tx: Tx,
  procedure: Procedure,
  decision: { facts: StoredFacts; assessment: Assessment },
  moment: Moment,
  others: readonly { readonly step: string; readonly blocks: readonly Block[] }[] = [],
): Promise<void> {
  const { facts, assessment } = decision;
  const calendar = procedure.calendarOf(null);
  const student = { studentId: facts.studentId, schoolYear: procedure.schoolYear.id };
  const key = (kind: string) => blockTaskKey(kind, student);
  const blocking = new Set<string>();
  const owed = assessment.evaluation.steps.filter(({ state }) => state === 'owed');
  for (const { step, blocks } of [...owed, ...others]) {
    if (blocks.some(({ kind }) => asksNobody.has(kind))) continue;
    for (const block of blocks) {
      const task = tasksOfBlocks[block.kind];
      if (task === undefined || blocking.has(block.kind)) continue;
      blocking.add(block.kind);
      await openTask(
        tx,
        {
          key: key(block.kind),
          kind: task.kind,
          role: task.role,
          openedOn: moment.today,
          dueOn: calendar.addSchoolDays(moment.today, DUE_IN_SCHOOL_DAYS) ?? moment.today,
          ...student,
          schoolId: schoolOfTasks(assessment),
          step,
          detail: detailOf(block),
          shadow: assessment.evaluation.mode === 'shadow',
        },
        moment.now,
      );
    }
  }

  if (others.length === 0 && !facts.steps.some((step) => step.state === 'owed')) return;
  const gone = Object.keys(tasksOfBlocks).filter((kind) => !blocking.has(kind));
  await closeTasks(
    tx,
    { keys: gone.map(key) },
    { reason: 'no-longer-blocked', on: moment.today, now: moment.now },
  );
}

/** A step was taken outside. With no other that is owed nothing keeps a step waiting, and nobody is asked to see to it. */
export async function closeUnblocked(tx: Tx, student: StudentYear, { now, today }: Moment): Promise<void> {
  if (await hasOwedStep(tx, student)) return;
  const keys = Object.keys(tasksOfBlocks).map((kind) => blockTaskKey(kind, student));
  await closeTasks(tx, { keys }, { reason: 'no-longer-blocked', on: today, now });
}

function blockTaskKey(kind: string, { studentId, schoolYear }: StudentYear): string {
  return `${kind}:${studentId}:${schoolYear}`;
}
