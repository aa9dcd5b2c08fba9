import { Command } from 'commander';
import type { Config } from '../config/config-types.ts';
import { approvalUrgency } from '../domain/approval-urgency.ts';
import { mappedCodes } from '../domain/code-table.ts';
import { dateInZone, type SchoolDate } from '../domain/school-date.ts';
import { heedStopFile } from '../procedure/heed-stop-file.ts';
import { type AskedApproval, listAskedApprovals } from '../store/approvals.ts';
import { readKeepingState } from '../store/backup-runs.ts';
import { readBaseline } from '../store/baseline.ts';
import type { Db } from '../store/database.ts';
import { schoolYearOn } from '../store/districts.ts';
import { readKillSwitch } from '../store/kill-switch.ts';
import { folderState } from '../store/mailbox-folders.ts';
import { listWaiting, readOverview } from '../store/overview.ts';
import { listPolicyTerms, policyInForce } from '../store/policies.ts';
import { absencesRightAsOf } from '../store/source-health.ts';
import { lastSyncRun, listReleasable, type SyncRun } from '../store/sync/sync-runs.ts';
import { openInbox } from '../wiring/open-inbox.ts';
import { URGENCY } from './approvals.ts';
import { baselineWords } from './baseline.ts';
import { brakeLines, brakesAsJson, readBrakes } from './brake-words.ts';
import { openContext, whenIn, withStore } from './context.ts';
import { stopWords, unpostedLines } from './letters-stop.ts';
import { mailboxWords } from './mailbox-words.ts';
import { modeWords } from './mode-words.ts';
import { heading, print, printJson, table } from './output.ts';
import { policyTermLines, policyTermsAsJson } from './policy-term-words.ts';
import { headAsJson, headLines, isWell, readStatusHead } from './status-head.ts';
import { unmappedCodeWords } from './unmapped-code-words.ts';

export function statusCommand(): Command {
  return new Command('status')
    .description(
      'Whether all is well, in ten lines, and under them where everything stands: steps, letters, tasks, and what waits. Ends with 1 where something is not well.',
    )
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const context = openContext(command);
      await withStore(context, async ({ db, kind }) => {
        const today = dateInZone(new Date(), context.config.district.timeZone);
        const last = await lastSyncRun(db);
        await heedStopFile(db, context.config.stopFile, new Date());
        const stop = await readKillSwitch(db);
        const applied = await lastSyncRun(db, 'applied');
        const head = await readStatusHead(db, context.config, { now: new Date(), today });
        if (!isWell(head)) process.exitCode = 1;
        if (options.json !== true) for (const line of headLines(context.config, head)) print(line);
        const year = await schoolYearOn(db, applied?.asOf ?? today);
        if (year === null) {
          if (options.json === true)
            return printJson({ ...headAsJson(head), database: kind, sendingStop: stop, lastSync: last });
          for (const line of modeWords(context.config)) print(line);
          if (stop !== null) print(stopWords(context.config, stop));
          return print('Nothing has been synced yet. Try `rollcall check`, then `rollcall run --once`.');
        }
        const policies = await listPolicyTerms(db, context.config.policy, today);
        const inForce = await policyInForce(db, context.config.policy, today);
        const overview = await readOverview(db, {
          schoolYear: year.id,
          today,
          mapped: mappedCodes(inForce.counting),
        });
        const waiting = await listWaiting(db, year.id);
        const approvals = await listAskedApprovals(db);
        const brakes = await readBrakes(db, new Date());
        const baseline = await readBaseline(db, year.id);
        if (options.json === true) {
          return printJson({
            ...headAsJson(head),
            database: kind,
            schoolYear: year.id,
            modes: Object.fromEntries(context.config.schools.map(({ id, mode }) => [id, mode])),
            baseline,
            sendingStop: stop,
            lastSync: last,
            lastApplied: applied,
            policies: policyTermsAsJson(policies),
            approvals: approvals.map(({ ref, step, role, dueOn, deadline }) => ({
              ref,
              step,
              role,
              dueOn,
              deadline,
            })),
            brakes: brakesAsJson(brakes),
            overview,
            mailbox: await mailboxState(context.config, db),
            keeping: await readKeepingState(db),
            waiting,
          });
        }
        heading(`School year ${year.title}, ${kind} database`);
        for (const line of policyTermLines(policies, today)) print(line);
        for (const line of modeWords(context.config)) print(line);
        if (stop !== null) {
          print(stopWords(context.config, stop));
          for (const line of await unpostedLines(db)) print(line);
        }
        if (baseline?.state === 'open') print(baselineWords(baseline));
        print(syncLine(context.config, 'Last sync', last));
        if (last?.id !== applied?.id) print(syncLine(context.config, 'Last applied', applied));
        print(await mailboxWords(context.config, db));
        for (const line of waitingLines(last, await listReleasable(db))) print(line);
        for (const line of sourceLines(context.config, await absencesRightAsOf(db))) print(line);
        print(`Open tasks: ${overview.tasks.open}, overdue: ${overview.tasks.overdue}`);
        for (const line of brakeLines(context.config, brakes)) print(line);
        for (const line of approvalLines(approvals, today)) print(line);
        for (const line of attention(context.config, overview)) print(line);
        heading('Steps');
        print(
          table(
            ['step', 'state', 'students'],
            overview.steps.map((row) => [row.step, row.state, row.students]),
          ),
        );
        heading('Letters');
        print(
          table(
            ['channel', 'state', 'letters'],
            overview.letters.map((row) => [row.channel, row.state, row.letters]),
          ),
        );
        heading('Waiting');
        print(
          table(
            ['step', 'reason', 'students'],
            waiting.map((row) => [row.step, row.reason, row.students]),
          ),
        );
      });
    });
}

