import type { Config } from '../config/config-types.ts';
import { byItself, OURSELVES } from '../domain/audit.ts';
import { recordAudit } from '../store/audit-log.ts';
import type { Tx } from '../store/database.ts';
import { type NewDisclosure, settleDisclosures } from '../store/disclosures.ts';
import type { Referral } from '../store/referrals.ts';
import type { Moment } from './procedure.ts';

/** Who disclosed what leaves by itself. */
/** What the officer gets to know of a case, for the record that the law asks for. */
export function packetDisclosure(
  { truancyOfficer: officer }: Pick<Config, 'truancyOfficer'>,
  disclosed: {
    readonly referral: Pick<Referral, 'id' | 'studentId' | 'schoolYear'>;
    readonly packetId: string | null;
    readonly sha256: string | null;
    readonly what: string;
    readonly how: string;
    readonly by?: string;
  },
): NewDisclosure {
  const { referral } = disclosed;
  return {
    studentId: referral.studentId,
    schoolYear: referral.schoolYear,
    referralId: referral.id,
    packetId: disclosed.packetId,
    what: disclosed.what,
    how: disclosed.how,
    sha256: disclosed.sha256,
    to: { name: officer.name, agency: officer.agency, email: officer.email },
    legalBasis: officer.legalBasis,
    interest: officer.interest,
    by: disclosed.by ?? OURSELVES,
  };
}

/** What has become of a mail decides what has become of what it discloses; each that was made is on record twice. */
export async function settleMail(
  tx: Tx,
  mailId: string,
  became: Parameters<typeof settleDisclosures>[2],
  moment: Moment,
): Promise<void> {
  const settled = await settleDisclosures(tx, mailId, became, { on: moment.today, now: moment.now });
  for (const { studentId, what, packetId } of settled) {
    await recordAudit(tx, {
      at: moment.now,
      actor: byItself(),
      from: null,
      action: packetId === null ? 'correction-disclosed' : 'packet-disclosed',
      studentId,
      subject: packetId,
      detail: { what, state: became },
    });
  }
}
