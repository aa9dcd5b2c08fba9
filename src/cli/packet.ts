import { Command } from 'commander';
import { unboundInWords } from '../documents/unbound-words.ts';
import { lookAtPacket } from '../procedure/look-at-packet.ts';
import { packetName } from '../procedure/make-packet.ts';
import { findStudentId } from '../store/districts.ts';
import { atDesk } from './at-desk.ts';
import { letterboxAt } from './letterbox-at-desk.ts';
import { NEVER_REPLACED, newFile, writeNewFile } from './new-file.ts';
import { lineOption } from './option-values.ts';
import { print, UsageError } from './output.ts';

interface PacketOptions {
  readonly out?: string;
  readonly manifest?: string;
  readonly by: string;
  readonly why: string;
  readonly asOf?: string;
}

export function packetCommand(): Command {
  return new Command('packet')
    .description(
      'The packet of a student as it would be now, for a person of the school. It is marked as not sent, and the look is on record.',
    )
    .argument('<student>', 'sourcedId or student number')
    .option(
      '--out <file>',
      `where the PDF is written (default: attendance-file-….pdf here); ${NEVER_REPLACED}`,
    )
    .option('--manifest <file>', `where the manifest is written (default: not at all); ${NEVER_REPLACED}`)
    .requiredOption('--by <name>', 'who looks at it')
    .requiredOption('--why <text>', 'goes into the record')
    .option('--as-of <date>', 'as if it were this date, YYYY-MM-DD')
    .action(async (name: string, options: PacketOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const why = lineOption('--why', options.why, 300);
      const named = options.out === undefined ? null : newFile('--out', options.out);
      const manifest = options.manifest === undefined ? null : newFile('--manifest', options.manifest);
      await atDesk(command, options.asOf, async (desk) => {
        const studentId = await findStudentId(desk.db, name);
        if (studentId === null) throw new UsageError('No student has this sourcedId or number.');
        const letterbox = await letterboxAt(desk);
        const made = await lookAtPacket(letterbox, desk.procedure, { studentId, by, why }, desk.moment);
        if (made === null) throw new UsageError('The student belongs to no school in this school year.');
        const { pdf, pages, sha256, unbound } = made.rendered;
        const out = named ?? `${packetName(made.facts.caseNumber, made.purpose)}.pdf`;
        writeNewFile('--out', out, pdf);
        if (manifest !== null) writeNewFile('--manifest', manifest, made.manifest);
        print(`${out}: ${pages} pages, SHA-256 ${sha256}.`);
        print('It is marked as not sent. Please delete it when you have read it.');
        for (const { documentId, reason } of unbound) {
          const document = made.facts.documents.find(({ kept }) => kept.documentId === documentId);
          print(`Not bound: ${document?.reference ?? documentId}, because ${unboundInWords(reason)}.`);
        }
      });
    });
}
