import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import { underAbsoluteHold } from './absolute-hold.ts';
import { asContract, type StoredContract } from './contracts.ts';
import type { Db } from './database.ts';

/**
 * A draft is agreed: from now on it is watched, and known to whoever plays the past.
 * @returns false when it is no draft any more
 */
export async function startDraft(
  tx: Db,
  id: string,
  started: { signedOn: SchoolDate | null; by: string; now: Date },
): Promise<boolean> {
  const result = await sql`
    update attendance_contract
    set state = 'in-force', signed_on = ${started.signedOn},
      signature_recorded_at = case when ${started.signedOn}::date is null then null else ${started.now}::timestamptz end, agreed_by = ${started.by}, created_at = ${started.now},
      changed_at = ${started.now}
    where id = ${id} and state = 'draft'`.execute(tx);
  return result.numAffectedRows === 1n;
}

/** The family does not sign: it stays on record and is never watched. @returns false when it is no draft any more */
export async function refuseDraft(tx: Db, id: string, now: Date): Promise<boolean> {
  const result = await tx
    .updateTable('attendance_contract')
    .set({ state: 'ended', refused: true, changed_at: now })
    .where('id', '=', id)
    .where('state', '=', 'draft')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** What nobody has agreed to is no contract. @returns false when it is no draft any more */
export async function removeDraft(tx: Db, id: string): Promise<boolean> {
  const result = await tx
    .deleteFrom('attendance_contract')
    .where('id', '=', id)
    .where('state', '=', 'draft')
    .executeTakeFirst();
  return result.numDeletedRows === 1n;
}

/** The signed scan. */
export async function saveScan(tx: Db, id: string, documentId: string, now: Date): Promise<void> {
  await tx
    .updateTable('attendance_contract')
    .set({ document_id: documentId, changed_at: now })
    .where('id', '=', id)
    .execute();
}

export async function saveEvidence(tx: Db, id: string, documentId: string, now: Date): Promise<void> {
  await tx
    .updateTable('attendance_contract')
    .set({ evidence_document_id: documentId, changed_at: now })
    .where('id', '=', id)
    .execute();
}

/**
 * Contracts in force that end soon, whose staff were not told so; none that is violated, and none of a student of whom
 * nothing may be said.
 */
export async function contractsToRemind(
  tx: Db,
  at: { schoolYear: string; from: SchoolDate; to: SchoolDate },
): Promise<(StoredContract & { schoolId: number; schoolSourcedId: string })[]> {
  const rows = await tx
    .selectFrom('attendance_contract')
    .innerJoin('ladder', (join) =>
      join
        .onRef('ladder.student_id', '=', 'attendance_contract.student_id')
        .onRef('ladder.school_year', '=', 'attendance_contract.school_year'),
    )
    .innerJoin('school', 'school.id', 'ladder.home_school_id')
    .selectAll('attendance_contract')
    .select(['school.id as home_id', 'school.sourced_id as home_sourced_id'])
    .where('attendance_contract.school_year', '=', at.schoolYear)
    .where('attendance_contract.state', '=', 'in-force')
    .where('attendance_contract.violated_on', 'is', null)
    .where('attendance_contract.reminded_on', 'is', null)
    .where('attendance_contract.ends', '>=', at.from)
    .where('attendance_contract.ends', '<=', at.to)
    .where(({ not }) => not(underAbsoluteHold(sql.ref('attendance_contract.student_id'))))
    .orderBy('attendance_contract.ends')
    .orderBy('attendance_contract.ref')
    .execute();
  return rows.map((row) => ({
    ...asContract(row),
    schoolId: row.home_id,
    schoolSourcedId: row.home_sourced_id,
  }));
}

export async function markReminded(tx: Db, id: string, on: SchoolDate): Promise<void> {
  await tx.updateTable('attendance_contract').set({ reminded_on: on }).where('id', '=', id).execute();
}
