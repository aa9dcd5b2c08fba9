import { sql } from 'kysely';
import type { SisState } from '../district/state-on.ts';
import type { Played } from './finding.ts';
import { isEnrolled, listSchoolDays } from './naive-steps.ts';

/** Why something waits, as the program says it. */
export interface SaidBlock {
  readonly kind: string;
  /** Of a hold; left out: the program does not say which. */
  readonly holdId?: string;
  /** Of codes that nobody has mapped. */
  readonly codes?: readonly string[];
}

/** Whose step waits: the student by sourcedId. */
export interface Waiting {
  readonly student: string;
  readonly step: string;
}

/** Whether what is said to stand in the way of a step can be seen elsewhere, too. */
export type BlockJudge = (waiting: Waiting, block: SaidBlock) => boolean;

/**
 * Holds, answers and letters are looked up in the database, all else in the SIS. What the simulated SIS never leaves open
 * (birth dates, how long an absence was), and what is a fault of ours, such as absences that were not read for long,
 * explains nothing.
 */
export async function openBlockJudge(played: Played): Promise<BlockJudge> {
  const { sis, law, today } = played;
  const [now] = sis;
  const { holds, adults, asked, lettersOut } = await readKept(played);
  const students = new Map(
    now.students.flatMap(({ sourcedId, state, facts }) => (state === 'active' ? [[sourcedId, facts]] : [])),
  );
  const schoolDays = listSchoolDays(law);
  const known = new Set(now.codes.map(({ sourcedId }) => sourcedId));
  const rowsOf = (student: string) =>
    now.absences.filter(({ state, facts }) => state === 'active' && facts.student === student);

  return ({ student, step }, { kind, holdId, codes }) => {
    const there = students.get(student);
    const { noticeDays = 0, letter, referral } = law.steps.find(({ id }) => id === step) ?? {};
    const holdsIn = (...scopes: string[]) =>
      holds.some(
        (hold) =>
          hold.student === student &&
          scopes.includes(hold.scope) &&
          (holdId === undefined || hold.id === holdId),
      );
    switch (kind) {
      case 'absolute':
        return holdsIn('absolute');
      case 'hold':
        return holdsIn('everything', ...(letter ? ['letters'] : []), ...(referral ? ['referral'] : []));
      case 'not-enrolled':
        return there === undefined || !isEnrolled({ id: student, ...there }, today);
      case 'notice': {
        const since = lettersOut.get(student);
        return since === undefined || schoolDaysAfter(schoolDays, since, today) < noticeDays;
      }
      case 'no-recipient':
        return mayBeWrittenTo(now, student).length === 0;
      case 'age-18':
        return there !== undefined && !adults.has(student) && isOfAge(there.birthDate, today);
      case 'approval':
        return asked.has(`${student} ${step}`);
      case 'unmapped-code':
        return rowsOf(student).some(
          ({ facts: { code } }) => !known.has(code) && (codes === undefined || codes.includes(code)),
        );
      case 'contradictory-record': {
        const ids = rowsOf(student).map(({ sourcedId }) => sourcedId);
        return new Set(ids).size < ids.length;
      }
      case 'contradictory-guardianship':
        return now.guardians.some(({ facts: { relationships } }) => {
          const said = relationships.filter((one) => one.student === student).map(({ guardian }) => guardian);
          return said.includes(true) && said.includes(false);
        });
      default:
        return false;
    }
  };
}

/** Guardians, by what the SIS says, whom nothing keeps from being written to. */
export function mayBeWrittenTo({ guardians }: SisState, student: string): SisState['guardians'] {
  return guardians.filter(
    ({ state, facts: { role, mailing, noContact, relationships } }) =>
      state === 'active' &&
      role !== 'relative' &&
      mailing &&
      !noContact &&
      relationships.some((one) => one.student === student && one.guardian),
  );
}

export function isOfAge(birthDate: string, today: string): boolean {
  return `${Number(birthDate.slice(0, 4)) + 18}${birthDate.slice(4)}` <= today;
}

/** @param schoolDays in order */
function schoolDaysAfter(schoolDays: readonly string[], date: string, today: string): number {
  return schoolDays.filter((day) => date < day && day <= today).length;
}

async function readKept({ db, today }: Played) {
  const holds = await sql<{ id: string; student: string; scope: string }>`
    select h.id::text, s.sourced_id as student, h.scope from hold h join student s on s.id = h.student_id
    where h.ended_at is null and h.begins <= ${today}
      and (h.scope = 'absolute' or h.ends is null or h.ends >= ${today})`.execute(db);
  const adults = await sql<{ student: string }>`
    select s.sourced_id as student from adult_answer a join student s on s.id = a.student_id`.execute(db);
  const asked = await sql<Waiting>`
    select s.sourced_id as student, t.step from task t join student s on s.id = t.student_id
    where t.kind = 'approval' and t.state = 'open'`.execute(db);
  const letters = await sql<{ student: string; since: string }>`
    select s.sourced_id as student, min(x.handed_over_on)::text as since
    from letter x join student s on s.id = x.student_id
    join ladder_step o on o.student_id = x.student_id and o.school_year = x.school_year and o.step = x.step
    where x.state in ('sent', 'posted') and x.returned_on is null and not o.superseded
    group by s.sourced_id`.execute(db);
  return {
    holds: holds.rows,
    adults: new Set(adults.rows.map(({ student }) => student)),
    asked: new Set(asked.rows.map(({ student, step }) => `${student} ${step}`)),
    lettersOut: new Map(letters.rows.map(({ student, since }) => [student, since])),
  };
}
