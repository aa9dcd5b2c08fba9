import { sql } from 'kysely';
import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import type { LetterState } from './tables/letters.ts';

export interface LetterFilter {
  readonly state?: LetterState | undefined;
  /** sourcedId. */
  readonly school?: string | undefined;
  readonly step?: string | undefined;
  /** sourcedId or student number. */
  readonly student?: string | undefined;
}

export interface ListedLetter {
  readonly ref: string;
  /** sourcedId. */
  readonly student: string;
  readonly name: string;
  readonly school: string;
  readonly step: string;
  readonly round: number;
  readonly to: string;
  readonly channel: string;
  readonly state: LetterState;
  readonly reason: string | null;
  /** The day on which it left. */
  readonly left: SchoolDate | null;
}

/** Letters of a school year, the latest first. */
export async function listAllLetters(
  db: Db,
  schoolYear: string,
  filter: LetterFilter,
): Promise<ListedLetter[]> {
  const { state = null, school = null, step = null, student = null } = filter;
  const { rows } = await sql<ListedLetter>`
    select l.ref, st.sourced_id as student, st.given_name || ' ' || st.family_name as name, sc.name as school, l.step,
      l.round, ${addressees} as "to", l.channel, l.state, l.reason,
      coalesce(l.handed_over_on, r.posted_on, l.shadowed_on) as left
    from letter l
    join student st on st.id = l.student_id
    join school sc on sc.id = l.school_id
    left join print_run r on r.id = l.print_run_id
    where l.school_year = ${schoolYear}
      and (${state}::text is null or l.state = ${state})
      and (${school}::text is null or sc.sourced_id = ${school})
      and (${step}::text is null or l.step = ${step})
      and (${student}::text is null or ${student} in (st.sourced_id, st.number))
    order by l.planned_at desc, l.ref`.execute(db);
  return rows;
}

/** Of a letter `l`. */
const addressees = sql<string>`coalesce((
  select string_agg(g.given_name || ' ' || g.family_name, ' and ' order by g.id)
  from letter_addressee a join guardian g on g.id = a.guardian_id where a.letter_id = l.id), 'the student')`;

/** Everything on record about one letter. */
export interface LetterStory {
  readonly letter: ListedLetter & {
    readonly id: string;
    readonly studentId: number;
    readonly schoolYear: string;
    readonly language: string;
    readonly channelReason: string;
    /** sourcedIds. */
    readonly guardians: readonly string[];
    readonly asOf: SchoolDate;
    readonly count: string;
    readonly policyVersion: string;
    readonly templateVersion: string | null;
    readonly evaluationId: string;
    readonly messageId: string | null;
    readonly envelopeFrom: string | null;
    readonly envelopeTo: string | null;
    readonly messageDocumentId: string | null;
    readonly pdfDocumentId: string | null;
    readonly plannedAt: Date;
    readonly dueAt: Date | null;
    readonly claimedAt: Date | null;
    readonly transmittingAt: Date | null;
    readonly attemptsCounted: number;
    readonly superseded: boolean;
    readonly reissuedBy: string | null;
    readonly reissuedBecause: string | null;
    readonly reissueOf: string | null;
    readonly reissuedAs: string | null;
    readonly printRun: string | null;
  };
  readonly attempts: readonly {
    readonly claimedAt: Date;
    readonly transmittingAt: Date | null;
    readonly outcome: string;
    readonly reason: string | null;
    readonly reply: string | null;
  }[];
  readonly resolution: {
    readonly delivered: boolean;
    readonly at: Date;
    readonly by: string;
    readonly because: string;
  } | null;
  readonly tasks: readonly {
    readonly ref: string;
    readonly kind: string;
    readonly state: string;
    readonly openedOn: SchoolDate;
    readonly closedOn: SchoolDate | null;
    readonly closedBy: string | null;
    readonly outcome: string | null;
  }[];
}

