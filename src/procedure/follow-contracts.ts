import type { ContractStanding } from '../domain/contract.ts';
import { holdsOn } from '../domain/ladder-blocks.ts';
import type { Policy, Work } from '../domain/policy.ts';
import { addToFile } from '../store/attendance-files.ts';
import { endContract, recordStanding, type StoredContract, watchedContracts } from '../store/contracts.ts';
import type { Tx } from '../store/database.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import type { StoredFacts } from '../store/student-facts.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import type { Assessment } from './assess.ts';
import { keepEvidence } from './contract-evidence.ts';
import type { Moment, Procedure } from './procedure.ts';

interface Assessed {
  readonly facts: StoredFacts;
  readonly assessment: Assessment;
}

/**
 * Tells staff what has become of attendance contracts: violated, violated no more, or kept to the end; each of them
 * once. Nobody is told of the contract of a student who has left, and none of those is called kept.
 */
export async function followContracts(
  tx: Tx,
  procedure: Procedure,
  assessed: readonly Assessed[],
  moment: Moment,
): Promise<void> {
  const concerned = assessed.filter((one) => isTold(one, procedure, moment));
  const ids = concerned.map(({ facts }) => facts.studentId);
  const contracts = await watchedContracts(tx, ids, procedure.schoolYear.id);
  for (const assessed of concerned) {
    const { facts, assessment } = assessed;
    for (const contract of contracts.filter(({ studentId }) => studentId === facts.studentId)) {
      const standing = assessment.evaluation.contracts.find(({ ref }) => ref === contract.ref);
      if (standing === undefined) continue;
      const schoolId = facts.active ? assessment.primarySchoolId : null;
      if (schoolId === null) await followLeaver(tx, contract, standing, moment);
      else await follow(tx, procedure, { contract, standing, schoolId, assessed }, moment);
    }
  }
}

/** Two tasks with the same key are never open together. */
export function violatedTaskKey(contractId: string): string {
  return `contract-violated:${contractId}`;
}

function isTold(
  { facts, assessment: { evaluation } }: Assessed,
  procedure: Procedure,
  { today }: Moment,
): boolean {
  if (evaluation.contracts.length === 0 || evaluation.mode === 'shadow') return false;
  if (!procedure.calendarOf(null).inSession(today)) return false;
  return !facts.holds.some((hold) => hold.scope === 'absolute' && holdsOn(hold, today));
}

interface Followed {
  readonly contract: StoredContract;
  readonly standing: ContractStanding;
  readonly schoolId: number;
  readonly assessed: Assessed;
}

async function follow(tx: Tx, procedure: Procedure, followed: Followed, moment: Moment): Promise<void> {
  const { contract, standing, assessed } = followed;
  const state = standing.kind === 'kept' ? 'kept' : 'in-force';
  if (state === contract.state && standing.on === contract.violatedOn) return;
  const { id, ref } = contract;
  const { now, today: on } = moment;
  await recordStanding(tx, id, { state, violatedOn: standing.on, now });
  const closed = async (key: string, reason: string) => closeTasks(tx, { keys: [key] }, { reason, on, now });
  if (standing.on !== null && contract.violatedOn === null) {
    await closed(keptTaskKey(id), 'contract-violated');
    await closed(excusedTaskKey(id), 'contract-violated');
    await closed(endsTaskKey(id), 'contract-violated');
    const evidence = await keepEvidence(tx, procedure, { contract, standing, ...assessed }, moment);
    await tell(tx, followed, `Attendance contract ${ref} is violated since ${standing.on}`, moment, evidence);
    const detail = `${ref}, since ${standing.on}`;
    await ask(
      tx,
      procedure,
      followed,
      { kind: 'contract-violated', key: violatedTaskKey(id), detail },
      moment,
    );
  }
  if (standing.on === null && contract.violatedOn !== null) {
    const evidence = await keepEvidence(tx, procedure, { contract, standing, ...assessed }, moment);
    const title = `Attendance contract ${ref} is no longer violated: its days were corrected`;
    await tell(tx, followed, title, moment, evidence);
    // Whoever has acted on the violation has to hear that it was none.
    if ((await closed(violatedTaskKey(id), 'violation-excused')) === 0) {
      const task = { kind: 'contract-violation-excused', key: excusedTaskKey(id), detail: ref };
      await ask(tx, procedure, followed, task, moment);
    }
  }
  if (state === 'kept') {
    await closed(endsTaskKey(id), 'contract-kept');
    await tell(tx, followed, `Attendance contract ${ref} was kept to its end, ${contract.ends}`, moment);
    await ask(tx, procedure, followed, { kind: 'contract-kept', key: keptTaskKey(id), detail: ref }, moment);
  } else if (contract.state === 'kept') {
    await closed(keptTaskKey(id), 'contract-running');
  }
}

/** Its end says nothing about whoever was no longer here; a violation is told when the student returns. */
async function followLeaver(
  tx: Tx,
  contract: StoredContract,
  standing: ContractStanding,
  moment: Moment,
): Promise<void> {
  const { id, ref, studentId, schoolYear, state } = contract;
  const { now, today: on } = moment;
  if (standing.kind === 'kept' && state === 'in-force') {
    const because = 'the student had left before its end';
    await endContract(tx, id, { by: 'Rollcall', because, on, now });
    const title = `Attendance contract ${ref} ended: ${because}`;
    await addToFile(tx, { studentId, schoolYear, now }, { onDate: on, kind: 'decision', title });
    await markEvaluationDue(tx, [studentId], 'contract', now);
  } else if (contract.violatedOn !== null) {
    await closeTasks(tx, { keys: [violatedTaskKey(id)] }, { reason: 'left', on, now });
    await recordStanding(tx, id, { state: 'in-force', violatedOn: null, now });
  }
}

async function tell(
  tx: Tx,
  { contract }: Followed,
  title: string,
  { today, now }: Moment,
  documentId: string | null = null,
): Promise<void> {
  const { studentId, schoolYear } = contract;
  const entry = { onDate: today, kind: 'decision', title, documentId } as const;
  await addToFile(tx, { studentId, schoolYear, now }, entry);
}

async function ask(
  tx: Tx,
  { policy, calendarOf }: Procedure,
  { contract, schoolId }: Followed,
  task: { kind: string; key: string; detail: string },
  { today, now }: Moment,
): Promise<void> {
  const { role, dueInSchoolDays } = contractWork(policy);
  const { studentId, schoolYear } = contract;
  const dueOn = calendarOf(null).addSchoolDays(today, dueInSchoolDays) ?? today;
  await openTask(tx, { ...task, role, openedOn: today, dueOn, studentId, schoolId, schoolYear }, now);
}

/** Whoever sees to contracts hears of them: as the policy says, else the administrator. */
export function contractWork({ steps }: Policy): Work {
  const asked = steps.find(({ contract }) => contract !== null)?.contract;
  return asked ?? { role: 'administrator', dueInSchoolDays: 2 };
}

export function keptTaskKey(contractId: string): string {
  return `contract-kept:${contractId}`;
}

export function endsTaskKey(contractId: string): string {
  return `contract-ends:${contractId}`;
}

function excusedTaskKey(contractId: string): string {
  return `contract-violation-excused:${contractId}`;
}
