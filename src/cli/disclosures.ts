import { Command } from 'commander';
import { disclosureStateInWords } from '../domain/disclosure-words.ts';
import { listDisclosures } from '../store/disclosures.ts';
import { findStudentId } from '../store/districts.ts';
import { openContext, whenIn, withStore } from './context.ts';
import { csvText } from './csv.ts';
import { print, printJson, table, UsageError } from './output.ts';

export function disclosuresCommand(): Command {
  return new Command('disclosures')
    .description(
      'What was disclosed about a student outside the school: what, when, to whom, how, on which legal basis (34 CFR 99.32).',
    )
    .argument('<student>', 'sourcedId or student number')
    .option('--csv', 'as CSV, for a parent who asks to see the record')
    .option('--json', 'as JSON')
    .action(async (name: string, options: { csv?: boolean; json?: boolean }, command: Command) => {
      const context = openContext(command);
      await withStore(context, async ({ db }) => {
        const studentId = await findStudentId(db, name);
        if (studentId === null) throw new UsageError('No student has this sourcedId or number.');
        const disclosures = await listDisclosures(db, studentId);
        if (options.json === true)
          return printJson(disclosures.map(({ studentId: _, ...one }) => ({ student: name, ...one })));
        const head = [
          'when',
          'what',
          'to',
          'agency',
          'how',
          'state',
          'by',
          'legal basis',
          'interest',
          'SHA-256',
        ];
        const rows = disclosures.map((one) => [
          one.at === null ? '' : whenIn(context.config, one.at),
          one.what,
          one.to.name,
          one.to.agency,
          one.how,
          disclosureStateInWords(one.state),
          one.by,
          one.legalBasis,
          one.interest,
          one.sha256 ?? '',
        ]);
        if (options.csv === true) {
          process.stdout.write(csvText(head, rows));
          return;
        }
        if (rows.length === 0) return print('Nothing was disclosed about this student.');
        print(
          table(
            ['when', 'what', 'to', 'how', 'state', 'by'],
            rows.map(([when = '', what = '', to = '', agency = '', how = '', state = '', by = '']) => [
              when,
              what,
              `${to}, ${agency}`,
              how,
              state,
              by,
            ]),
          ),
        );
        const bases = new Set(disclosures.map(({ legalBasis, interest }) => `${legalBasis}. ${interest}.`));
        print(`\n  Legal basis and interest: ${[...bases].join(' / ')}`);
      });
    });
}