/** @returns null when no letter has the reference */
export async function readLetterStory(db: Db, ref: string): Promise<LetterStory | null> {
  const { rows } = await sql<LetterStory['letter']>`
    select l.id, l.ref, l.student_id as "studentId", l.school_year as "schoolYear", st.sourced_id as student,
      st.given_name || ' ' || st.family_name as name, sc.name as school, l.step, l.round, ${addressees} as "to",
      l.channel, l.channel_reason as "channelReason", l.language, l.state, l.reason,
      coalesce(l.handed_over_on, r.posted_on, l.shadowed_on) as left,
      coalesce((select json_agg(g.sourced_id order by g.id) from letter_addressee a
        join guardian g on g.id = a.guardian_id where a.letter_id = l.id), '[]') as guardians,
      l.as_of as "asOf", trim_scale(l.count)::text as count, l.policy_version as "policyVersion",
      l.template_version as "templateVersion", l.evaluation_id as "evaluationId", l.message_id as "messageId",
      l.envelope_from as "envelopeFrom", l.envelope_to as "envelopeTo",
      l.message_document_id as "messageDocumentId", l.pdf_document_id as "pdfDocumentId",
      l.planned_at as "plannedAt", l.due_at as "dueAt", l.claimed_at as "claimedAt",
      l.transmitting_at as "transmittingAt", l.attempts as "attemptsCounted", l.superseded,
      l.reissued_by as "reissuedBy", l.reissued_because as "reissuedBecause",
      (select b.ref from letter b where b.id = l.reissue_of) as "reissueOf",
      (select string_agg(n.ref, ', ' order by n.planned_at, n.ref) from letter n
        where n.reissue_of = l.id) as "reissuedAs",
      r.ref as "printRun"
    from letter l
    join student st on st.id = l.student_id
    join school sc on sc.id = l.school_id
    left join print_run r on r.id = l.print_run_id
    where l.ref = ${ref}`.execute(db);
  const [letter] = rows;
  if (letter === undefined) return null;
  const attempts = await db
    .selectFrom('send_attempt')
    .select(['claimed_at', 'transmitting_at', 'outcome', 'reason', 'reply'])
    .where('letter_id', '=', letter.id)
    .orderBy('id')
    .execute();
  const resolution = await db
    .selectFrom('letter_resolution')
    .selectAll()
    .where('letter_id', '=', letter.id)
    .executeTakeFirst();
  const tasks = await db
    .selectFrom('task')
    .select(['ref', 'kind', 'state', 'opened_on', 'closed_on', 'closed_by', 'outcome', 'reason'])
    .where('letter_id', '=', letter.id)
    .orderBy('opened_on')
    .orderBy('ref')
    .execute();
  return {
    letter,
    attempts: attempts.map((row) => ({
      claimedAt: row.claimed_at,
      transmittingAt: row.transmitting_at,
      outcome: row.outcome,
      reason: row.reason,
      reply: row.reply,
    })),
    resolution:
      resolution === undefined
        ? null
        : {
            delivered: resolution.delivered,
            at: resolution.resolved_at,
            by: resolution.resolved_by,
            because: resolution.because,
          },
    tasks: tasks.map((row) => ({
      ref: row.ref,
      kind: row.kind,
      state: row.state,
      openedOn: row.opened_on,
      closedOn: row.closed_on,
      closedBy: row.closed_by,
      outcome: row.outcome ?? row.reason,
    })),
  };
}

/** Letters that nobody but a person can bring on, and that no open task asks about. */
export async function lettersWithoutTask(
  db: Db,
): Promise<{ id: string; state: LetterState; reason: string }[]> {
  const { rows } = await sql<{ id: string; state: LetterState; reason: string }>`
    select l.id, l.state, coalesce(l.reason, l.state) as reason from letter l
    where (l.state in ('uncertain', 'rejected') or l.state = 'held' and l.due_at is null)
      and not exists (select from task t
        where t.letter_id = l.id and t.state = 'open'
          and t.kind in ('resolve-letter', 'letter-held', 'program-error'))
      and not exists (select from hold h
        where h.student_id = l.student_id and h.scope = 'absolute' and h.ended_at is null)
    order by l.planned_at, l.ref`.execute(db);
  return rows;
}
