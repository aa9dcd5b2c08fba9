import type { SchoolCalendar } from '../domain/calendar.ts';
import type { ContractStanding } from '../domain/contract.ts';
import {
  type AskedContract,
  type ContractRefusal,
  type ContractSurroundings,
  isJudgedToItsEnd,
  judgeTerms,
} from '../domain/contract-terms.ts';
import { termsInWords } from '../domain/contract-words.ts';
import { primaryEnrolment } from '../domain/counting.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { addToFile } from '../store/attendance-files.ts';
import {
  codeTitles,
  contractsOf,
  endContract as endStored,
  findContract,
  insertContract,
  type StoredContract,
  signContract as signStored,
  withStanding,
} from '../store/contracts.ts';
import { type Db, inTransaction, type Tx } from '../store/database.ts';
import { findStudentId } from '../store/districts.ts';
import { markEvaluationDue } from '../store/evaluation-due.ts';
import type { StudentYear } from '../store/ladder-steps.ts';
import { findMeeting } from '../store/meetings.ts';
import { loadStudentFacts } from '../store/student-facts.ts';
import { lockStudent } from '../store/student-locks.ts';
import { closeTasks } from '../store/tasks.ts';
import { assess } from './assess.ts';
import { lookNow } from './baseline.ts';
import { endsTaskKey, violatedTaskKey } from './follow-contracts.ts';
import type { Moment, Procedure } from './procedure.ts';
import { stepTaskKey } from './step-tasks.ts';

export type AddedContract =
  | {
      readonly kind: 'added';
      readonly ref: string;
      /** False where the school year ends before a note for its last days could come in: nobody hears of its end. */
      readonly judgedToItsEnd: boolean;
    }
  | { readonly kind: 'unknown-student' | 'not-enrolled' }
  | ({ readonly kind: 'refused' } & ContractRefusal);

/**
 * A person records what was agreed with a family. It goes into the attendance file, and the student is decided about
 * anew. What the family refused goes into the file too, and is never watched.
 */
export async function addContract(
  db: Db,
  procedure: Procedure,
  asked: AskedContract & {
    student: string;
    by: string;
    note: string | null;
    /** Written down to be signed; it is watched once it is started. */
    draft?: boolean;
    /** Reference of the contract that it takes up. */
    follows?: string | null;
    /** Reference of the meeting in which it was agreed. */
    meeting?: string | null;
  },
  moment: Moment,
): Promise<AddedContract> {
  const studentId = await findStudentId(db, asked.student);
  if (studentId === null) return { kind: 'unknown-student' };
  const student: StudentYear = { studentId, schoolYear: procedure.schoolYear.id };
  return inTransaction(db, async (tx): Promise<AddedContract> => {
    await lockStudent(tx, studentId);
    const facts = await loadStudentFacts(tx, { id: studentId, schoolYear: student.schoolYear });
    const primary = primaryEnrolment(facts?.enrolments ?? [], moment.today);
    if (primary === null) return { kind: 'not-enrolled' };
    const calendar = procedure.calendarOf(primary.schoolSourcedId);
    const judged = judgeTerms(asked, await aroundTerms(tx, procedure, student, calendar, moment));
    if (judged.kind === 'refused') return judged;
    const { terms } = judged;
    const { signedOn, refused, by: agreedBy, note } = asked;
    const draft = asked.draft === true && !refused && signedOn === null;
    const follows = asked.follows == null ? null : await findContract(tx, asked.follows);
    const meeting = asked.meeting == null ? null : await findMeeting(tx, asked.meeting);
    const ofStudent = (one: { studentId: number; id: string } | null) =>
      one?.studentId === studentId ? one.id : null;
    const ref = await insertContract(
      tx,
      {
        ...student,
        ...terms,
        signedOn,
        refused,
        agreedBy,
        note,
        draft,
        followsId: ofStudent(follows),
        meetingId: ofStudent(meeting),
      },
      moment.now,
    );
    if (draft) {
      const title = `Attendance contract ${ref} drafted by ${agreedBy}: ${termsInWords(terms)}`;
      const entry = { onDate: moment.today, kind: 'decision', title } as const;
      await addToFile(tx, { ...student, now: moment.now }, entry);
      return { kind: 'added', ref, judgedToItsEnd: isJudgedToItsEnd(terms, calendar) };
    }
    const how = refused ? 'refused by the family' : signedOn === null ? 'agreed' : `signed on ${signedOn}`;
    const title = `Attendance contract ${ref} ${how}, recorded by ${agreedBy}: ${termsInWords(terms)}`;
    await fileContract(tx, student, title, moment);
    await closeAgreed(tx, procedure, student, refused ? 'contract-refused' : 'contract-agreed', moment);
    return { kind: 'added', ref, judgedToItsEnd: isJudgedToItsEnd(terms, calendar) };
  });
}

