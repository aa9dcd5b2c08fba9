import { sql } from 'kysely';
import { type AllowedHold, holdKinds, judgeHold } from '../domain/hold-kinds.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { inTransaction } from '../store/database.ts';
import { findStudentIds } from '../store/districts.ts';
import { changeHolds, endHolds, type StoredHold, standingHolds } from '../store/holds.ts';
import type { FileRowProblem } from './file-row-problem.ts';
import type { HoldRow } from './hold-file.ts';
import { type HoldDesk, holdInWords, placeHolds, tellOfHolds } from './holds.ts';
import type { Moment } from './procedure.ts';

export interface ImportedHold {
  readonly what: 'placed' | 'changed' | 'ended';
  readonly ref: string;
  readonly studentId: number;
}

export type ImportedHolds =
  | {
      readonly kind: 'imported';
      readonly placed: number;
      readonly changed: number;
      readonly unchanged: number;
      readonly ended: number;
      /** Absolute holds of earlier files that this one does not name: only a person ends them. */
      readonly kept: number;
      /** By reference: what has happened to which hold. */
      readonly holds: readonly ImportedHold[];
    }
  | { readonly kind: 'refused'; readonly problems: readonly FileRowProblem[] };

/**
 * Brings the holds of a file into force, all of them or none. A student has one hold of a kind and scope from files:
 * the row of a later file changes it.
 * @param file `replace`: holds of earlier files that this one does not name end
 */
export async function importHolds(
  desk: HoldDesk,
  file: { rows: readonly HoldRow[]; by: string; replace: boolean },
  moment: Moment,
): Promise<ImportedHolds> {
  const { db, procedure } = desk;
  const { today: on, now } = moment;
  return inTransaction(db, async (tx): Promise<ImportedHolds> => {
    await sql`select pg_advisory_xact_lock(hashtext('rollcall import of holds'))`.execute(tx);
    const ofFiles = await standingHolds(tx, 'csv');
    const isOver = (hold: StoredHold) => hold.ends !== null && hold.ends < on;
    const standing = new Map(ofFiles.filter((hold) => !isOver(hold)).map((hold) => [nameOf(hold), hold]));
    const judged = await judgeRows({ ...desk, db: tx }, file.rows, standing, moment);
    if (judged.problems.length > 0) return { kind: 'refused', problems: judged.problems };

    const end = (holds: readonly StoredHold[], because: string) =>
      endHolds(
        tx,
        holds.map((hold) => hold.id),
        { by: file.by, because, on, now },
      );
    await end(ofFiles.filter(isOver), 'its last day was over');
    const fresh = judged.rows.filter((row) => row.standing === null);
    const moved = judged.rows.flatMap((row) =>
      row.standing === null || saysTheSame(row, row.standing) ? [] : [{ ...row, standing: row.standing }],
    );
    const placed = await placeHolds(
      tx,
      procedure,
      fresh.map(({ hold, studentId, reason }) => ({
        ...hold,
        studentId,
        reason,
        source: 'csv',
        sourceKey: keyOf(hold),
        by: file.by,
      })),
      moment,
    );
    await changeHolds(
      tx,
      moved.map(({ hold, standing: { id }, reason }) => ({ ...hold, id, reason })),
      { on, now },
    );
    const changes = moved.map(({ hold, standing: { studentId, ref } }) => ({
      studentId,
      title: `Hold ${ref} changed by ${file.by}: ${holdInWords(hold)}`,
    }));
    await tellOfHolds(tx, procedure, changes, moment);

    const named = new Set(judged.rows.map((row) => row.standing?.id));
    const unnamed = file.replace ? [...standing.values()].filter((hold) => !named.has(hold.id)) : [];
    const gone = await end(
      unnamed.filter((hold) => hold.scope !== 'absolute'),
      'not in the file any more',
    );
    const endings = gone.map(({ studentId, ref }) => ({
      studentId,
      title: `Hold ${ref} ended by ${file.by}`,
    }));
    await tellOfHolds(tx, procedure, endings, moment);
    return {
      kind: 'imported',
      placed: fresh.length,
      changed: moved.length,
      unchanged: judged.rows.length - fresh.length - moved.length,
      ended: gone.length,
      kept: unnamed.length - gone.length,
      holds: [
        ...fresh.map(({ studentId }, index) => ({
          what: 'placed' as const,
          ref: placed[index] ?? '',
          studentId,
        })),
        ...moved.map(({ standing: { ref, studentId } }) => ({ what: 'changed' as const, ref, studentId })),
        ...gone.map(({ ref, studentId }) => ({ what: 'ended' as const, ref, studentId })),
      ],
    };
  });
}

interface JudgedRow {
  readonly hold: AllowedHold;
  readonly studentId: number;
  readonly reason: string;
  /** What an earlier file has placed and this row is about. */
  readonly standing: StoredHold | null;
}

async function judgeRows(
  { db, procedure, people }: HoldDesk,
  rows: readonly HoldRow[],
  standing: ReadonlyMap<string, StoredHold>,
  { today }: Moment,
): Promise<{ rows: JudgedRow[]; problems: FileRowProblem[] }> {
  const rules = procedure.policy.holds;
  const scopes = new Map(holdKinds(rules).map(({ kind, scope }) => [kind, scope]));
  const students = await findStudentIds(
    db,
    rows.map((row) => row.student),
  );
  const problems: FileRowProblem[] = [];
  const judged: JudgedRow[] = [];
  const lines = new Map<string, number>();
  for (const row of rows) {
    const { line } = row;
    const studentId = students.get(row.student);
    if (studentId === undefined) {
      const expected = 'the sourcedId or the number of one student';
      problems.push({ line, column: 'student', found: 'nobody of this name', expected });
      continue;
    }
    const scope = row.scope ?? scopes.get(row.kind) ?? '';
    const before = standing.get(nameOf({ studentId, sourceKey: keyOf({ kind: row.kind, scope }) })) ?? null;
    // What a row leaves open stays as an earlier file has said it.
    const from: SchoolDate | null = row.from ?? before?.begins ?? null;
    const until = row.until ?? (row.from === null ? (before?.ends ?? null) : null);
    const answer = judgeHold({ ...row, from, until }, { rules, people, today });
    if (answer.kind === 'refused') {
      const { part, found, expected, known } = answer;
      const told = { kind: row.kind, scope: row.scope ?? '', owner: row.owner, from: '', until: '' }[part];
      problems.push({ line, column: part, found, expected, told, known });
      continue;
    }
    const name = nameOf({ studentId, sourceKey: keyOf(answer.hold) });
    const first = lines.get(name);
    if (first !== undefined) {
      const expected = 'one row for a student, kind and scope';
      problems.push({ line, column: 'student', found: `the hold of line ${first} once more`, expected });
    }
    lines.set(name, first ?? line);
    judged.push({ hold: answer.hold, studentId, reason: row.reason, standing: before });
  }
  return { rows: judged, problems };
}

function saysTheSame({ hold, reason }: JudgedRow, before: StoredHold): boolean {
  return (
    hold.begins === before.begins &&
    hold.ends === before.ends &&
    hold.owner === before.owner &&
    reason === before.reason
  );
}

/** What a hold is called among those of files. */
function keyOf({ kind, scope }: { kind: string; scope: string }): string {
  return `${kind}:${scope}`;
}

function nameOf({ studentId, sourceKey }: { studentId: number; sourceKey: string | null }): string {
  return `${studentId} ${sourceKey}`;
}
