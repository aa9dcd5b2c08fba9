import { longDate } from '../documents/dates.ts';
import type { PacketFacts } from '../documents/packet-facts.ts';
import { atCommandLine } from '../domain/audit.ts';
import { recordAudit } from '../store/audit-log.ts';
import { referralsOfStudent } from '../store/referrals.ts';
import { lockStudent } from '../store/student-locks.ts';
import { decideLocked } from './decide.ts';
import { gatherPacket } from './gather-packet.ts';
import type { Letterbox } from './letterbox.ts';
import { type MadePacket, makePacket } from './make-packet.ts';
import type { Moment, Procedure } from './procedure.ts';

/**
 * The packet of a student as it would be now, for a person of the school. Nothing is decided by it and nothing is
 * disclosed; every page says that it was not sent, and the look is on record.
 * @returns null for a student who is not known, or belongs to no school
 */
export async function lookAtPacket(
  letterbox: Letterbox,
  procedure: Procedure,
  look: { readonly studentId: number; readonly by: string; readonly why: string },
  moment: Moment,
): Promise<MadePacket | null> {
  const { db } = letterbox;
  const facts = await gatherOnly(letterbox, procedure, look.studentId, moment);
  if (facts === null) return null;
  const mark = `Not sent: for the school only, made ${longDate(moment.today, 'en')}`;
  const policyVersion = procedure.policy.version;
  const purpose = { kind: 'not-sent', number: 1, policyVersion, schoolYear: facts.schoolYear, mark } as const;
  const made = await makePacket(db, facts, purpose, moment.now);
  await recordAudit(db, {
    at: moment.now,
    actor: atCommandLine(look.by),
    from: null,
    action: 'packet-built',
    studentId: look.studentId,
    subject: facts.caseNumber,
    detail: { why: look.why, pages: made.rendered.pages, sha256: made.rendered.sha256 },
  });
  return made;
}

/** What the decision would change is undone: who looks changes nothing. */
async function gatherOnly(
  { db, ...letterbox }: Letterbox,
  procedure: Procedure,
  studentId: number,
  moment: Moment,
): Promise<PacketFacts | null> {
  let facts: PacketFacts | null = null;
  const undone = new Error('undone');
  await db
    .transaction()
    .execute(async (tx) => {
      await lockStudent(tx, studentId);
      const decided = await decideLocked(tx, procedure, studentId, moment);
      const student = { studentId, schoolYear: procedure.schoolYear.id };
      const referral =
        (await referralsOfStudent(tx, student)).filter(({ state }) => state !== 'withdrawn').at(-1) ?? null;
      const schoolId = decided?.assessment.primarySchoolId ?? referral?.schoolId ?? null;
      if (decided !== null && schoolId !== null) {
        const subject = { ...student, schoolId, referral };
        facts = await gatherPacket(tx, { db, ...letterbox }, procedure, subject, decided, moment);
      }
      throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
    });
  return facts;
}
