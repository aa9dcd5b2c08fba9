import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';

/** A print run as a clerk sees it: references and numbers, nobody's name. */
export interface ListedRun {
  readonly id: string;
  readonly ref: string;
  /** sourcedId. */
  readonly school: string;
  readonly schoolId: number;
  readonly schoolName: string;
  readonly printedOn: SchoolDate;
  readonly documentId: string;
  readonly letters: number;
  readonly envelopes: number;
  /** Of the whole file, the control sheet and blank backs included. */
  readonly pages: number;
  readonly first: string;
  readonly last: string;
  readonly posted: number;
  /** Have to be pulled, or were. */
  readonly pulled: number;
  /** Neither posted nor pulled. */
  readonly waiting: number;
  readonly postedOn: SchoolDate | null;
  readonly postedBy: string | null;
}

/** Newest first. @param filter what is not said narrows nothing */
export async function listPrintRuns(
  db: Db,
  filter: { readonly school?: string; readonly ref?: string; readonly unposted?: boolean } = {},
): Promise<ListedRun[]> {
  const { rows } = await sql<ListedRun>`
    select p.id, p.ref, s.sourced_id as school, p.school_id as "schoolId", s.name as "schoolName",
      p.printed_on as "printedOn", p.document_id as "documentId", p.letters, x.envelopes, p.pages,
      x.first, x.last, x.posted, x.pulled, x.waiting, p.posted_on as "postedOn", p.posted_by as "postedBy"
    from print_run p
    join school s on s.id = p.school_id
    cross join lateral (
      select count(distinct r.envelope)::int as envelopes,
        (array_agg(l.ref order by r.place))[1] as first, (array_agg(l.ref order by r.place desc))[1] as last,
        count(*) filter (where l.print_run_id = p.id and l.state = 'posted')::int as posted,
        count(*) filter (where l.print_run_id = p.id and l.state = 'printed')::int as waiting,
        count(*) filter (where l.print_run_id is distinct from p.id or l.state not in ('printed', 'posted'))::int
          as pulled
      from print_run_letter r join letter l on l.id = r.letter_id
      where r.print_run_id = p.id) x
    where (${filter.school ?? null}::text is null or s.sourced_id = ${filter.school ?? null})
      and (${filter.ref ?? null}::text is null or p.ref = ${filter.ref ?? null})
      and (${filter.unposted ?? false} = false or x.waiting > 0)
    order by p.printed_on desc, p.ref`.execute(db);
  return rows;
}

/** A letter at its place in a run. */
export interface LetterOfRun {
  readonly id: string;
  readonly ref: string;
  readonly place: number;
  readonly envelope: number;
  readonly pages: number;
  readonly step: string;
  /** `to-post`, `posted`, `pull`, `pulled` or `returned`. */
  readonly state: 'to-post' | 'posted' | 'pull' | 'pulled' | 'returned';
  /** Why it has to be pulled, as a code word. */
  readonly reason: string | null;
  readonly hasAddress: boolean;
  readonly postedOn: SchoolDate | null;
  readonly returnedOn: SchoolDate | null;
}

/** In the order of the file. */
export async function lettersOfRun(db: Db, printRunId: string): Promise<LetterOfRun[]> {
  const { rows } = await sql<LetterOfRun>`
    select l.id, l.ref, r.place, r.envelope, r.pages, l.step,
      case when l.print_run_id = r.print_run_id and l.state = 'posted'
          then case when l.returned_on is null then 'posted' else 'returned' end
        when l.print_run_id = r.print_run_id and l.state = 'printed' then 'to-post'
        when r.pulled_on is null then 'pull' else 'pulled' end as state,
      case when l.print_run_id is distinct from r.print_run_id or l.state not in ('printed', 'posted')
        then coalesce(l.reason, l.state) end as reason,
      l.address is not null as "hasAddress",
      case when l.print_run_id = r.print_run_id then l.handed_over_on end as "postedOn",
      l.returned_on as "returnedOn"
    from print_run_letter r join letter l on l.id = r.letter_id
    where r.print_run_id = ${printRunId}
    order by r.place`.execute(db);
  return rows;
}

/** Runs that lie around: with letters that are neither posted nor pulled, oldest first. */
export async function unpostedRuns(
  db: Db,
): Promise<{ id: string; ref: string; schoolId: number; printedOn: SchoolDate; waiting: number }[]> {
  const { rows } = await sql<{
    id: string;
    ref: string;
    schoolId: number;
    printedOn: SchoolDate;
    waiting: number;
  }>`
    select p.id, p.ref, p.school_id as "schoolId", p.printed_on as "printedOn", count(*)::int as waiting
    from print_run p join letter l on l.print_run_id = p.id and l.state = 'printed'
    where p.posted_on is null
    group by p.id order by p.printed_on, p.ref`.execute(db);
  return rows;
}
