import { sql } from 'kysely';
import { type EnvelopeSetting, placeInEnvelopes } from '../domain/envelopes.ts';
import { counted } from '../domain/plain-words.ts';
import { maySend, type SendingWindow } from '../domain/sending-window.ts';
import type { Db, Tx } from '../store/database.ts';
import { readDocument, saveDocument } from '../store/documents.ts';
import { readKillSwitch } from '../store/kill-switch.ts';
import { holdLetter } from '../store/letter-changes.ts';
import {
  hasRunOf,
  type LetterToPrint,
  lettersToPrint,
  newPrintRunReference,
  SendingStoppedError,
  savePrintRun,
} from '../store/print-runs.ts';
import { openTask } from '../store/tasks.ts';
import { nextOpening } from './claim.ts';
import { type Moment, type Procedure, schoolCalendar } from './procedure.ts';
import { recheckLetter } from './recheck-letter.ts';

/** One letter as it lies in the print run. */
export interface PrintableLetter {
  readonly ref: string;
  readonly pages: number;
  /** Letters of one number go into one envelope. */
  readonly envelope: number;
  readonly hasAddress: boolean;
  readonly pdf: Buffer;
}

export interface PrintDeps {
  readonly db: Db;
  readonly procedure: Procedure;
  readonly window: SendingWindow;
  /** How letters lie in a run. */
  readonly envelopes: EnvelopeSetting;
  /** Puts the letters and a control sheet into one PDF. */
  readonly buildRun: (run: {
    ref: string;
    schoolName: string;
    moment: Moment;
    letters: readonly PrintableLetter[];
  }) => Promise<{ pdf: Buffer; pages: number }>;
}

export type PrintOutcome =
  | { readonly kind: 'printed'; readonly letters: number; readonly printRunId: string }
  | { readonly kind: 'window-closed' | 'printed-today' | 'sending-stopped' | 'nothing-to-print' };

/**
 * Prints what waits on paper in one school: a PDF in envelope order with its control sheet, and a task for the clerk
 * to post it and confirm. There is one run a day: what comes later waits for the next sending day. Each letter passes
 * the same last look as one that is e-mailed.
 */
export async function printLetters(deps: PrintDeps, schoolId: number, moment: Moment): Promise<PrintOutcome> {
  return deps.db
    .transaction()
    .execute((tx) => printInside(tx, deps, schoolId, moment))
    .catch((error: unknown): PrintOutcome => {
      if (error instanceof SendingStoppedError) return { kind: 'sending-stopped' };
      throw error;
    });
}

async function printInside(tx: Tx, deps: PrintDeps, schoolId: number, moment: Moment): Promise<PrintOutcome> {
  const { procedure, window } = deps;
  await sql`select pg_advisory_xact_lock(hashtext('rollcall print run'), ${schoolId}::int)`.execute(tx);
  if ((await readKillSwitch(tx)) !== null) return { kind: 'sending-stopped' };
  const calendar = await schoolCalendar(tx, procedure, schoolId);
  const open = maySend(moment.now, procedure.timeZone, calendar, window);
  if (open.kind === 'closed') {
    if (open.until !== null) await postponeSchool(tx, schoolId, open.until, moment);
    return { kind: 'window-closed' };
  }
  if (await hasRunOf(tx, schoolId, moment.today)) {
    await postponeSchool(tx, schoolId, nextOpening(procedure, calendar, window, moment.today), moment);
    return { kind: 'printed-today' };
  }
  const standing = [];
  for (const waiting of await lettersToPrint(tx, schoolId, moment.now)) {
    const recheck = await recheckLetter(tx, procedure, waiting, moment);
    if (recheck.kind === 'stands') standing.push(waiting);
    if (recheck.kind === 'waits') {
      const dueAt = nextOpening(procedure, calendar, window, moment.today);
      await holdLetter(tx, waiting.id, { reason: recheck.reason, dueAt });
    }
  }
  if (standing.length === 0) return { kind: 'nothing-to-print' };
  const printRunId = await saveRun(tx, deps, schoolId, standing, moment);
  return { kind: 'printed', letters: standing.length, printRunId };
}

async function saveRun(
  tx: Tx,
  deps: PrintDeps,
  schoolId: number,
  standing: readonly LetterToPrint[],
  moment: Moment,
): Promise<string> {
  const ref = newPrintRunReference();
  const school = await tx
    .selectFrom('school')
    .select('name')
    .where('id', '=', schoolId)
    .executeTakeFirstOrThrow();
  const placed = placeInEnvelopes(standing, deps.envelopes);
  const letters: PrintableLetter[] = [];
  for (const { ref: letterRef, pages, envelope, address, pdfDocumentId } of placed) {
    const { bytes: pdf } = await readDocument(tx, pdfDocumentId);
    letters.push({ ref: letterRef, pages, envelope, hasAddress: address !== null, pdf });
  }
  const run = await deps.buildRun({ ref, schoolName: school.name, moment, letters });
  const document = await saveDocument(tx, {
    mediaType: 'application/pdf',
    kind: 'print-run',
    bytes: run.pdf,
    students: standing.map(({ studentId }) => studentId),
    now: moment.now,
  });
  const printRunId = await savePrintRun(tx, {
    ref,
    schoolId,
    on: moment.today,
    documentId: document.id,
    pages: run.pages,
    letters: placed,
  });
  await openTask(
    tx,
    {
      key: `print-letters:${printRunId}`,
      kind: 'print-letters',
      role: 'attendance-clerk',
      openedOn: moment.today,
      dueOn: deps.procedure.calendarOf(null).addSchoolDays(moment.today, 1) ?? moment.today,
      schoolId,
      schoolYear: deps.procedure.schoolYear.id,
      printRunId,
      detail: `${ref}: ${counted(letters.length, 'letter')}`,
    },
    moment.now,
  );
  return printRunId;
}

async function postponeSchool(tx: Tx, schoolId: number, until: Date, moment: Moment): Promise<void> {
  await tx
    .updateTable('letter')
    .set({ due_at: until })
    .where('school_id', '=', schoolId)
    .where('channel', '=', 'paper')
    .where('state', 'in', ['queued', 'held'])
    .where('due_at', '<=', moment.now)
    .execute();
}
