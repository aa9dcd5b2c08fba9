import { sql } from 'kysely';
import type { LetterReason } from '../domain/letter-reasons.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import type { PostalAddress } from '../domain/sis-records.ts';
import { underAbsoluteHold } from './absolute-hold.ts';
import { mayBeOurFault } from './brakes.ts';
import type { Db, Tx } from './database.ts';
import { killSwitchOn, readKillSwitch } from './kill-switch.ts';
import { newReference } from './references.ts';

export function newPrintRunReference(): string {
  return newReference('P');
}

/** A paper letter of a school that waits for a print run. */
export interface LetterToPrint {
  readonly id: string;
  readonly ref: string;
  readonly studentId: number;
  readonly schoolId: number;
  readonly guardianIds: readonly number[];
  /** The first addressee's. */
  readonly familyName: string;
  readonly address: PostalAddress | null;
  readonly pdfDocumentId: string;
  readonly pages: number;
}

export async function lettersToPrint(tx: Db, schoolId: number, now: Date): Promise<LetterToPrint[]> {
  // In this order students are locked everywhere.
  const { rows } = await sql<LetterToPrint>`
    select l.id, l.ref, l.student_id as "studentId", l.school_id as "schoolId",
      coalesce(array_agg(g.id order by g.id) filter (where g.id is not null), '{}') as "guardianIds",
      coalesce(min(g.family_name), min(s.family_name)) as "familyName", l.address, l.pdf_document_id as "pdfDocumentId",
      coalesce(l.pages, 1) as pages
    from letter l
    join letter_addressee a on a.letter_id = l.id
    join student s on s.id = l.student_id
    left join guardian g on g.id = a.guardian_id
    where l.school_id = ${schoolId} and l.channel = 'paper' and l.state in ('queued', 'held') and l.due_at <= ${now}
      and l.cleared_at is not null and l.pdf_document_id is not null
      and not ${mayBeOurFault(sql`l.channel_reason`)}
    group by l.id
    order by l.student_id, l.ref`.execute(tx);
  return rows;
}

/** Whether something was printed for a school on this day. */
export async function hasRunOf(tx: Db, schoolId: number, on: SchoolDate): Promise<boolean> {
  const run = await tx
    .selectFrom('print_run')
    .select('id')
    .where('school_id', '=', schoolId)
    .where('printed_on', '=', on)
    .executeTakeFirst();
  return run !== undefined;
}

/**
 * Records a print run with what lies in it and moves its letters to `printed`.
 * @param run `letters`: in the order of the file
 * @throws Error when one of them may not leave any more: its pages are in the run, which must not stand then.
 * @throws SendingStoppedError when sending was stopped meanwhile
 */
