import { Command } from 'commander';
import { atCommandLine } from '../domain/audit.ts';
import { outcomeInWords } from '../domain/case-outcomes.ts';
import { answerQuestion } from '../procedure/case-desk.ts';
import { copyPacket, type SentAgain } from '../procedure/send-again.ts';
import { gapInWords } from '../procedure/task-words.ts';
import { recordAudit } from '../store/audit-log.ts';
import { listCaseEvents } from '../store/case-events.ts';
import { listPackets } from '../store/packets.ts';
import { readReferral } from '../store/referrals.ts';
import { atDesk } from './at-desk.ts';
import { openContext, whenIn, withStore } from './context.ts';
import { letterboxAt } from './letterbox-at-desk.ts';
import { putOnRecord } from './on-record.ts';
import { lineOption } from './option-values.ts';
import { heading, print, printJson, table, UsageError } from './output.ts';

export function showCommand(): Command {
  return new Command('show')
    .description('One case: what it lacks, its packets, and what the officer has done and asked.')
    .argument('<case>', 'case number, for example R-7F3K-2Q9M')
    .option('--json', 'as JSON: without what was written')
    .action(async (ref: string, options: { json?: boolean }, command: Command) => {
      const context = openContext(command);
      await withStore(context, async ({ db }) => {
        const referral = await readReferral(db, { ref: ref.toUpperCase() });
        if (referral === null) throw new UsageError(`No referral has case number ${ref}.`);
        const [packets, events] = await Promise.all([
          listPackets(db, referral.id),
          listCaseEvents(db, referral.id),
        ]);
        if (options.json === true) {
          const { state, gaps, deliveredOn, superseded, releasedBy } = referral;
          return printJson({
            case: referral.ref,
            state,
            gaps,
            deliveredOn,
            superseded,
            released: releasedBy !== null,
            packets: packets.map(({ number, kind, state: is, delivery, sha256, pages, leftOn }) => ({
              number,
              kind,
              state: is,
              delivery,
              sha256,
              pages,
              leftOn,
            })),
            events: events.map(({ ref: id, kind, outcome, on }) => ({ ref: id, kind, outcome, on })),
          });
        }
        print(`Case ${referral.ref}: ${referral.state}${referral.superseded ? ', superseded' : ''}`);
        for (const gap of referral.gaps) print(`  missing: ${gapInWords(gap, { pages: false })}`);
        if (referral.releasedBy !== null)
          print(`  released by ${referral.releasedBy}: ${referral.releasedBecause ?? ''}`);
        if (packets.length > 0) {
          heading('Packets');
          print(
            table(
              ['no.', 'kind', 'made', 'left', 'by', 'pages', 'SHA-256'],
              packets.map((one) => [
                one.number,
                one.kind,
                one.builtOn,
                one.leftOn ?? one.state,
                one.delivery,
                one.pages,
                one.sha256,
              ]),
            ),
          );
        }
        if (events.length > 0) {
          heading('What has happened');
          print(
            table(
              ['when', 'what', 'by', 'words'],
              events.map((one) => [
                whenIn(context.config, one.at),
                one.kind === 'question' ? `question ${one.ref}` : one.kind,
                one.by,
                [one.outcome === null ? '' : outcomeInWords(one.outcome), one.says ?? '']
                  .filter((text) => text !== '')
                  .join(': '),
              ]),
            ),
          );
        }
      });
    });
}

export function copyCommand(): Command {
  return new Command('copy')
    .description('Send the packet of a case once more, each page marked as a copy.')
    .argument('<case>', 'case number, for example R-7F3K-2Q9M')
    .requiredOption('--by <name>', 'who sends it')
    .requiredOption('--why <reason>', 'goes into the record')
    .option('--as-of <date>', 'the day on which it is sent, YYYY-MM-DD')
    .action(async (ref: string, options: { by: string; why: string; asOf?: string }, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const because = lineOption('--why', options.why, 300);
      await atDesk(command, options.asOf, async (desk) => {
        const sent = await copyPacket(
          await letterboxAt(desk),
          { ref, by, because },
          desk.moment,
          (tx, { studentId, number }) =>
            putOnRecord(tx, { by, now: desk.moment.now }, [
              { action: 'referral-copied', subject: ref.toUpperCase(), studentId, detail: { number } },
            ]),
        );
        if (sent.kind !== 'on-its-way') throw new UsageError(refusalOf(ref, sent));
        print(`Copy ${sent.number} of case ${ref} goes to the officer with the next cycle.`);
      });
    });
}

function refusalOf(ref: string, sent: Exclude<SentAgain, { kind: 'on-its-way' }>): string {
  switch (sent.kind) {
    case 'no-case':
      return `No referral has case number ${ref}.`;
    case 'no-packet':
      return `Nothing that could be sent again has left for case ${ref}.`;
    case 'stopped':
      return `Case ${ref} cannot be sent now: ${STOPPED[sent.reason] ?? sent.reason}.`;
  }
}

const STOPPED: Readonly<Record<string, string>> = {
  'packet-password-missing': 'ROLLCALL_PACKET_PASSWORD is not set',
  'packet-too-large': 'the packet is larger than `truancyOfficer.largestAttachmentMegabytes`',
  'sending-stopped': 'a person has stopped all letters and packets',
  'absolute-hold': 'nothing may be said about the student',
};

export function answerCommand(): Command {
  return new Command('answer')
    .description('Answer a question of the officer. The officer sees the answer on the page of the case.')
    .argument('<question>', 'reference of the question, for example Q-7F3K-2Q9M')
    .requiredOption('--says <text>', 'what the officer reads')
    .requiredOption('--by <name>', 'who answers')
    .option('--as-of <date>', 'the day of the answer, YYYY-MM-DD')
    .action(
      async (question: string, options: { says: string; by: string; asOf?: string }, command: Command) => {
        const by = lineOption('--by', options.by, 100);
        const says = lineOption('--says', options.says, 2_000);
        await atDesk(command, options.asOf, async (desk) => {
          const letterbox = await letterboxAt(desk);
          const answered = await desk.db.transaction().execute(async (tx) => {
            const outcome = await answerQuestion(tx, letterbox, { question, by, says }, desk.moment);
            if (outcome === 'answered')
              await recordAudit(tx, {
                at: desk.moment.now,
                actor: atCommandLine(by),
                from: null,
                action: 'question-answered',
                subject: question.toUpperCase(),
              });
            return outcome;
          });
          if (answered === 'answered') return print(`Question ${question} is answered.`);
          throw new UsageError(
            answered === 'not-found'
              ? `No question has reference ${question}.`
              : answered === 'stopped'
                ? 'Nothing may be said about the student now.'
                : `Question ${question} was answered before.`,
          );
        });
      },
    );
}
