import { sql } from 'kysely';
import type { ReachedBy } from '../../domain/ladder-facts.ts';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { Db } from '../../store/database.ts';

/** What the report shows, as plain data. The district is invented, so names may stand in it. */
export interface ReportFacts {
  readonly weeks: readonly WeekFacts[];
  readonly steps: readonly { readonly step: string; readonly state: string; readonly students: number }[];
  readonly letters: readonly LetterRow[];
  readonly mails: readonly MailRow[];
  readonly referrals: readonly ReferralRow[];
  readonly printRuns: readonly PrintRunRow[];
  readonly tasks: readonly { readonly kind: string; readonly state: string; readonly tasks: number }[];
  readonly contacts: readonly { readonly outcome: string; readonly contacts: number }[];
  readonly corrections: readonly { readonly reason: string; readonly records: number }[];
  readonly students: number;
  readonly guardians: number;
  readonly records: number;
  readonly evaluations: number;
  readonly syncRuns: number;
}

export interface WeekFacts {
  readonly monday: SchoolDate;
  readonly absences: number;
  /** Step id → how many students took it in that week. */
  readonly taken: Readonly<Record<string, number>>;
  /** Letters stopped because a correction came first. */
  readonly stopped: number;
}

export interface LetterRow {
  readonly id: string;
  readonly ref: string;
  readonly step: string;
  readonly channel: string;
  readonly channelReason: string;
  readonly language: string;
  readonly state: string;
  readonly reason: string | null;
  readonly student: string;
  readonly studentSourcedId: string;
  readonly guardians: string;
  readonly school: string;
  readonly on: SchoolDate | null;
  readonly superseded: boolean;
  readonly pdfDocumentId: string | null;
  readonly messageDocumentId: string | null;
}

export interface MailRow {
  readonly id: string;
  readonly ref: string;
  readonly kind: string;
  readonly to: string;
  readonly state: string;
  readonly on: SchoolDate | null;
  readonly messageDocumentId: string | null;
}

export interface ReferralRow {
  readonly ref: string;
  readonly student: string;
  readonly studentSourcedId: string;
  readonly school: string;
  readonly state: string;
  readonly gaps: readonly string[];
  readonly openedOn: SchoolDate;
  readonly deliveredOn: SchoolDate | null;
  readonly packetDocumentId: string | null;
  readonly reachedBy: ReachedBy;
}

export interface PrintRunRow {
  readonly ref: string;
  readonly school: string;
  readonly printedOn: SchoolDate;
  readonly postedOn: SchoolDate | null;
  readonly letters: number;
  readonly documentId: string;
}

export async function collectReport(db: Db): Promise<ReportFacts> {
  return {
    weeks: await weeks(db),
    steps: await grouped(
      db,
      sql`select step, state, count(*)::int as students from ladder_step group by 1, 2 order by 1, 2`,
    ),
    letters: await grouped(db, lettersQuery),
    mails: await grouped(db, mailsQuery),
    referrals: await grouped(db, referralsQuery),
    printRuns: await grouped(db, printRunsQuery),
    tasks: await grouped(
      db,
      sql`select kind, state, count(*)::int as tasks from task group by 1, 2 order by 1, 2`,
    ),
    contacts: await grouped(
      db,
      sql`select outcome, count(*)::int as contacts from contact_log_entry group by 1 order by 2 desc, 1`,
    ),
    corrections: await grouped(
      db,
      sql`select end_reason as reason, count(*)::int as records from absence_record
          where end_reason is not null group by 1 order by 1`,
    ),
    students: await count(db, 'student'),
    guardians: await count(db, 'guardian'),
    records: await count(db, 'absence_record'),
    evaluations: await count(db, 'evaluation'),
    syncRuns: await count(db, 'sync_run'),
  };
}

const studentName = sql`st.given_name || ' ' || st.family_name`;

const lettersQuery = sql`
  select l.id, l.ref, l.step, l.channel, l.channel_reason as "channelReason", l.language, l.state, l.reason,
    ${studentName} as student, st.sourced_id as "studentSourcedId", sc.name as school,
    (select string_agg(g.given_name || ' ' || g.family_name, ' and ' order by g.id)
      from letter_addressee a join guardian g on g.id = a.guardian_id where a.letter_id = l.id) as guardians,
    coalesce(l.handed_over_on, p.printed_on) as "on", l.superseded,
    l.pdf_document_id as "pdfDocumentId", l.message_document_id as "messageDocumentId"
  from letter l
  join student st on st.id = l.student_id
  join school sc on sc.id = l.school_id
  left join print_run p on p.id = l.print_run_id
  order by l.planned_at, l.ref`;

const mailsQuery = sql`
  select id, ref, kind, to_name as "to", state, handed_over_on as "on", message_document_id as "messageDocumentId"
  from staff_mail order by composed_at, ref`;

const referralsQuery = sql`
  select r.ref, ${studentName} as student, st.sourced_id as "studentSourcedId", sc.name as school, r.state, r.gaps,
    r.opened_on as "openedOn", r.delivered_on as "deliveredOn", r.packet_document_id as "packetDocumentId",
    coalesce(l.reached_by, 'count') as "reachedBy"
  from referral r left join ladder_step l using (student_id, school_year, step)
  join student st on st.id = r.student_id join school sc on sc.id = r.school_id
  order by r.opened_on, r.ref`;

const printRunsQuery = sql`
  select p.ref, sc.name as school, p.printed_on as "printedOn", p.posted_on as "postedOn", p.letters,
    p.document_id as "documentId"
  from print_run p join school sc on sc.id = p.school_id order by p.printed_on, p.ref`;

async function weeks(db: Db): Promise<WeekFacts[]> {
  const rows = await sql<{
    monday: SchoolDate;
    absences: number;
    stopped: number;
    taken: Record<string, number> | null;
  }>`
    with absences as (
      select date_trunc('week', date)::date as monday, count(*)::int as n
      from absence_record where ended_at is null and status = 'absent' and excuse <> 'exempt' group by 1
    ), taken as (
      select date_trunc('week', as_of)::date as monday, step, count(*)::int as n
      from ladder_event where to_state = 'taken' group by 1, 2
    ), stopped as (
      select date_trunc('week', e.as_of)::date as monday, count(*)::int as n
      from ladder_event e where e.to_state = 'withdrawn' and e.from_state = 'owed' group by 1
    ), all_weeks as (
      select monday from absences union select monday from taken union select monday from stopped
    )
    select w.monday, coalesce(a.n, 0) as absences, coalesce(s.n, 0) as stopped,
      (select json_object_agg(t.step, t.n) from taken t where t.monday = w.monday) as taken
    from all_weeks w
    left join absences a on a.monday = w.monday
    left join stopped s on s.monday = w.monday
    order by w.monday`.execute(db);
  return rows.rows.map((row) => ({ ...row, taken: row.taken ?? {} }));
}

async function grouped<T>(db: Db, query: ReturnType<typeof sql>): Promise<T[]> {
  const result = await query.execute(db);
  return result.rows as T[];
}

async function count(db: Db, table: string): Promise<number> {
  const result = await sql<{ n: string }>`select count(*) as n from ${sql.table(table)}`.execute(db);
  return Number(result.rows[0]?.n ?? 0);
}
