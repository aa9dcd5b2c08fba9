import { addToFile } from '../store/attendance-files.ts';
import { leaveToSchool, readBaseline } from '../store/baseline.ts';
import type { Db, Tx } from '../store/database.ts';
import type { StudentYear } from '../store/ladder-steps.ts';
import { removeImportedLetter } from '../store/outside-letters.ts';
import { releaseOutside } from '../store/outside-steps.ts';
import { loadStudentFacts } from '../store/student-facts.ts';
import { assess } from './assess.ts';
import type { FileRowProblem } from './file-row-problem.ts';
import { atEachLetter, type LettersOfStudents } from './import-letters.ts';
import type { ListedLetter } from './letter-list.ts';
import type { Noted } from './noted.ts';
import type { Moment, Procedure } from './procedure.ts';

export type RemovedLetters =
  | {
      readonly kind: 'removed';
      readonly removed: number;
      /** Of the list, those that were never imported: nothing changes for them. */
      readonly unknown: number;
    }
  | { readonly kind: 'refused'; readonly problems: readonly FileRowProblem[] };

/**
 * Takes back the import of letters that were not sent, all of them or none: exactly these rows. Each step is what it
 * was before, and the students are decided about anew. What the baseline would have left to the school is left to it
 * now: nobody is written to because a list was wrong.
 * @param list `keep` false: works everything out and takes it back
 */
export async function removeLetters(
  db: Db,
  procedure: Procedure,
  list: { readonly letters: readonly ListedLetter[]; readonly by: string; readonly keep: boolean },
  moment: Moment,
  noted: Noted<LettersOfStudents> = async () => {},
): Promise<RemovedLetters> {
  const counts = { removed: 0, unknown: 0 };
  const problems = await atEachLetter(
    db,
    procedure,
    list,
    async (tx, letter) => {
      const left = await removeImportedLetter(tx, letter);
      if (left === undefined) {
        counts.unknown += 1;
        return false;
      }
      counts.removed += 1;
      const { studentId, schoolYear, step, sentOn } = letter;
      const stands = await releaseOutside(tx, letter, { step, left, now: moment.now });
      if (stands === 'forgotten') await leaveWhatBaselineFinds(tx, procedure, letter, moment);
      await addToFile(
        tx,
        { studentId, schoolYear, now: moment.now },
        {
          onDate: moment.today,
          kind: 'decision',
          title: `Letter (${step}) of ${sentOn} was recorded by mistake; taken back by ${list.by}`,
        },
      );
      return true;
    },
    noted,
  );
  if (problems.length > 0) return { kind: 'refused', problems };
  return { kind: 'removed', ...counts };
}

/** The baseline has passed over the step, since it counted as taken. */
async function leaveWhatBaselineFinds(
  tx: Tx,
  procedure: Procedure,
  { studentId, schoolYear, step }: StudentYear & { readonly step: string },
  moment: Moment,
): Promise<void> {
  const baseline = await readBaseline(tx, schoolYear);
  if (baseline?.state !== 'taken') return;
  const facts = await loadStudentFacts(tx, { id: studentId, schoolYear });
  if (facts === null) return;
  const look = { now: moment.now, today: baseline.asOf, baseline: true };
  const verdict = assess(facts, procedure, look).evaluation.steps.find((one) => one.step === step);
  if (verdict?.state !== 'pre-existing') return;
  await leaveToSchool(tx, [studentId], {
    schoolYear,
    steps: [{ id: step }],
    policyVersion: procedure.policy.version,
    on: moment.today,
    now: moment.now,
  });
}
