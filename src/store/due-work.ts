import { sql } from 'kysely';
import type { Mode } from '../domain/ladder-facts.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { mayBeOurFault, openStops } from './brakes.ts';
import type { Db } from './database.ts';
import { readKillSwitch } from './kill-switch.ts';
import { referralsOfLeavers } from './places.ts';
import { referralsToCorrect } from './referral-corrections.ts';
import { passesSafeMode, safeModeOn } from './safe-mode.ts';
import { MOST_ATTEMPTS } from './send-protocol.ts';

/** A student whose evaluation failed so often is left to a person. */
export const MAX_ATTEMPTS = 8;

/** What the database says has to be done now. The queue only carries it. */
export interface DueWork {
  readonly evaluations: readonly number[];
  /** Of `evaluations`, those whose evaluation has failed before. */
  readonly troubled: readonly number[];
  readonly lettersToPrepare: readonly string[];
  readonly lettersToSend: readonly string[];
  /** Schools with paper letters to print. */
  readonly printRuns: readonly number[];
  readonly referrals: readonly string[];
  readonly staffMails: readonly string[];
  /** Delivered referrals whose officer has to hear of a correction, or that the student has left. */
  readonly corrections: readonly string[];
}

export const NOTHING_DUE: DueWork = {
  evaluations: [],
  troubled: [],
  lettersToPrepare: [],
  lettersToSend: [],
  printRuns: [],
  referrals: [],
  staffMails: [],
  corrections: [],
};

/** The day, and what an evaluation was made by that needs no other look on it. */
export interface DueAt {
  readonly today: SchoolDate;
  readonly schoolYear: string;
  readonly policyVersion: string;
  readonly calendarVersion: string;
  /** What may leave: of the district, and of schools by sourcedId. */
  readonly modes: { readonly district: Mode; readonly schools: Readonly<Record<string, Mode>> };
}

/**
 * Finds everything that is due, in whatever state a crash or a lost queue has left it.
 * @param at `today`: evaluations whose next look has come count as due; so do all that were made under another policy,
 *   with other calendars, or while something else might leave from the school.
 */
export async function findDueWork(db: Db, at: DueAt & { readonly now: Date }): Promise<DueWork> {
  const evaluations = await findDueEvaluations(db, at);
  const isStopped = (await readKillSwitch(db)) !== null;
  const letters = await db
    .selectFrom('letter')
    .select(['id', 'state', 'channel', 'school_id', 'cleared_at'])
    .select(mayBeOurFault(sql.ref('letter.channel_reason')).as('waits_for_stop'))
    .where((eb) =>
      eb.or([
        eb.and([eb('state', '=', 'planned'), eb.or([eb('due_at', 'is', null), eb('due_at', '<=', at.now)])]),
        eb.and([eb('state', 'in', ['queued', 'held']), eb('due_at', '<=', at.now)]),
      ]),
    )
    .where('attempts', '<', MOST_ATTEMPTS)
    .orderBy('planned_at')
    .orderBy('ref')
    .execute();
  const referrals = await db
    .selectFrom('referral')
    .select('id')
    .where('state', '=', 'gathering')
    .orderBy('ref')
    .execute();
  const mails = await db
    .selectFrom('staff_mail')
    .select('id')
    .where('state', '=', 'queued')
    .where('due_at', '<=', at.now)
    .where('attempts', '<', MOST_ATTEMPTS)
    .$if(isStopped, (query) => query.where('kind', 'not in', ['packet', 'meeting']))
    .where((eb) => eb.or([eb.not(safeModeOn), passesSafeMode]))
    .orderBy('composed_at')
    .orderBy('ref')
    .execute();
  // Asked again and again, what may not leave would only keep the workers busy.
  const ready = isStopped
    ? []
    : letters.filter((letter) => letter.state !== 'planned' && letter.cleared_at !== null);
  const mayMail = (await openStops(db)).length === 0;
  return {
    evaluations: evaluations.map((row) => row.studentId),
    troubled: evaluations.filter((row) => row.attempts > 0).map((row) => row.studentId),
    lettersToPrepare: letters.filter((letter) => letter.state === 'planned').map((letter) => letter.id),
    lettersToSend: ready.filter((letter) => mayMail && letter.channel === 'email').map((letter) => letter.id),
    printRuns: [
      ...new Set(
        ready
          .filter((letter) => letter.channel === 'paper' && !letter.waits_for_stop)
          .map((letter) => letter.school_id),
      ),
    ],
    referrals: referrals.map((row) => row.id),
    staffMails: mails.map((row) => row.id),
    corrections: [...new Set([...(await referralsToCorrect(db)), ...(await referralsOfLeavers(db))])],
  };
}

/** Candidates of a whole district, found by one query over sets. */
export async function findDueEvaluations(
  db: Db,
  at: DueAt,
): Promise<{ studentId: number; attempts: number }[]> {
  const result = await sql<{ studentId: number; attempts: number }>`
    select c.student_id as "studentId", coalesce(d.attempts, 0) as attempts
    from (
      select student_id from evaluation_due
      union
      select student_id from ladder
      where school_year = ${at.schoolYear} and next_look_on <= ${at.today} and evaluated_as_of < ${at.today}
      union
      select student_id from ladder
      where school_year = ${at.schoolYear}
        and (policy_version <> ${at.policyVersion} or calendar_version <> ${at.calendarVersion})
      union
      select l.student_id from ladder l
      left join school s on s.id = l.home_school_id
      left join jsonb_each_text(${JSON.stringify(at.modes.schools)}::jsonb) m on m.key = s.sourced_id
      where l.school_year = ${at.schoolYear} and l.mode <> coalesce(m.value, ${at.modes.district})
    ) c
    left join evaluation_due d on d.student_id = c.student_id
    where coalesce(d.attempts, 0) < ${MAX_ATTEMPTS}
    order by c.student_id`.execute(db);
  return result.rows;
}

/** Students for whom time alone may change something up to a day, or for whom something waits. */
export async function findEvaluationsUntil(
  db: Db,
  at: DueAt & { readonly until: SchoolDate },
): Promise<number[]> {
  const due = await findDueEvaluations(db, at);
  const later = await sql<{ id: number }>`
    select student_id as id from ladder where school_year = ${at.schoolYear} and next_look_on <= ${at.until}
    union select student_id from ladder_step where school_year = ${at.schoolYear} and state = 'owed'`.execute(
    db,
  );
  const ids = new Set([...due.map(({ studentId }) => studentId), ...later.rows.map(({ id }) => id)]);
  return [...ids].sort((a, b) => a - b);
}

/** An evaluation that failed is tried again later, but not for ever. */
export async function countFailedEvaluation(db: Db, studentId: number, now: Date): Promise<void> {
  await db
    .insertInto('evaluation_due')
    .values({ student_id: studentId, reason: 'failed', since: now, attempts: 1 })
    .onConflict((conflict) =>
      conflict
        .column('student_id')
        .doUpdateSet((eb) => ({ attempts: eb('evaluation_due.attempts', '+', 1) })),
    )
    .execute();
}
