import { Command, Option } from 'commander';
import { adultOutcomes, recordAdultAnswer } from '../procedure/adult-answer.ts';
import { findStudentId } from '../store/districts.ts';
import { lockStudent } from '../store/student-locks.ts';
import { atDesk } from './at-desk.ts';
import { onRecord } from './on-record.ts';
import { lineOption } from './option-values.ts';
import { print, UsageError } from './output.ts';

interface AnswerOptions {
  readonly lettersTo: (typeof adultOutcomes)[number] | 'policy';
  readonly by: string;
  readonly why?: string;
  readonly asOf?: string;
}

export function adultStudentsCommand(): Command {
  return new Command('adult-student')
    .description(
      'Say whom letters about a student of 18 go to. It holds for this one student, whatever the policy says.',
    )
    .argument('<student>', 'sourcedId or student number')
    .addOption(
      new Option('--letters-to <whom>', 'policy: as the policy says again')
        .choices([...adultOutcomes, 'policy'])
        .makeOptionMandatory(),
    )
    .requiredOption('--by <name>', 'who decides it')
    .option('--why <text>', 'goes into the attendance file')
    .option('--as-of <date>', 'the day on which it was decided, YYYY-MM-DD')
    .action(async (student: string, options: AnswerOptions, command: Command) => {
      const by = lineOption('--by', options.by, 100);
      const because = options.why === undefined ? null : lineOption('--why', options.why, 500);
      await atDesk(command, options.asOf, async ({ db, procedure, moment }) => {
        const studentId = await findStudentId(db, student);
        if (studentId === null) throw new UsageError('No student has this sourcedId or number.');
        const lettersTo = options.lettersTo === 'policy' ? null : options.lettersTo;
        await onRecord(
          db,
          { by, now: moment.now },
          async (tx) => {
            await lockStudent(tx, studentId);
            const of = { studentId, schoolYear: procedure.schoolYear.id };
            await recordAdultAnswer(tx, of, { lettersTo, by, because }, moment);
          },
          () => ({ action: 'adult-answered', studentId, detail: { lettersTo: options.lettersTo } }),
        );
        print(
          `Letters about ${student} go to: ${options.lettersTo}. What waits is looked at in the next cycle.`,
        );
      });
    });
}