/** What terms are judged by. */
export async function aroundTerms(
  tx: Db,
  { policy }: Procedure,
  student: StudentYear,
  calendar: SchoolCalendar,
  { today }: Moment,
): Promise<ContractSurroundings> {
  const others = (await contractsOf(tx, student)).filter(({ state }) => state !== 'ended');
  const codes = [...(await codeTitles(tx)), ...policy.counting.codes.map(({ title }) => title)];
  return { calendar, codes, others, today };
}

/** The steps that ask for a contract have their answer. */
export async function closeAgreed(
  tx: Tx,
  { policy }: Procedure,
  student: StudentYear,
  reason: 'contract-refused' | 'contract-agreed',
  { today: on, now }: Moment,
): Promise<void> {
  const keys = policy.steps.map(({ id }) => stepTaskKey('agree-contract', student, id));
  await closeTasks(tx, { keys }, { reason, on, now });
}

export type ChangedContract =
  | { readonly kind: 'changed'; readonly contract: StoredContract }
  /** `over`: refused or ended before. `draft`: it is started, with its signature, and not signed. */
  | { readonly kind: 'unknown' | 'over' | 'signed-before' | 'draft' | 'day-to-come' };

/** The family has signed what was agreed before. */
export async function signContract(
  db: Db,
  signed: { ref: string; on: SchoolDate; by: string },
  moment: Moment,
): Promise<ChangedContract> {
  return changeContract(db, signed.ref, async (tx, contract) => {
    if (contract.state === 'draft') return { kind: 'draft' };
    if (contract.signedOn !== null) return { kind: 'signed-before' };
    if (signed.on > moment.today) return { kind: 'day-to-come' };
    if (!(await signStored(tx, contract.id, { on: signed.on, now: moment.now }))) return { kind: 'over' };
    const title = `Attendance contract ${contract.ref} signed on ${signed.on}, recorded by ${signed.by}`;
    await fileContract(tx, contract, title, moment);
    return { kind: 'changed', contract };
  });
}

/**
 * A person ends a contract before its time. What waits because of its violation is withdrawn with the next evaluation;
 * what has left because of it stands.
 */
export async function endContract(
  db: Db,
  ended: { ref: string; by: string; because: string },
  moment: Moment,
): Promise<ChangedContract> {
  return changeContract(db, ended.ref, async (tx, contract) => {
    const { today: on, now } = moment;
    if (!(await endStored(tx, contract.id, { ...ended, on, now }))) return { kind: 'over' };
    const keys = [violatedTaskKey(contract.id), endsTaskKey(contract.id)];
    await closeTasks(tx, { keys }, { reason: 'contract-ended', on, now });
    await fileContract(
      tx,
      contract,
      `Attendance contract ${contract.ref} ended by ${ended.by}: ${ended.because}`,
      moment,
    );
    return { kind: 'changed', contract };
  });
}

export async function changeContract(
  db: Db,
  ref: string,
  apply: (tx: Tx, contract: StoredContract) => Promise<ChangedContract>,
): Promise<ChangedContract> {
  const known = await findContract(db, ref);
  if (known === null) return { kind: 'unknown' };
  return inTransaction(db, async (tx) => {
    await lockStudent(tx, known.studentId);
    return apply(tx, (await findContract(tx, ref)) ?? known);
  });
}

/** A line in the file, and the student is decided about anew. */
export async function fileContract(
  tx: Tx,
  student: StudentYear,
  title: string,
  { today, now }: Moment,
): Promise<void> {
  await addToFile(tx, { ...student, now }, { onDate: today, kind: 'decision', title });
  await markEvaluationDue(tx, [student.studentId], 'contract', now);
}

export interface ShownContract {
  readonly contract: StoredContract;
  /** sourcedId. */
  readonly student: string;
  /** How it stands today; null for one that was refused, or of another school year. */
  readonly standing: ContractStanding | null;
}

/** @returns null when there is no such contract */
export async function showContract(
  db: Db,
  procedure: Procedure,
  ref: string,
  moment: Moment,
): Promise<ShownContract | null> {
  const contract = await findContract(db, ref);
  if (contract === null) return null;
  const facts = await loadStudentFacts(db, { id: contract.studentId, schoolYear: procedure.schoolYear.id });
  if (facts === null) return null;
  const { contracts } = assess(facts, procedure, await lookNow(db, procedure, moment)).evaluation;
  const standing = contracts.find((one) => one.ref === contract.ref) ?? null;
  return { contract: withStanding(contract, standing), student: facts.sourcedId, standing };
}
