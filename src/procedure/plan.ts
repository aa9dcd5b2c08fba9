import { mappedCodes } from '../domain/code-table.ts';
import { roleWords } from '../domain/plain-words.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from '../store/database.ts';
import { listSchools } from '../store/districts.ts';
import { findDueWork } from '../store/due-work.ts';
import { listWaitingSteps, type WaitingStep } from '../store/overview.ts';
import { eachFacts } from '../store/student-facts.ts';
import { listUnmappedCodes, type UnmappedCode } from '../store/unmapped-codes.ts';
import { type Assessment, assess } from './assess.ts';
import { lookNow } from './baseline.ts';
import { dueAt, type Moment, type Procedure } from './procedure.ts';

/** What would happen, and what waits. Students by sourcedId; totals per school and step. */
export interface Plan {
  readonly asOf: SchoolDate;
  readonly studentsLookedAt: number;
  readonly actions: readonly {
    readonly student: string;
    readonly name: string;
    readonly school: string;
    readonly step: string;
    readonly what: string;
    readonly how: string;
    /** The last day that the law leaves for the step; null: no law sets any. */
    readonly lastDay: SchoolDate | null;
  }[];
  readonly totals: readonly {
    readonly school: string;
    readonly step: string;
    readonly what: string;
    readonly how: string;
    readonly count: number;
    /** The nearest of their last days. */
    readonly lastDay: SchoolDate | null;
  }[];
  /** Everybody for whom a step waits, also where nothing is to be decided about now; one line for each reason. */
  readonly waiting: readonly WaitingStep[];
  readonly blocked: readonly {
    readonly step: string;
    readonly reason: string;
    readonly students: number;
    /** The nearest of their last days. */
    readonly lastDay: SchoolDate | null;
  }[];
  readonly unmappedCodes: readonly UnmappedCode[];
}

/** Assesses every student whose answer may have changed, on what the last sync brought, and writes nothing. */
export async function planCycle(
  db: Db,
  procedure: Procedure,
  moment: Moment,
  progress: (done: number, all: number) => void,
): Promise<Plan> {
  const due = await findDueWork(db, dueAt(procedure, moment));
  const schools = new Map((await listSchools(db)).map((school) => [school.id, school.name]));
  const actions: Plan['actions'][number][] = [];
  const waiting: WaitingStep[] = [];
  // Of those who are looked at: steps whose letters or packet are on their way already.
  const onItsWay = new Map<string, ReadonlySet<string>>();
  const look = await lookNow(db, procedure, moment);
  let done = 0;
  for await (const facts of eachFacts(db, due.evaluations, procedure.schoolYear.id)) {
    progress(++done, due.evaluations.length);
    const assessment = assess(facts, procedure, look);
    const school = schools.get(assessment.primarySchoolId ?? -1) ?? 'not enrolled';
    const about = { student: facts.sourcedId, name: `${facts.givenName} ${facts.familyName}`, school };
    for (const planned of plannedActions(assessment)) {
      const verdict = assessment.evaluation.steps.find(({ step }) => step === planned.step);
      actions.push({ ...about, ...planned, lastDay: verdict?.deadline ?? null });
    }
    onItsWay.set(facts.sourcedId, actedOn(assessment));
    for (const { step, blocks, deadline } of assessment.evaluation.steps) {
      waiting.push(...blocks.map(({ kind }) => ({ ...about, step, reason: kind, lastDay: deadline })));
    }
  }
  // Of everybody else, and of what goes on as it is, the database knows what it waits for.
  for (const row of await listWaitingSteps(db, procedure.schoolYear.id)) {
    if (onItsWay.get(row.student)?.has(row.step) ?? true) waiting.push(row);
  }
  return {
    asOf: moment.today,
    studentsLookedAt: due.evaluations.length,
    actions,
    totals: grouped(actions, ({ school, step, what, how }) => ({ school, step, what, how })).map(
      ([row, same]) => ({ ...row, count: same.length, lastDay: nearest(same.map(({ lastDay }) => lastDay)) }),
    ),
    waiting,
    blocked: grouped(waiting, ({ step, reason }) => ({ step, reason })).map(([row, same]) => ({
      ...row,
      students: same.length,
      lastDay: nearest(same.map(({ lastDay }) => lastDay)),
    })),
    unmappedCodes: await listUnmappedCodes(db, {
      schoolYear: procedure.schoolYear.id,
      today: moment.today,
      mapped: mappedCodes(procedure.policy.counting),
    }),
  };
}

/** Owed, with nothing in the way, and nothing to be done any more. */
function actedOn({ evaluation: { steps, actions } }: Assessment): ReadonlySet<string> {
  const goOn = steps.filter(
    ({ step, state, blocks }) =>
      state === 'owed' && blocks.length === 0 && !actions.some((action) => action.step === step),
  );
  return new Set(goOn.map(({ step }) => step));
}

function plannedActions(assessment: Assessment): { step: string; what: string; how: string }[] {
  return assessment.evaluation.actions.flatMap((action) => {
    switch (action.kind) {
      case 'plan-letters':
        return assessment.recipients.letters.map((letter) => ({
          step: action.step,
          what: 'letter',
          how: letter.channel === 'email' ? 'e-mail' : `paper (${letter.channelReason})`,
        }));
      case 'open-task':
        return [{ step: action.step, what: 'task', how: `${action.task} for ${action.role}` }];
      case 'ask-approval':
        return [{ step: action.step, what: 'approval', how: `asked of the ${roleWords(action.role)}` }];
      case 'take':
        return [];
      case 'open-referral':
        return [{ step: action.step, what: action.kind, how: reachedInWords(assessment, action.step) }];
      default:
        return [{ step: action.step, what: action.kind, how: 'reason' in action ? action.reason : '' }];
    }
  });
}

/** A count says nothing more of itself. */
function reachedInWords({ evaluation }: Assessment, step: string): string {
  const verdict = evaluation.steps.find((one) => one.step === step);
  return verdict?.reachedBy === 'contract' ? 'contract violated' : '';
}

/** Items that make the same row, row by row. */
function grouped<T, Row extends object>(items: readonly T[], row: (item: T) => Row): [Row, T[]][] {
  const groups = new Map<string, [Row, T[]]>();
  for (const item of items) {
    const key = row(item);
    const id = JSON.stringify(key);
    const entry = groups.get(id);
    if (entry === undefined) groups.set(id, [key, [item]]);
    else entry[1].push(item);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

function nearest(dates: readonly (SchoolDate | null)[]): SchoolDate | null {
  return dates.filter((date) => date !== null).sort()[0] ?? null;
}
