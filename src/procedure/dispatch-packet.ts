import { longDate } from '../documents/dates.ts';
import { sealedZip } from '../documents/sealed-zip.ts';
import { renderStaffMail } from '../documents/staff-mail.ts';
import type { Attachment } from '../mail/message.ts';
import type { Tx } from '../store/database.ts';
import { planDisclosure } from '../store/disclosures.ts';
import { bindPacketToMail } from '../store/packets.ts';
import type { Referral } from '../store/referrals.ts';
import { newMailReference } from '../store/staff-mails.ts';
import { linkToCase } from './case-link.ts';
import { packetDisclosure } from './disclose.ts';
import { prepareDrop } from './drop-folder.ts';
import type { Letterbox } from './letterbox.ts';
import { type KeptPacket, type MadePacket, packetName } from './make-packet.ts';
import type { Moment } from './procedure.ts';
import { readSchoolFacts } from './school-facts.ts';
import { queueStaffMessage } from './staff-message.ts';

/** Why no packet may leave by mail as the district has set it up; null: it may. */
export function mailObstacle({ config }: Letterbox): 'packet-password-missing' | null {
  const { delivery, attachment } = config.truancyOfficer;
  if (delivery !== 'mail' || attachment === 'unencrypted') return null;
  return config.environment.packetPassword === null ? 'packet-password-missing' : null;
}

/** Whether a packet is too large to be attached. */
export function isTooLargeToMail({ config }: Letterbox, { rendered }: MadePacket): boolean {
  const { delivery, largestAttachmentMegabytes } = config.truancyOfficer;
  return delivery === 'mail' && rendered.pdf.length > largestAttachmentMegabytes * 1_000_000;
}

/**
 * Sends a kept packet to the designated officer: as a notice that it lies on the officer’s page, attached to a mail, or as
 * a file in the drop folder with a notice. Whatever leaves with it is noted as a disclosure. The file gets its name in the
 * folder once this is committed (`keepDropFolder`), and the notice does not leave before.
 */
export async function dispatchPacket(
  tx: Tx,
  letterbox: Letterbox,
  packet: { readonly referral: Referral; readonly made: MadePacket; readonly kept: KeptPacket },
  moment: Moment,
): Promise<void> {
  const { config } = letterbox;
  const { truancyOfficer: officer } = config;
  const { referral, made, kept } = packet;
  const { purpose, rendered, manifest } = made;
  const name = packetName(referral.ref, purpose);
  const files = [
    { name: `${name}.pdf`, mediaType: 'application/pdf', bytes: rendered.pdf },
    { name: `${name}.manifest.json`, mediaType: 'application/json', bytes: manifest },
  ];
  const said = { referral, packetId: kept.id, sha256: rendered.sha256, what: whatItIs(purpose) };
  if (officer.delivery === 'folder' && officer.folder !== null) {
    const drop = { packetId: kept.id, folder: officer.folder, fileName: name };
    await prepareDrop(tx, drop, { pdf: rendered.pdf, 'manifest.json': manifest }, moment);
    const disclosure = packetDisclosure(config, { ...said, how: 'put into the agreed folder' });
    await planDisclosure(tx, disclosure, null, moment.now);
  }
  const attachments = officer.delivery === 'mail' ? await attached(letterbox, name, files, moment) : [];
  const link = await linkToCase(tx, letterbox, referral.ref, moment);
  const school = await readSchoolFacts(tx, config, referral.schoolId);
  const mark = purpose.mark === null ? '' : ` ${purpose.mark}.`;
  const ref = purpose.number === 1 ? referral.ref : newMailReference();
  const rendering = renderStaffMail(
    letterbox.templates,
    'packet',
    {
      case: referral.ref,
      'officer.name': officer.name,
      'school.name': school.name,
      delivery: `${deliveryInWords(officer.delivery, files, attachments)}${mark}`,
      legalBasis: officer.legalBasis,
      sha256: rendered.sha256,
      'contact.name': school.contact.name,
      'contact.phone': school.contact.phone,
    },
    {},
    { district: config.district.name, reference: ref },
    link === null ? [] : linkBlocks(link, officer.delivery),
  );
  const mailId = await queueStaffMessage(
    tx,
    letterbox,
    {
      kind: 'packet',
      ref,
      key: purpose.number === 1 ? `packet:${referral.id}` : `packet:${referral.id}:${purpose.number}`,
      to: { name: officer.name, email: officer.email },
      rendered: rendering,
      attachments,
      referralId: referral.id,
      contentOf: [referral.studentId],
    },
    moment,
  );
  if (mailId === null) return;
  await bindPacketToMail(tx, kept.id, mailId);
  if (officer.delivery === 'mail') {
    const how = officer.attachment === 'encrypted' ? 'mailed, encrypted' : 'mailed, not encrypted';
    await planDisclosure(tx, packetDisclosure(config, { ...said, how }), mailId, moment.now);
  }
}

function whatItIs({ kind, number }: MadePacket['purpose']): string {
  if (kind === 'copy') return `attendance file, copy ${number}`;
  return kind === 'correction' ? `attendance file, correction ${number}` : 'attendance file';
}

/** `Copy 2 of case R-7F3K-2Q9M, sent October 1, 2026`. */
export function markOf(kind: 'copy' | 'correction', number: number, ref: string, { today }: Moment): string {
  return `${kind === 'copy' ? 'Copy' : 'Correction'} ${number} of case ${ref}, sent ${longDate(today, 'en')}`;
}

type File = { readonly name: string; readonly mediaType: string; readonly bytes: Buffer };

async function attached(
  { config }: Letterbox,
  name: string,
  files: readonly File[],
  moment: Moment,
): Promise<Attachment[]> {
  const password = config.environment.packetPassword;
  if (config.truancyOfficer.attachment === 'unencrypted')
    return files.map((file) => ({ fileName: file.name, contentType: file.mediaType, content: file.bytes }));
  if (password === null) throw new Error('a packet is not mailed without its password');
  const content = await sealedZip(files, password, moment.now);
  return [{ fileName: `${name}.zip`, contentType: 'application/zip', content }];
}

function deliveryInWords(
  delivery: 'link' | 'mail' | 'folder',
  [pdf]: readonly File[],
  [attachment]: readonly Attachment[],
): string {
  if (delivery === 'link') return 'It lies ready for you on the page behind the link below.';
  if (delivery === 'folder') return `It lies in the agreed folder as ${pdf?.name}, with its manifest.`;
  const opens = attachment?.contentType === 'application/zip' ? ' It opens with the agreed password.' : '';
  return `It is attached as ${attachment?.fileName}.${opens}`;
}

function linkBlocks(link: string, delivery: 'link' | 'mail' | 'folder') {
  const span = (text: string, href: string | null) => ({ text, bold: false, italic: false, href });
  const ask =
    delivery === 'link'
      ? 'Fetch the packet, confirm that you have it, ask the school, or tell it what you have decided: '
      : 'Confirm that you have it, ask the school, or tell it what you have decided: ';
  return [{ kind: 'paragraph' as const, spans: [span(ask, null), span(link, link)] }];
}
