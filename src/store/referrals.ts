import { type Selectable, sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import { underAbsoluteHold } from './absolute-hold.ts';
import type { Db } from './database.ts';
import { newReference } from './references.ts';
import type { ReferralTable } from './tables/work.ts';

export interface Referral {
  readonly id: string;
  /** The case number. */
  readonly ref: string;
  readonly studentId: number;
  readonly schoolYear: string;
  readonly schoolId: number;
  readonly step: string;
  readonly round: number;
  readonly state: ReferralTable['state'];
  readonly gaps: readonly string[];
  readonly openedOn: SchoolDate;
  readonly evaluationId: string;
  readonly policyVersion: string;
  readonly deliveredOn: SchoolDate | null;
  readonly packetDocumentId: string | null;
  readonly packetSha256: string | null;
  readonly releasedBy: string | null;
  readonly releasedBecause: string | null;
  /** What the release covers; null: it was made when a release covered everything. */
  readonly releasedGaps: readonly string[] | null;
  readonly superseded: boolean;
  readonly shadow: boolean;
}

/** Opens the referral of a step. @returns its id, or null when one is under way or delivered. */
export async function openReferral(
  tx: Db,
  referral: {
    studentId: number;
    schoolYear: string;
    schoolId: number;
    step: string;
    round: number;
    evaluationId: string;
    policyVersion: string;
    /** Its packet never leaves. */
    shadow: boolean;
    on: SchoolDate;
    now: Date;
  },
): Promise<string | null> {
  const row = await tx
    .insertInto('referral')
    .values({
      ref: newReference('R'),
      student_id: referral.studentId,
      school_year: referral.schoolYear,
      school_id: referral.schoolId,
      step: referral.step,
      round: referral.round,
      state: 'gathering',
      gaps: '[]',
      opened_on: referral.on,
      evaluation_id: referral.evaluationId,
      policy_version: referral.policyVersion,
      shadow: referral.shadow,
      changed_at: referral.now,
    })
    .onConflict((conflict) =>
      conflict.columns(['student_id', 'school_year', 'step']).where('state', '<>', 'withdrawn').doNothing(),
    )
    .returning('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

export async function readReferral(
  db: Db,
  which: { id: string } | { ref: string },
): Promise<Referral | null> {
  const query = db.selectFrom('referral').selectAll();
  const row = await ('id' in which
    ? query.where('id', '=', which.id)
    : query.where('ref', '=', which.ref)
  ).executeTakeFirst();
  return row === undefined ? null : asReferral(row);
}

/** Every referral of a student in a school year, the first at the top. */
export async function referralsOfStudent(
  db: Db,
  student: { readonly studentId: number; readonly schoolYear: string },
): Promise<Referral[]> {
  const rows = await db
    .selectFrom('referral')
    .selectAll()
    .where('student_id', '=', student.studentId)
    .where('school_year', '=', student.schoolYear)
    .orderBy('opened_on')
    .orderBy('ref')
    .execute();
  return rows.map(asReferral);
}

function asReferral(row: Selectable<ReferralTable>): Referral {
  return {
    id: row.id,
    ref: row.ref,
    studentId: row.student_id,
    schoolYear: row.school_year,
    schoolId: row.school_id,
    step: row.step,
    round: row.round,
    state: row.state,
    gaps: row.gaps,
    openedOn: row.opened_on,
    evaluationId: row.evaluation_id,
    policyVersion: row.policy_version,
    deliveredOn: row.delivered_on,
    packetDocumentId: row.packet_document_id,
    packetSha256: row.packet_sha256,
    releasedBy: row.released_by,
    releasedBecause: row.released_because,
    releasedGaps: row.released_gaps,
    superseded: row.superseded,
    shadow: row.shadow,
  };
}

export async function recordGaps(
  tx: Db,
  referralId: string,
  gaps: readonly string[],
  now: Date,
): Promise<void> {
  await tx
    .updateTable('referral')
    .set({ gaps: JSON.stringify(gaps), changed_at: now })
    .where('id', '=', referralId)
    .where('state', '=', 'gathering')
    .execute();
}

/**
 * A named person sends the packet in spite of the gaps that were named by then; one that comes later is named anew.
 * @returns false when there is nothing to release.
 */
export async function releaseReferral(
  tx: Db,
  release: { ref: string; by: string; because: string; now: Date },
): Promise<boolean> {
  const result = await tx
    .updateTable('referral')
    .set({
      released_by: release.by,
      released_because: release.because,
      released_gaps: sql`case when released_by is not null and released_gaps is null then null
        else coalesce(released_gaps, '[]'::jsonb) || gaps end`,
      changed_at: release.now,
    })
    .where('ref', '=', release.ref)
    .where('state', '=', 'gathering')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/**
 * `gathering → delivering`: the packet is frozen and on its way.
 * @returns false when it is not waiting any more, or nothing may be said about the student.
 */
export async function freezePacket(
  tx: Db,
  referralId: string,
  packet: { documentId: string; sha256: string; now: Date },
): Promise<boolean> {
  const result = await tx
    .updateTable('referral')
    .set({
      state: 'delivering',
      gaps: '[]',
      packet_document_id: packet.documentId,
      packet_sha256: packet.sha256,
      changed_at: packet.now,
    })
    .where('id', '=', referralId)
    .where('state', '=', 'gathering')
    .where((eb) => eb.not(underAbsoluteHold(sql.ref('referral.student_id'))))
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** `gathering → shadowed`: the packet is kept, with what it would still have lacked, and never leaves. */
export async function shadowPacket(
  tx: Db,
  referralId: string,
  packet: { documentId: string; sha256: string; gaps: readonly string[]; on: SchoolDate; now: Date },
): Promise<void> {
  await tx
    .updateTable('referral')
    .set({
      state: 'shadowed',
      gaps: JSON.stringify(packet.gaps),
      packet_document_id: packet.documentId,
      packet_sha256: packet.sha256,
      shadowed_on: packet.on,
      changed_at: packet.now,
    })
    .where('id', '=', referralId)
    .where('state', '=', 'gathering')
    .where('shadow', '=', true)
    .execute();
}

export async function recordDelivery(
  tx: Db,
  referralId: string,
  delivered: { on: SchoolDate; now: Date },
): Promise<Referral | null> {
  const row = await tx
    .updateTable('referral')
    .set({ state: 'delivered', delivered_on: delivered.on, changed_at: delivered.now })
    .where('id', '=', referralId)
    .where('state', '=', 'delivering')
    .returning('id')
    .executeTakeFirst();
  return row === undefined ? null : readReferral(tx, { id: row.id });
}

/** @returns the ids of the referrals of a step whose packets have not left */
export async function openReferralsOf(
  db: Db,
  which: { studentId: number; schoolYear: string; step: string },
): Promise<string[]> {
  const rows = await db
    .selectFrom('referral')
    .select('id')
    .where('student_id', '=', which.studentId)
    .where('school_year', '=', which.schoolYear)
    .where('step', '=', which.step)
    .where('state', 'in', ['gathering', 'delivering'])
    .execute();
  return rows.map(({ id }) => id);
}

/** Packets in which a letter lies, and that have left or may have: it had left by then. */
export async function referralsResting(
  db: Db,
  letterId: string,
): Promise<{ id: string; ref: string; schoolId: number; step: string }[]> {
  const { rows } = await sql<{ id: string; ref: string; schoolId: number; step: string }>`
    select r.id, r.ref, r.school_id as "schoolId", r.step
    from letter l join referral r on r.student_id = l.student_id and r.school_year = l.school_year
    where l.id = ${letterId} and not r.shadow and (
      r.state = 'delivered' and l.handed_over_on <= r.delivered_on
      or r.state = 'delivering' and exists (
        select from staff_mail m
        where m.referral_id = r.id and m.kind = 'packet' and m.state in ('transmitting', 'uncertain', 'sent')
          and l.handed_over_at <= m.composed_at))
    order by r.ref`.execute(db);
  return rows;
}
