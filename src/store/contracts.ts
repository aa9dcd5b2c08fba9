import { sql } from 'kysely';
import type { Contract, ContractStanding, ContractTerms } from '../domain/contract.ts';
import { days, formatDays } from '../domain/days.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { underAbsoluteHold } from './absolute-hold.ts';
import type { Db } from './database.ts';
import type { StudentYear } from './ladder-steps.ts';
import { newReference } from './references.ts';
import type { AttendanceContractTable } from './tables/files.ts';

export interface NewContract extends StudentYear, ContractTerms {
  readonly signedOn: SchoolDate | null;
  /** The family did not agree: the contract is kept on record and never watched. */
  readonly refused: boolean;
  readonly agreedBy: string;
  readonly note: string | null;
  /** Written down, not agreed yet, and not watched. */
  readonly draft: boolean;
  /** Our own id of the contract that it takes up; null: none. */
  readonly followsId: string | null;
  /** Our own id of the meeting in which it was agreed; null: in none, or in one that is not on record. */
  readonly meetingId: string | null;
}

export interface StoredContract extends Omit<NewContract, 'draft'> {
  readonly id: string;
  readonly ref: string;
  readonly state: AttendanceContractTable['state'];
  /** Staff were told that it is violated since this day. */
  readonly violatedOn: SchoolDate | null;
  readonly endedOn: SchoolDate | null;
  readonly endedBy: string | null;
  readonly endedBecause: string | null;
  /** The signed scan. */
  readonly documentId: string | null;
  /** What its violation rests on, or why it is none any more. */
  readonly evidenceDocumentId: string | null;
}

/** How a contract stands for people: as `state`, but for what is told of it beside. */
export const contractStates = ['draft', 'in-force', 'violated', 'kept', 'ended', 'refused'] as const;
export type ContractState = (typeof contractStates)[number];

export function shownState(
  contract: Pick<StoredContract, 'state' | 'refused' | 'violatedOn'>,
): ContractState {
  if (contract.refused) return 'refused';
  return contract.state === 'in-force' && contract.violatedOn !== null ? 'violated' : contract.state;
}

/**
 * A contract as it stands by an evaluation, whether staff were told or not: in shadow mode nobody is.
 * @param standing null where none is known
 */
export function withStanding<C extends StoredContract>(
  contract: C,
  standing: Pick<ContractStanding, 'kind' | 'on'> | null,
): C {
  if (standing === null || contract.state === 'ended' || contract.state === 'draft') return contract;
  return { ...contract, state: standing.kind === 'kept' ? 'kept' : 'in-force', violatedOn: standing.on };
}

/** @returns the reference of the contract */
export async function insertContract(tx: Db, contract: NewContract, now: Date): Promise<string> {
  const ref = newReference('C');
  await tx
    .insertInto('attendance_contract')
    .values({
      ref,
      student_id: contract.studentId,
      school_year: contract.schoolYear,
      begins: contract.begins,
      ends: contract.ends,
      allowed_days: formatDays(contract.allowedDays),
      basis: contract.basis,
      grace_days: contract.graceDays,
      except_codes: JSON.stringify(contract.exceptCodes),
      state: contract.refused ? 'ended' : contract.draft ? 'draft' : 'in-force',
      signed_on: contract.signedOn,
      signature_recorded_at: contract.signedOn === null ? null : now,
      refused: contract.refused,
      agreed_by: contract.agreedBy,
      note: contract.note,
      follows: contract.followsId,
      meeting_id: contract.meetingId,
      changed_at: now,
      created_at: now,
    })
    .execute();
  return ref;
}

export async function findContract(db: Db, ref: string): Promise<StoredContract | null> {
  const row = await db
    .selectFrom('attendance_contract')
    .selectAll()
    .where('ref', '=', ref.toUpperCase())
    .executeTakeFirst();
  return row === undefined ? null : asContract(row);
}

/** Every contract of a student and school year, refused and ended ones included but no drafts, those that begin first at the top. */
export async function contractsOf(db: Db, student: StudentYear): Promise<StoredContract[]> {
  const rows = await db
    .selectFrom('attendance_contract')
    .selectAll()
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .where('state', '<>', 'draft')
    .orderBy('begins')
    .orderBy('ref')
    .execute();
  return rows.map(asContract);
}

/** The same for many students in one statement. */
export async function watchedContracts(
  db: Db,
  studentIds: readonly number[],
  schoolYear: string,
): Promise<StoredContract[]> {
  if (studentIds.length === 0) return [];
  const rows = await db
    .selectFrom('attendance_contract')
    .selectAll()
    .where('student_id', 'in', [...studentIds])
    .where('school_year', '=', schoolYear)
    .where('state', 'in', ['in-force', 'kept'])
    .orderBy('student_id')
    .orderBy('ref')
    .execute();
  return rows.map(asContract);
}

