import { Command } from 'commander';
import pc from 'picocolors';
import { VERSION } from '../config/version.ts';
import { loadTemplates } from '../documents/template.ts';
import { mappedCodes } from '../domain/code-table.ts';
import { dateInZone } from '../domain/school-date.ts';
import { openApp } from '../main.ts';
import { probeSis } from '../sis/probe.ts';
import { schoolYearOn } from '../store/districts.ts';
import { policyInForce } from '../store/policies.ts';
import { listUnmappedCodes } from '../store/unmapped-codes.ts';
import { mailsOf } from '../wiring/generation.ts';
import { sisOptions } from '../wiring/sis-options.ts';
import { type Context, openContext } from './context.ts';
import { icsFileWords } from './ics-file-words.ts';
import { print, printJson } from './output.ts';
import { unmappedCodeWords } from './unmapped-code-words.ts';

const WHAT_WIDTH = 22;

export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly finding: string;
}

export function checkCommand(): Command {
  return new Command('check')
    .description(
      'Try everything that the service needs: configuration, templates, SIS, database, queue, mail.',
    )
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const findings = await checkEverything(openContext(command), options.json !== true);
      if (options.json === true) printJson(findings);
      if (failed(findings)) process.exitCode = 1;
    });
}

export function failed(findings: readonly Finding[]): boolean {
  return findings.some(({ ok }) => !ok);
}

/**
 * Tries everything.
 * @param aloud whether each finding is printed as it comes
 */
export async function checkEverything(context: Context, aloud = true): Promise<readonly Finding[]> {
  const { config } = context;
  const findings: Finding[] = [];
  const report = (finding: Finding) => {
    findings.push(finding);
    if (aloud) printFinding(finding);
  };
  report({
    what: 'configuration',
    ok: true,
    finding: `${config.schools.length} schools, ${config.staff.length} members of staff, policy ${config.policy.version} with ${config.policy.steps.length} steps`,
  });
  for (const { path, events } of config.icsFiles) {
    report({ what: 'calendar', ok: true, finding: icsFileWords(path, events) });
  }
  await attempt(report, 'templates', async () => {
    await loadTemplates(config.templatesDir, mailsOf(config));
    return `all of ${config.templatesDir} can be used`;
  });
  const today = dateInZone(new Date(), config.district.timeZone);
  for (const finding of await probeSis(
    sisOptions(config, () => new Date(), VERSION),
    today,
    config.schools.map(({ id }) => id),
  ))
    report(finding);
  await checkServers(context, report);
  return findings;
}

async function checkServers(context: Context, report: (finding: Finding) => void): Promise<void> {
  const app = await openApp({ ...context, now: () => new Date() }).catch((error: unknown) => {
    report({ what: 'database and queue', ok: false, finding: wordsOf(error) });
    return null;
  });
  if (app === null) return;
  try {
    await attempt(
      report,
      'database',
      async () => `${app.store.kind} PostgreSQL answers and is at this version`,
    );
    await attempt(report, 'queue', async () => {
      await app.queue.check();
      return app.config.environment.redisUrl === null
        ? 'on PostgreSQL, tried with a job'
        : 'on Redis, tried with a job';
    });
    await reportUnmappedCodes(app, report);
    const mail = await app.mail.verify();
    report({ what: 'mail', ok: mail.ok, finding: mail.ok ? app.mail.description : mail.finding });
    const inbox = await app.inbox?.verify();
    if (app.inbox === null || inbox === undefined) {
      report({ what: 'mailbox', ok: true, finding: 'none: bounces and replies are not read' });
    } else {
      const finding = inbox.ok ? app.inbox.description : inbox.finding;
      report({ what: 'mailbox', ok: inbox.ok, finding });
    }
  } finally {
    await app.close(5_000);
  }
}

/** Before the first sync there is nothing to tell. */
async function reportUnmappedCodes(
  { store, config }: Awaited<ReturnType<typeof openApp>>,
  report: (finding: Finding) => void,
): Promise<void> {
  const { source } = config.sis.attendance;
  const today = dateInZone(new Date(), config.district.timeZone);
  const year = await schoolYearOn(store.db, today);
  if (year === null) return;
  const mapped = mappedCodes((await policyInForce(store.db, config.policy, today)).counting);
  const codes = await listUnmappedCodes(store.db, { schoolYear: year.id, today, mapped });
  for (const code of codes)
    report({ what: 'code table', ok: false, finding: unmappedCodeWords(code, source) });
}

async function attempt(
  report: (finding: Finding) => void,
  what: string,
  tried: () => Promise<string>,
): Promise<void> {
  try {
    report({ what, ok: true, finding: await tried() });
  } catch (error) {
    report({ what, ok: false, finding: wordsOf(error) });
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function printFinding({ what, ok, finding }: Finding): void {
  const [first = '', ...more] = finding.split('\n');
  print(`${ok ? pc.green('ok    ') : pc.red('failed')} ${what.padEnd(WHAT_WIDTH)} ${first}`);
  for (const line of more) print(`${' '.repeat(WHAT_WIDTH + 8)}${line}`);
}