export async function savePrintRun(
  tx: Db,
  run: {
    ref: string;
    schoolId: number;
    on: SchoolDate;
    documentId: string;
    pages: number;
    letters: readonly { id: string; envelope: number; pages: number }[];
  },
): Promise<string> {
  const row = await tx
    .insertInto('print_run')
    .values({
      ref: run.ref,
      school_id: run.schoolId,
      printed_on: run.on,
      document_id: run.documentId,
      letters: run.letters.length,
      pages: run.pages,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const ids = run.letters.map(({ id }) => id);
  const printed = await tx
    .updateTable('letter')
    .set({ state: 'printed', print_run_id: row.id, due_at: null, reason: null })
    .where('id', 'in', ids)
    .where('state', 'in', ['queued', 'held'])
    .where('cleared_at', 'is not', null)
    .where((eb) => eb.not(mayBeOurFault(sql.ref('letter.channel_reason'))))
    .where((eb) => eb.not(underAbsoluteHold(sql.ref('letter.student_id'))))
    .where((eb) => eb.not(killSwitchOn))
    .executeTakeFirst();
  if (Number(printed.numUpdatedRows) !== ids.length) {
    if ((await readKillSwitch(tx)) !== null) throw new SendingStoppedError();
    throw new Error(`the print run ${run.ref} has a letter that may not leave any more`);
  }
  await sql`
    insert into print_run_letter (print_run_id, letter_id, place, envelope, pages)
    select ${row.id}, t.id, t.place, t.envelope, t.pages
    from unnest(${ids}::uuid[], ${run.letters.map(({ envelope }) => envelope)}::int[],
      ${run.letters.map(({ pages }) => pages)}::int[]) with ordinality t (id, envelope, pages, place)`.execute(
    tx,
  );
  return row.id;
}

/** Sending was stopped while a run was being made; it takes the whole transaction back. */
export class SendingStoppedError extends Error {
  constructor() {
    super('sending was stopped while the run was made');
  }
}

/** A letter that was posted just now. */
export interface PostedLetter {
  readonly id: string;
  readonly ref: string;
  readonly studentId: number;
  readonly schoolYear: string;
  readonly step: string;
  readonly round: number;
  readonly pdfDocumentId: string | null;
}

/**
 * The clerk has put a run into the post: every letter of it is posted that was neither pulled, called back nor left out.
 * @param posted `except`: references of letters that still lie in the office
 * @returns the letters posted now
 */
export async function confirmPosted(
  tx: Db,
  posted: { printRunId: string; by: string; on: SchoolDate; now: Date; except?: readonly string[] },
): Promise<PostedLetter[]> {
  const { printRunId, on } = posted;
  const { rows } = await sql<PostedLetter>`
    update letter l set state = 'posted', handed_over_at = ${posted.now}, handed_over_on = ${on}
    where l.print_run_id = ${printRunId} and l.state = 'printed' and l.ref <> all(${[...(posted.except ?? [])]}::text[])
      and l.recalled_by is null and not ${underAbsoluteHold(sql.ref('l.student_id'))}
    returning l.id, l.ref, l.student_id as "studentId", l.school_year as "schoolYear", l.step, l.round,
      l.pdf_document_id as "pdfDocumentId"`.execute(tx);
  await sql`
    update print_run set posted_on = ${on}, posted_by = ${posted.by}
    where id = ${printRunId} and posted_on is null
      and not exists (select from letter l where l.print_run_id = print_run.id and l.state = 'printed')`.execute(
    tx,
  );
  return [...rows].sort((a, b) => (a.ref < b.ref ? -1 : 1));
}

/** Ids of the students whose letters lie in a run, also of those whose letter has to be pulled. */
export async function studentsOfRun(db: Db, printRunId: string): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select distinct l.student_id as id from print_run_letter r join letter l on l.id = r.letter_id
    where r.print_run_id = ${printRunId} order by 1`.execute(db);
  return rows.map(({ id }) => id);
}

/** A letter that has to come out of the pile of a run that was not posted yet. */
export interface LetterToPull {
  readonly letterId: string;
  readonly ref: string;
  readonly printRunId: string;
  readonly run: string;
  readonly schoolId: number;
}

/** Whether a row `r` of a run has a letter `l` that neither lies in it to be posted nor was posted with it. */
const outOfRun = sql`(l.print_run_id is distinct from r.print_run_id or l.state not in ('printed', 'posted'))`;

/** Letters to be pulled that nobody was asked to pull yet. */
export async function lettersToPull(db: Db): Promise<LetterToPull[]> {
  const { rows } = await sql<LetterToPull>`
    select l.id as "letterId", l.ref, p.id as "printRunId", p.ref as run, p.school_id as "schoolId"
    from print_run p
    join print_run_letter r on r.print_run_id = p.id
    join letter l on l.id = r.letter_id
    where p.posted_on is null and r.pulled_on is null and ${outOfRun}
      and not exists (select from task t where t.print_run_id = p.id and t.key = 'pull-letter:' || l.id)
    order by p.ref, r.place`.execute(db);
  return rows;
}

/**
 * The clerk has taken letters out of a run, or says that they were not posted with it.
 * @param which `letterId`: only this one; not set: every one that has to be pulled
 * @returns the references of those that are pulled now
 */
export async function recordPulled(
  tx: Tx,
  which: { printRunId: string; letterId?: string },
  pulled: { by: string; on: SchoolDate },
): Promise<string[]> {
  const { rows } = await sql<{ ref: string }>`
    update print_run_letter r set pulled_on = ${pulled.on}, pulled_by = ${pulled.by}
    from letter l
    where l.id = r.letter_id and r.print_run_id = ${which.printRunId} and r.pulled_on is null and ${outOfRun}
      and (${which.letterId ?? null}::uuid is null or l.id = ${which.letterId ?? null})
    returning l.ref`.execute(tx);
  return rows.map(({ ref }) => ref).sort();
}

/**
 * A letter that should have been pulled was in the post already: what has left has left. It can no longer be printed
 * or sent again, unless another one has gone to its guardians instead.
 * @returns the letter; null when it was not to be pulled from this run
 */
export async function recordPostedAnyway(
  tx: Tx,
  posted: { printRunId: string; letterId: string; by: string; on: SchoolDate; now: Date },
): Promise<PostedLetter | null> {
  const { rows } = await sql<PostedLetter>`
    update letter l set state = 'posted', print_run_id = ${posted.printRunId}, reason = null, due_at = null, owner = null,
      handed_over_at = ${posted.now}, handed_over_on = ${posted.on}
    from print_run_letter r
    where r.letter_id = l.id and r.print_run_id = ${posted.printRunId} and l.id = ${posted.letterId}
      and r.pulled_on is null and l.state in ('cancelled', 'planned', 'held', 'queued')
    returning l.id, l.ref, l.student_id as "studentId", l.school_year as "schoolYear", l.step, l.round,
      l.pdf_document_id as "pdfDocumentId"`.execute(tx);
  const letter = rows[0];
  if (letter === undefined) return null;
  await sql`
    update letter_addressee a set live = true
    where a.letter_id = ${letter.id} and not exists (
      select from letter_addressee o where o.key = a.key and o.live and o.letter_id <> a.letter_id)`.execute(
    tx,
  );
  return letter;
}

export interface PrintedLetter {
  readonly letterId: string;
  readonly studentId: number;
  readonly printRunId: string;
  /** By what it would be looked at now. */
  readonly mark: string;
}

/** Printed, not posted, and not looked at since something may have changed for its student. */
export async function printedToRecheck(db: Db): Promise<PrintedLetter[]> {
  const { rows } = await sql<PrintedLetter>`
    with sync as (select max(ordinal) as ordinal from sync_run where state = 'applied')
    select l.id as "letterId", l.student_id as "studentId", r.print_run_id as "printRunId", now.mark
    from letter l
    join print_run_letter r on r.letter_id = l.id and r.print_run_id = l.print_run_id
    left join ladder d on d.student_id = l.student_id and d.school_year = l.school_year
    cross join lateral (
      select concat_ws(' ', (select ordinal from sync), d.evaluation_id, d.mode) as mark) now
    where l.state = 'printed' and r.checked <> now.mark
    order by l.student_id, l.ref`.execute(db);
  return rows;
}

export async function markRechecked(
  tx: Tx,
  checked: { letterId: string; printRunId: string; mark: string },
): Promise<void> {
  await tx
    .updateTable('print_run_letter')
    .set({ checked: checked.mark })
    .where('letter_id', '=', checked.letterId)
    .where('print_run_id', '=', checked.printRunId)
    .execute();
}

/** What keeps it back may pass: it comes out of its envelope and waits for a later run. */
export async function takeOutOfRun(
  tx: Tx,
  letterId: string,
  waits: { reason: LetterReason; dueAt: Date | null },
): Promise<void> {
  await tx
    .updateTable('letter')
    .set({ state: 'held', print_run_id: null, reason: waits.reason, due_at: waits.dueAt })
    .where('id', '=', letterId)
    .where('state', '=', 'printed')
    .execute();
}
