import { Command } from 'commander';
import pc from 'picocolors';
import { shownPath } from '../config/text-file.ts';
import { checkTemplates, type TemplateFinding, type TemplateMeasure } from '../documents/template-check.ts';
import { counted } from '../domain/plain-words.ts';
import { openContext } from './context.ts';
import { csvText } from './csv.ts';
import { print, printJson, table } from './output.ts';
import { previewCommand } from './templates-preview.ts';

export function templatesCommand(): Command {
  return new Command('templates')
    .description('Letters and forms: check their wording, or look at them with invented students.')
    .addCommand(checkCommand(), { isDefault: true })
    .addCommand(previewCommand());
}

interface CheckOptions {
  readonly strict?: boolean;
  readonly csv?: boolean;
  readonly json?: boolean;
}

function checkCommand(): Command {
  return new Command('check')
    .description(
      'What is wrong with the templates, with file and line. Errors end with 1; warnings only with --strict.',
    )
    .option('--strict', 'warnings count as errors')
    .option('--csv', 'the findings as CSV, for a spreadsheet')
    .option('--json', 'as JSON, with what was measured')
    .action(async (options: CheckOptions, command: Command) => {
      const { config } = openContext(command);
      const { findings, measures } = await checkTemplates(config.templatesDir);
      const shown = findings.map((finding) => ({ ...finding, path: shownPath(finding.path) }));
      if (shown.some(({ severity }) => severity === 'error' || options.strict === true)) process.exitCode = 1;
      if (options.json === true)
        return printJson({
          findings: shown,
          measures: measures.map((measure) => ({ ...measure, path: shownPath(measure.path) })),
        });
      if (options.csv === true)
        return void process.stdout.write(
          csvText(
            ['severity', 'file', 'line', 'finding'],
            shown.map(({ severity, path, line, message }) => [
              severity,
              path,
              line === null ? '' : String(line),
              message,
            ]),
          ),
        );
      print(table(HEAD, measures.map(cellsOf)));
      print();
      for (const finding of shown) print(wordsOf(finding));
      const count = (wanted: TemplateFinding['severity']) =>
        shown.filter(({ severity }) => severity === wanted).length;
      print(`${counted(count('error'), 'error')}, ${counted(count('warning'), 'warning')}`);
    });
}

const HEAD = ['template', 'version', 'words', 'reading', 'reviewed'];

function cellsOf({ path, version, words, reading, reviewed }: TemplateMeasure): (string | number)[] {
  return [
    path.split('/').slice(-2).join('/'),
    version,
    words,
    reading === null ? '' : `${reading.found} (${reading.measure})`,
    reviewed === null ? 'needs none' : reviewed ? 'yes' : 'no',
  ];
}

function wordsOf({ severity, path, line, message }: TemplateFinding): string {
  const mark = severity === 'error' ? pc.red('error  ') : pc.yellow('warning');
  return `${mark} ${path}${line === null ? '' : `:${line}`}  ${message}`;
}
