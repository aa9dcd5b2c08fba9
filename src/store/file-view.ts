import { sql } from 'kysely';
import type { Evaluation } from '../domain/ladder-facts.ts';
import type { HoldScope } from '../domain/policy.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type Db, PREPARED } from './database.ts';
import { asFiled, type FiledParts, filedParts, type StoredParts } from './file-parts.ts';
import { homeOrder } from './home-school.ts';
import type { FileEntryTable, HoldSource } from './tables/files.ts';
import type { LetterState } from './tables/letters.ts';

/** One student's file of a school year, as staff see it. Instants are ISO 8601 text. */
export interface FileView extends FiledParts {
  readonly id: number;
  readonly ref: string;
  readonly sourcedId: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly grade: string | null;
  readonly number: string | null;
  readonly active: boolean;
  /** The file under which the student goes on: the SIS has made two people one. */
  readonly goesOnAs: string | null;
  /** The primary school, of who has left the last one; null: there was never any. */
  readonly school: { readonly id: number; readonly sourcedId: string; readonly name: string } | null;
  readonly openedOn: SchoolDate | null;
  readonly ladder: {
    readonly evaluationId: string;
    readonly asOf: SchoolDate;
    /** Days counted, settled or not, as decimal text. */
    readonly total: string;
    readonly mode: string;
  } | null;
  readonly entries: readonly ViewedEntry[];
  readonly contacts: readonly ViewedContact[];
  readonly letters: readonly ViewedLetter[];
  readonly tasks: readonly ViewedTask[];
  readonly holds: readonly ViewedHold[];
  readonly medical: {
    readonly status: string;
    readonly since: SchoolDate;
    readonly validUntil: SchoolDate | null;
  } | null;
  readonly guardians: readonly ViewedGuardian[];
}

export interface ViewedEntry {
  readonly id: string;
  readonly onDate: SchoolDate;
  readonly kind: FileEntryTable['kind'];
  readonly title: string;
  readonly detail: string | null;
  readonly letterId: string | null;
  readonly contactId: string | null;
  /** It was recorded by mistake. */
  readonly takenBackBy: string | null;
}

export interface ViewedContact {
  readonly id: string;
  readonly ref: string;
  readonly on: SchoolDate;
  readonly at: string;
  readonly by: string;
  readonly byEmail: string | null;
  readonly outcome: string;
  readonly note: string | null;
  readonly guardianId: number | null;
  readonly undoneBy: string | null;
  readonly undoneBecause: string | null;
}

export interface ViewedLetter {
  readonly id: string;
  readonly ref: string;
  readonly step: string;
  readonly to: string;
  readonly channel: 'email' | 'paper';
  readonly state: LetterState;
  readonly reason: string | null;
  readonly language: string;
  readonly superseded: boolean;
  readonly plannedAt: string;
  /** The day on which it left or was posted. */
  readonly left: SchoolDate | null;
  readonly handedOverAt: string | null;
  readonly reply: string | null;
  readonly postedBy: string | null;
  readonly returnedOn: SchoolDate | null;
  readonly hasPdf: boolean;
}

export interface ViewedTask {
  readonly ref: string;
  readonly kind: string;
  readonly role: string;
  readonly state: 'open' | 'done' | 'closed';
  readonly step: string | null;
  readonly openedOn: SchoolDate;
  readonly dueOn: SchoolDate;
  readonly closedOn: SchoolDate | null;
  readonly closedBy: string | null;
  readonly outcome: string | null;
  readonly reason: string | null;
}

export interface ViewedHold {
  readonly ref: string;
  readonly kind: string;
  readonly scope: HoldScope;
  readonly begins: SchoolDate;
  readonly ends: SchoolDate | null;
  readonly owner: string;
  readonly reason: string | null;
  readonly source: HoldSource;
  readonly placedBy: string | null;
  readonly endedAt: string | null;
  readonly endedBy: string | null;
  readonly endedBecause: string | null;
}

export interface ViewedGuardian {
  readonly id: number;
  readonly name: string;
  readonly role: string;
  readonly relationship: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly language: string | null;
  readonly noContact: boolean;
  /** Linked to the student today, and active. */
  readonly current: boolean;
  readonly isGuardian: boolean | null;
}

/** A file that somebody wants to see, by its reference. */
export interface AskedFile {
  readonly ref: string;
  readonly schoolYear: string;
  readonly today: SchoolDate;
}

/** Everything that a student's page shows. @returns null when no student has the reference */
export async function readFile(db: Db, asked: AskedFile): Promise<FileView | null> {
  const [file = null] = await readFiles(db, [asked.ref], asked);
  return file;
}

/**
 * Several files in one round trip, each whole and as of one moment.
 * @param refs uuids
 * @returns in their order; null where no student has the reference
 */
