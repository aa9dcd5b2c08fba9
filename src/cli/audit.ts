import { Command } from 'commander';
import { atCommandLine } from '../domain/audit.ts';
import { instantInZone } from '../domain/school-date.ts';
import { anchorText, asAnchor, keptAnchors } from '../procedure/keep-audit.ts';
import { type AuditAnchor, sealAudit } from '../store/audit-chain.ts';
import { recordAudit } from '../store/audit-log.ts';
import { type ReadAuditEvent, readAudit } from '../store/audit-read.ts';
import { type AuditFault, verifyAudit } from '../store/audit-verify.ts';
import { findStudentId } from '../store/districts.ts';
import { openContext, withStore } from './context.ts';
import { csvText } from './csv.ts';
import { dateOption, lineOption } from './option-values.ts';
import { print, printJson, UsageError } from './output.ts';

export function auditCommand(): Command {
  return new Command('audit')
    .description('The record of every look, change and disclosure: check that it is whole, or write it out.')
    .addCommand(verifyCommand())
    .addCommand(exportCommand());
}

function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'Check the chain of hashes from the first event to the last. Ends with 1 where it does not hold.',
    )
    .option(
      '--anchor <seq:hash>',
      'an end of the chain from the log, in addition to those of the data folder; can be given several times',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('--json', 'as JSON')
    .action(async (options: { anchor?: readonly string[]; json?: boolean }, command: Command) => {
      const context = openContext(command);
      const given = (options.anchor ?? []).map(anchorOption);
      await withStore(context, async ({ db }) => {
        await sealAudit(db);
        const kept = await keptAnchors(context.config.dataDir);
        const verdict = await verifyAudit(db, [...kept, ...given]);
        if (verdict.kind === 'broken') process.exitCode = 1;
        if (options.json === true) return printJson({ ...verdict, anchors: kept.length + given.length });
        if (verdict.kind === 'broken') return print(brokenWords(verdict));
        const { head } = verdict;
        if (head === null) return print('The audit log is empty.');
        const anchors = kept.length + given.length;
        print(
          `The audit log is whole: ${head.seq} events${anchors === 0 ? '' : `, checked against ${anchors} kept ends`}.`,
        );
        print(`Its end is ${anchorText(head)}`);
      });
    });
}

function anchorOption(text: string): AuditAnchor {
  const anchor = asAnchor(text);
  if (anchor === null)
    throw new UsageError(
      `--anchor takes a number and a hash as \`1234:3f2a…\` (64 digits); found ${JSON.stringify(text)}.`,
    );
  return anchor;
}

const FAULTS: Readonly<Record<AuditFault, string>> = {
  'event-changed': 'the event does not say any more what it said',
  'event-gone': 'the event is gone',
  'place-missing': 'this place of the chain is gone',
  'hash-wrong': 'the hash does not follow from the one before',
  'event-outside': 'the event has no place in the chain',
  'waiting-event-gone': 'the event was deleted before it got its place in the chain',
  'end-cut': 'the chain ends before an end that was kept outside of the database',
  'anchor-differs': 'another hash was kept outside of the database for this place',
};

function brokenWords(broken: { seq: number | null; eventId: string | null; fault: AuditFault }): string {
  const place = broken.seq === null ? '' : ` at place ${broken.seq}`;
  const event = broken.eventId === null ? '' : ` (event ${broken.eventId})`;
  return `The audit log is broken${place}${event}: ${FAULTS[broken.fault]}.`;
}

interface ExportOptions {
  readonly by: string;
  readonly student?: string;
  readonly since?: string;
  readonly csv?: boolean;
}

function exportCommand(): Command {
  return new Command('export')
    .description('Write the events out, one JSON object per line. This is put on record, too.')
    .requiredOption('--by <name>', 'who reads them')
    .option('--student <student>', 'only those about this student: sourcedId or student number')
    .option('--since <date>', 'only those from this day on, YYYY-MM-DD')
    .option('--csv', 'as CSV, for a spreadsheet')
    .action(async (options: ExportOptions, command: Command) => {
      const context = openContext(command);
      const { timeZone } = context.config.district;
      const by = lineOption('--by', options.by, 100);
      const day = dateOption('--since', options.since);
      await withStore(context, async ({ db }) => {
        const studentId = options.student === undefined ? null : await findStudentId(db, options.student);
        if (options.student !== undefined && studentId === null)
          throw new UsageError('No student has this sourcedId or number.');
        await recordAudit(db, {
          at: new Date(),
          actor: atCommandLine(by),
          from: null,
          action: 'audit-read',
          studentId,
          detail: { since: day },
        });
        await sealAudit(db);
        const since = day === null ? null : instantInZone(day, '00:00', timeZone);
        if (options.csv === true) process.stdout.write(csvText(HEAD, []));
        for await (const event of readAudit(db, { studentId, since }))
          process.stdout.write(
            options.csv === true ? csvText(cellsOf(event), []) : `${JSON.stringify(event)}\n`,
          );
      });
    });
}

const HEAD = [
  'place',
  'at',
  'kind',
  'name',
  'e-mail',
  'from',
  'action',
  'student',
  'subject',
  'detail',
  'hash',
];

function cellsOf(event: ReadAuditEvent): string[] {
  const { seq, at, actorKind, actorName, actorEmail, from, action, studentId, subject, detail, hash } = event;
  const who = [actorKind, actorName, actorEmail ?? '', from ?? ''];
  const what = [action, studentId === null ? '' : String(studentId), subject ?? '', JSON.stringify(detail)];
  return [seq === null ? '' : String(seq), at.toISOString(), ...who, ...what, hash ?? ''];
}
