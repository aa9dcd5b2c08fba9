import { sql } from 'kysely';
import type { SisState } from '../district/state-on.ts';
import { asksForLetter, asksForReferral, longAgo } from './find-asked.ts';
import { openBlockJudge, type SaidBlock } from './find-blocks.ts';
import type { Finding, Played } from './finding.ts';
import { isEnrolled, type NaiveSis, naiveCounts } from './naive-steps.ts';

interface KeptStep {
  readonly student: string;
  readonly step: string;
  readonly state: string;
  readonly superseded: boolean;
  /** A step that is taken or owed, for which this one was skipped. */
  readonly overtaken: boolean;
  readonly byContract: boolean;
  /** Something has come of it: the family's attendance file, a letter that has left, a packet that was delivered. */
  readonly shows: boolean;
}

/**
 * Counted once more from what the SIS says: whoever has reached a step has it, and something has come of it where it is
 * taken; whoever has not, has none that stands.
 */
export async function stepsAreNoticed({ db, sis, law, today }: Played): Promise<Finding> {
  const { rows } = await sql<KeptStep>`
    select s.sourced_id as student, l.step, l.state, l.superseded,
      exists (select from ladder_step o where o.student_id = l.student_id and o.school_year = l.school_year
        and o.step = l.skipped_for and o.state in ('owed', 'taken')) as overtaken,
      l.reached_by = 'contract'
        and exists (select from attendance_contract c where c.student_id = l.student_id) as "byContract",
      exists (select from letter x where x.student_id = l.student_id and x.school_year = l.school_year
        and x.step = l.step and x.state in ('sent', 'posted', 'bounced'))
      or exists (select from referral r where r.student_id = l.student_id and r.school_year = l.school_year
        and r.step = l.step and r.state = 'delivered')
      or exists (select from attendance_file f where f.student_id = l.student_id
        and f.school_year = l.school_year and f.opened_by_step = l.step) as shows
    from ladder_step l join student s on s.id = l.student_id`.execute(db);
  const kept = new Map(rows.map((row) => [`${row.student} ${row.step}`, row]));
  const worlds = sis.map(naiveSis);
  const wrong: string[] = [];
  let looked = 0;
  for (const { id, at, settleDays } of law.steps) {
    const counts = worlds.map((world) => naiveCounts(world, law, settleDays, today));
    for (const student of worlds[0]?.students ?? []) {
      const row = kept.get(`${student.id} ${id}`);
      const days = counts.map((count) => count.get(student.id) ?? 0);
      const why = days.every((count) => count >= at)
        ? isEnrolled(student, today) && whyNot(row)
        : days.every((count) => count < at) && whyThere(row);
      if (days.every((count) => count >= at)) looked += 1;
      if (why) wrong.push(`${student.id} ${id} at ${days[0]} days: ${why}`);
    }
  }
  return { what: 'Every step that the absences in the SIS ask for was noticed, and no other', looked, wrong };
}

/** @returns what is wrong with a step that is reached */
function whyNot(row: KeptStep | undefined): string | null {
  if (row === undefined) return 'never noticed';
  if (row.state === 'skipped') return row.overtaken ? null : 'skipped for nothing';
  if (row.state === 'taken') return row.shows ? null : 'taken, and nothing has come of it';
  return row.state === 'owed' ? null : row.state;
}

/** @returns what is wrong with a step that is not reached */
function whyThere(row: KeptStep | undefined): string | null {
  const stands = row?.state === 'owed' || (row?.state === 'taken' && !row.superseded);
  return row !== undefined && stands && !row.byContract ? `${row.state}, and not reached` : null;
}

/**
 * Owed and not taken: something stands in the way that can be seen elsewhere too, something of it is on its way, not for
 * too long, or a person is asked about just that which is on its way.
 */
export async function owedIsExplained(played: Played): Promise<Finding> {
  const { db, law, today } = played;
  const { rows } = await sql<{ student: string; step: string; blocks: SaidBlock[] }>`
    select s.sourced_id as student, l.step, l.blocks
    from ladder_step l join student s on s.id = l.student_id
    where l.state = 'owed'
      and not exists (select from letter x where x.student_id = l.student_id and x.school_year = l.school_year
        and x.step = l.step and (${asksForLetter(sql.ref('x'))} or x.state in ('planned', 'held', 'queued')
          and x.planned_at::date >= ${longAgo(law, today)}::date))
      and not exists (select from referral r where r.student_id = l.student_id and r.school_year = l.school_year
        and r.step = l.step and r.state in ('gathering', 'delivering')
        and (r.opened_on >= ${longAgo(law, today)}::date or ${asksForReferral(sql.ref('r'))}))`.execute(db);
  const stands = await openBlockJudge(played);
  const wrong = rows.flatMap(({ student, step, blocks }) =>
    blocks.some((block) => stands({ student, step }, block))
      ? []
      : [`${student} ${step} ${blocks.map(({ kind }) => kind).join(' ')}`.trimEnd()],
  );
  const { rows: all } = await sql<{ count: number }>`
    select count(*)::int as count from ladder_step where state in ('owed', 'taken')`.execute(db);
  return { what: 'Every step that is owed and not taken is explained', looked: all[0]?.count ?? 0, wrong };
}

export function naiveSis({ students, absences, codes }: SisState): NaiveSis {
  return {
    students: students
      .filter(({ state }) => state === 'active')
      .map(({ sourcedId, facts }) => ({ id: sourcedId, enrolments: facts.enrolments })),
    rows: absences
      .filter(({ state }) => state === 'active')
      .map(({ facts }) => ({ ...facts, minutes: facts.minutesAbsent })),
    codes: codes.map(({ sourcedId, facts }) => ({ id: sourcedId, ...facts })),
  };
}