export async function readFiles(
  db: Db,
  refs: readonly string[],
  { schoolYear, today }: Omit<AskedFile, 'ref'>,
): Promise<(FileView | null)[]> {
  // A list as JSON looks equally long to the planner whatever is in it, so that the statement is planned once.
  const { rows } = await sql<{ ref: string; view: Stored }>`${PREPARED}
    select s.file_ref as ref, json_build_object('id', s.id, 'ref', s.file_ref, 'sourcedId', s.sourced_id, 'givenName', s.given_name,
      'familyName', s.family_name, 'grade', s.grade, 'number', s.number, 'active', s.active,
      'goesOnAs', (select o.file_ref from student o where o.id = s.merged_into),
      'school', (select json_build_object('id', sc.id, 'sourcedId', sc.sourced_id, 'name', sc.name)
        from enrolment e join school sc on sc.id = e.school_id where e.student_id = s.id
        order by ${homeOrder(today)} limit 1),
      'openedOn', f.opened_on,
      'ladder', (select json_build_object('evaluationId', l.evaluation_id, 'asOf', l.evaluated_as_of,
          'total', trim_scale(l.total)::text, 'mode', l.mode)
        from ladder l where l.student_id = s.id and l.school_year = ${schoolYear}),
      'entries', (select coalesce(json_agg(json_build_object('id', n.id::text, 'onDate', n.on_date, 'kind', n.kind,
          'title', n.title, 'detail', n.detail, 'letterId', n.letter_id, 'contactId', n.contact_id,
          'takenBackBy', n.taken_back_by)
          order by n.id), '[]')
        from file_entry n where n.file_id = f.id),
      'contacts', (select coalesce(json_agg(json_build_object('id', c.id, 'ref', c.ref, 'on', c.on_date, 'at', c.at,
          'by', c.by_name, 'byEmail', c.by_email, 'outcome', c.outcome, 'note', c.note,
          'guardianId', c.guardian_id, 'undoneBy', c.undone_by, 'undoneBecause', c.undone_because)
          order by c.at, c.ref), '[]')
        from contact_log_entry c where c.student_id = s.id and c.school_year = ${schoolYear}),
      'letters', (select coalesce(json_agg(json_build_object('id', l.id, 'ref', l.ref, 'step', l.step,
          'to', coalesce((select string_agg(g.given_name || ' ' || g.family_name, ' and ' order by g.id)
            from letter_addressee a join guardian g on g.id = a.guardian_id where a.letter_id = l.id), 'the student'),
          'channel', l.channel, 'state', l.state, 'reason', l.reason, 'language', l.language,
          'superseded', l.superseded, 'plannedAt', l.planned_at,
          'left', coalesce(l.handed_over_on, pr.posted_on), 'handedOverAt', l.handed_over_at, 'reply', l.reply,
          'postedBy', pr.posted_by, 'returnedOn', l.returned_on, 'hasPdf', l.pdf_document_id is not null)
          order by l.planned_at, l.ref), '[]')
        from letter l left join print_run pr on pr.id = l.print_run_id
        where l.student_id = s.id and l.school_year = ${schoolYear}),
      'tasks', (select coalesce(json_agg(json_build_object('ref', t.ref, 'kind', t.kind, 'role', t.role,
          'state', t.state, 'step', t.step, 'openedOn', t.opened_on, 'dueOn', t.due_on, 'closedOn', t.closed_on,
          'closedBy', t.closed_by, 'outcome', t.outcome, 'reason', t.reason) order by t.opened_on, t.ref), '[]')
        from task t where t.student_id = s.id and not t.shadow
          and (t.school_year = ${schoolYear} or t.school_year is null)),
      'holds', (select coalesce(json_agg(json_build_object('ref', h.ref, 'kind', h.kind, 'scope', h.scope,
          'begins', h.begins, 'ends', h.ends, 'owner', h.owner, 'reason', h.reason, 'source', h.source,
          'placedBy', h.created_by, 'endedAt', h.ended_at, 'endedBy', h.ended_by, 'endedBecause', h.ended_because)
          order by h.begins, h.ref), '[]')
        from hold h where h.student_id = s.id),
      'medical', (select json_build_object('status', m.status, 'since', m.since, 'validUntil', m.valid_until)
        from medical_documentation m where m.student_id = s.id and m.school_year = ${schoolYear}),
      'guardians', (select coalesce(json_agg(json_build_object('id', g.id,
          'name', g.given_name || ' ' || g.family_name, 'role', g.role,
          'relationship', coalesce(k.contact ->> 'relationship', k.relationship),
          'phone', coalesce(k.contact ->> 'phone', g.phone), 'email', coalesce(k.contact ->> 'email', g.email),
          'language', coalesce(k.contact ->> 'language', g.language),
          'noContact', g.no_contact or coalesce((k.contact ->> 'noContact')::boolean, false),
          'current', k.active and g.active,
          'isGuardian', coalesce((k.contact ->> 'guardian')::boolean, k.is_guardian)) order by g.id), '[]')
        from guardianship k join guardian g on g.id = k.guardian_id where k.student_id = s.id),
      ${filedParts(schoolYear)}) as view
    from json_array_elements_text(${JSON.stringify(refs)}::json) as asked (ref)
    join student s on s.file_ref = asked.ref::uuid
    left join attendance_file f on f.student_id = s.id and f.school_year = ${schoolYear}`.execute(db);
  const files = new Map(rows.map(({ ref, view }) => [ref, view]));
  return refs.map((ref) => {
    const view = files.get(ref);
    return view === undefined ? null : { ...view, ...asFiled(view) };
  });
}

type Stored = Omit<FileView, keyof FiledParts> & StoredParts;

/** An evaluation as it was stored. It never changes: whoever has it need not read it again. */
export async function readEvaluation(db: Db, id: string): Promise<Evaluation | null> {
  const { rows } = await sql<{ result: Evaluation }>`${PREPARED}
    select result from evaluation where id = ${id}::uuid`.execute(db);
  return rows[0]?.result ?? null;
}

/** The reference of a student's file by our own id. */
export async function fileRefOf(db: Db, studentId: number): Promise<string | null> {
  const { rows } = await sql<{ ref: string }>`${PREPARED}
    select file_ref as ref from student where id = ${studentId}`.execute(db);
  return rows[0]?.ref ?? null;
}
