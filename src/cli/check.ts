import { Command } from 'commander';
import pc from 'picocolors';
import { VERSION } from '../config/version.ts';
import { loadTemplates } from '../documents/template.ts';
import { dateInZone } from '../domain/school-date.ts';
import { openApp } from '../main.ts';
import { probeSis } from '../sis/probe.ts';
import { sisOptions } from '../sis-options.ts';
import { openContext } from './context.ts';
import { print, printJson } from './output.ts';

const WHAT_WIDTH = 22;

interface Finding {
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
      const context = openContext(command);
      const { config } = context;
      const findings: Finding[] = [];
      const report = (finding: Finding) => {
        findings.push(finding);
        if (options.json !== true) printFinding(finding);
      };
      report({
        what: 'configuration',
        ok: true,
        finding: `${config.schools.length} schools, ${config.staff.length} members of staff, policy ${config.policy.version} with ${config.policy.steps.length} steps`,
      });
      await attempt(report, 'templates', async () => {
        await loadTemplates(config.templatesDir);
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
      if (options.json === true) printJson(findings);
      if (findings.some((finding) => !finding.ok)) process.exitCode = 1;
    });
}

async function checkServers(
  context: ReturnType<typeof openContext>,
  report: (finding: Finding) => void,
): Promise<void> {
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
    const mail = await app.mail.verify();
    report({ what: 'mail', ok: mail.ok, finding: mail.ok ? app.mail.description : mail.finding });
  } finally {
    await app.close(5_000);
  }
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
