import type { Policy, Step } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { dateCell, keyCell } from '../sis/csv/cells.ts';
import { FileRefusal } from '../sis/csv/file-refusal.ts';
import { readCsv } from '../sis/csv/read-csv.ts';
import { type Header, resolveHeader } from '../sis/csv/resolve-header.ts';
import { type Field, Refusal, refuse } from '../sis/shape.ts';
import type { FileRowProblem } from './file-row-problem.ts';

/** A letter as a list of the school names it. */
export interface ListedLetter {
  readonly line: number;
  /** sourcedId, another id, or number. */
  readonly student: string;
  /** Id of a step that has a letter. */
  readonly step: string;
  readonly sentOn: SchoolDate;
}

export type ReadLetterList =
  | { readonly kind: 'read'; readonly letters: readonly ListedLetter[] }
  | { readonly kind: 'refused'; readonly problems: readonly FileRowProblem[] };

const COLUMNS = ['student', 'step', 'date'] as const;
type Column = (typeof COLUMNS)[number];

/** Headers under which school offices keep such lists. */
const USUAL: Readonly<Record<Column, readonly string[]>> = {
  student: ['student', 'student id', 'student number', 'sourcedId', 'id', 'local id'],
  step: ['step', 'letter', 'letter name', 'letter type', 'notice', 'type'],
  date: ['date', 'sent on', 'date sent', 'sent', 'letter date', 'mailed', 'date mailed', 'mail date'],
};

const MOST_ROWS = 50_000;

/**
 * Reads a list of letters: CSV in UTF-8 with a line of headers; other columns are passed over. A step is called by its
 * id, its title or its template. A row that is there twice, for two guardians for instance, counts once.
 * @param range dates outside it are refused
 * @throws FileRefusal when it cannot be read as a table at all
 */
export async function readLetterList(
  bytes: AsyncIterable<Buffer>,
  policy: Policy,
  range: { readonly from: SchoolDate; readonly to: SchoolDate },
): Promise<ReadLetterList> {
  const steps = namesOfSteps(policy);
  const letters = new Map<string, ListedLetter>();
  const problems: FileRowProblem[] = [];
  let header: Header<Column> | null = null;
  let rows = 0;
  for await (const { line, cells } of readCsv(bytes, ',')) {
    if (header === null) {
      header = resolveHeader(cells, {
        columns: COLUMNS,
        usual: USUAL,
        own: {},
        needed: COLUMNS.map((column) => [column]),
      });
      continue;
    }
    rows += 1;
    if (rows > MOST_ROWS) throw new FileRefusal(`it has more than ${MOST_ROWS} rows; split it`);
    if (cells.length !== header.width) {
      const expected = `${header.width}, one for each header`;
      problems.push({ line, column: '', found: `${cells.length} cells`, expected });
      continue;
    }
    const read = readRow(line, header.cellsOf(cells), steps, range);
    if ('problem' in read) problems.push(read.problem);
    else letters.set(`${read.letter.student} ${read.letter.step} ${read.letter.sentOn}`, read.letter);
  }
  if (header === null)
    throw new FileRefusal('it is empty; expected a line of headers and a row for each letter');
  if (problems.length > 0) return { kind: 'refused', problems };
  if (letters.size === 0)
    throw new FileRefusal('it has no row below its headers; expected one for each letter');
  return { kind: 'read', letters: [...letters.values()] };
}

const told =
  (read: Field<string | null>): Field<string> =>
  (value) =>
    read(value) ?? refuse('nothing', 'text');

const day: Field<SchoolDate> = (value) =>
  dateCell()(value) ?? refuse('nothing', 'the day on which it was sent');

function readRow(
  line: number,
  cells: Readonly<Partial<Record<Column, string>>>,
  steps: ReadonlyMap<string, string>,
  range: { readonly from: SchoolDate; readonly to: SchoolDate },
): { letter: ListedLetter } | { problem: FileRowProblem } {
  let column: Column = 'student';
  const cell = <T>(of: Column, read: Field<T>): T => {
    column = of;
    return read(cells[of]);
  };
  try {
    const student = cell('student', told(keyCell(200)));
    const name = cell('step', told(keyCell(100)));
    const step = steps.get(keyOf(name));
    if (step === undefined) {
      const known = [...new Set(steps.values())];
      const expected = `the id or the title of a step with a letter: ${known.join(', ')}`;
      return { problem: { line, column: 'step', found: 'another name', expected, told: name, known } };
    }
    const sentOn = cell('date', day);
    if (sentOn < range.from || sentOn > range.to) {
      const expected = `a day from ${range.from} to ${range.to}`;
      return { problem: { line, column: 'date', found: sentOn, expected } };
    }
    return { letter: { line, student, step, sentOn } };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { problem: { line, column, found: error.found, expected: error.expected } };
  }
}

/** What a step with a letter may be called → its id. */
function namesOfSteps({ steps }: Policy): ReadonlyMap<string, string> {
  const withLetter = steps.filter((step): step is Step & { letter: string } => step.letter !== null);
  const named = (nameOf: (step: Step & { letter: string }) => string) =>
    withLetter.map((step) => [keyOf(nameOf(step)), step.id] as const);
  // An id is the plainest name: it goes before whatever else is called so.
  return new Map([
    ...named(({ letter }) => letter),
    ...named(({ title }) => title),
    ...named(({ id }) => id),
  ]);
}

function keyOf(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '');
}