/** Whether bounces and replies are read; null: the district has no mailbox for them. */
async function mailboxState(config: Config, db: Db) {
  const inbox = openInbox(config);
  return inbox === null ? null : ((await folderState(db, inbox.key)) ?? { readAt: null });
}

function syncLine(config: Config, title: string, run: SyncRun | null): string {
  if (run === null) return `${title}: none`;
  const reason = run.reason === null ? '' : ` (${run.reason})`;
  return `${title}: ${run.state} for ${run.asOf}, begun ${whenIn(config, run.startedAt)}${reason}`;
}

/** Reads that a person has to look at. */
function waitingLines(last: SyncRun | null, releasable: readonly SyncRun[]): string[] {
  const lines = releasable.map(
    (run) => `The read for ${run.asOf} waits for a person: rollcall runs show ${run.id.slice(0, 8)}`,
  );
  if (last?.state === 'quarantined' && last.plan === null) {
    lines.push(
      `What came last was broken, and cannot be released: rollcall runs show ${last.id.slice(0, 8)}`,
    );
  }
  return lines;
}

/** How far the absences can be relied on. */
function sourceLines(config: Config, asOf: Date | null): string[] {
  const lines: string[] = [];
  if (asOf !== null) {
    lines.push(
      `The absences are right as of ${whenIn(config, asOf)}; after ${config.sis.freshHours} hours no new step is taken on them.`,
    );
  }
  if (config.sis.attendance.source === 'ed-fi') {
    lines.push(
      'Counts are lower bounds: Infinite Campus reports an absence to Ed-Fi once the office has coded it.',
    );
  }
  return lines;
}

/** How much waits for a person's yes, and how pressing the worst of it is. */
function approvalLines(approvals: readonly AskedApproval[], today: SchoolDate): string[] {
  if (approvals.length === 0) return [];
  const pressing = (['overdue-by-law', 'approve-today', 'late'] as const).flatMap((urgency) => {
    const count = approvals.filter((approval) => approvalUrgency(approval, today) === urgency).length;
    return count === 0 ? [] : [`${count} ${URGENCY[urgency]}`];
  });
  const rest = pressing.length === 0 ? '' : `, ${pressing.join(', ')}`;
  return [`Approvals asked for: ${approvals.length}${rest} (rollcall approvals list)`];
}

function attention(config: Config, overview: Awaited<ReturnType<typeof readOverview>>): string[] {
  const source = config.sis.attendance.source;
  const lines = overview.unmappedCodes.map((code) => unmappedCodeWords(code, source));
  if (overview.evaluationsGivenUp > 0)
    lines.push(`${overview.evaluationsGivenUp} students could not be evaluated.`);
  if (overview.withoutBirthDate > 0) {
    lines.push(`${overview.withoutBirthDate} students have no birth date: the check at 18 is off for them.`);
  }
  return lines;
}