/** The family has signed. @returns false when it is a draft, was refused, has ended or was signed before */
export async function signContract(
  tx: Db,
  id: string,
  signed: { on: SchoolDate; now: Date },
): Promise<boolean> {
  const result = await tx
    .updateTable('attendance_contract')
    .set({ signed_on: signed.on, signature_recorded_at: signed.now, changed_at: signed.now })
    .where('id', '=', id)
    .where('state', 'in', ['in-force', 'kept'])
    .where('signed_on', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** It is watched no more. @returns false when it was over before */
export async function endContract(
  tx: Db,
  id: string,
  ended: { by: string; because: string; on: SchoolDate; now: Date },
): Promise<boolean> {
  const result = await tx
    .updateTable('attendance_contract')
    .set({
      state: 'ended',
      ended_on: ended.on,
      ended_at: ended.now,
      ended_by: ended.by,
      ended_because: ended.because,
      changed_at: ended.now,
    })
    .where('id', '=', id)
    .where('state', '=', 'in-force')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** What staff are told of a contract from now on. */
export async function recordStanding(
  tx: Db,
  id: string,
  standing: { state: 'in-force' | 'kept'; violatedOn: SchoolDate | null; now: Date },
): Promise<void> {
  await tx
    .updateTable('attendance_contract')
    .set({ state: standing.state, violated_on: standing.violatedOn, changed_at: standing.now })
    .where('id', '=', id)
    .execute();
}

export interface ListedContract extends StoredContract {
  readonly student: string;
  readonly name: string;
  readonly school: string;
}

/**
 * Contracts by school and name, as they stand by the evaluations in force; those of students of whom nothing may be said are left out.
 * @param at `school`: sourcedId of the primary school; null: all
 */
export async function listContracts(
  db: Db,
  at: { schoolYear: string; school: string | null; state: ContractState | null; today: SchoolDate },
): Promise<ListedContract[]> {
  const { rows } = await sql<
    Row & { student: string; name: string; school: string; standing: ContractStanding | null }
  >`
    select c.*, s.sourced_id as student, s.given_name || ' ' || s.family_name as name,
      coalesce(sc.name, '') as school, standing.value as standing
    from attendance_contract c join student s on s.id = c.student_id
    left join lateral (
      select school.name, school.sourced_id from enrolment e join school on school.id = e.school_id
      where e.student_id = s.id and e.is_primary and (e.ends is null or e.ends > ${at.today})
      order by e.begins desc nulls last limit 1) sc on true
    left join ladder l on l.student_id = c.student_id and l.school_year = c.school_year
    left join evaluation on evaluation.id = l.evaluation_id
    left join lateral jsonb_array_elements(evaluation.result -> 'contracts') standing
      on standing.value ->> 'ref' = c.ref
    where c.school_year = ${at.schoolYear} and (${at.school}::text is null or sc.sourced_id = ${at.school})
      and not ${underAbsoluteHold(sql.ref('s.id'))}
    order by school, s.family_name, s.given_name, s.sourced_id, c.begins, c.ref`.execute(db);
  return rows
    .map(({ student, name, school, standing, ...row }) =>
      withStanding({ ...asContract(row), student, name, school }, standing),
    )
    .filter((contract) => at.state === null || shownState(contract) === at.state);
}

/** Titles of all codes that the SIS has, sorted. */
export async function codeTitles(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('attendance_code')
    .select('title')
    .distinct()
    .where('active', '=', true)
    .orderBy('title')
    .execute();
  return rows.map(({ title }) => title);
}

interface Row {
  id: string;
  ref: string;
  student_id: number;
  school_year: string;
  begins: SchoolDate;
  ends: SchoolDate;
  allowed_days: string;
  basis: AttendanceContractTable['basis'];
  grace_days: number;
  except_codes: readonly string[];
  state: AttendanceContractTable['state'];
  signed_on: SchoolDate | null;
  refused: boolean;
  agreed_by: string;
  note: string | null;
  violated_on: SchoolDate | null;
  ended_on: SchoolDate | null;
  ended_by: string | null;
  ended_because: string | null;
  follows: string | null;
  meeting_id: string | null;
  document_id: string | null;
  evidence_document_id: string | null;
}

export function asContract(row: Row): StoredContract {
  return {
    ...termsOf(row),
    studentId: row.student_id,
    schoolYear: row.school_year,
    state: row.state,
    signedOn: row.signed_on,
    refused: row.refused,
    agreedBy: row.agreed_by,
    note: row.note,
    violatedOn: row.violated_on,
    endedOn: row.ended_on,
    endedBy: row.ended_by,
    endedBecause: row.ended_because,
    followsId: row.follows,
    meetingId: row.meeting_id,
    documentId: row.document_id,
    evidenceDocumentId: row.evidence_document_id,
  };
}

/** What a contract is judged by. */
export function termsOf(
  row: Pick<Row, 'id' | 'ref' | 'begins' | 'ends' | 'allowed_days' | 'basis' | 'grace_days' | 'except_codes'>,
): Omit<Contract, 'endedOn'> {
  return {
    id: row.id,
    ref: row.ref,
    begins: row.begins,
    ends: row.ends,
    allowedDays: days(row.allowed_days),
    basis: row.basis,
    graceDays: row.grace_days,
    exceptCodes: row.except_codes,
  };
}
