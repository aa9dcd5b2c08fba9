import { weeksChart } from '../documents/weeks-chart.ts';
import { type Change, mondayOf, type Reach, type Side } from '../domain/compare-plays.ts';
import type { Policy } from '../domain/policy.ts';
import { addDays } from '../domain/school-date.ts';
import type { Simulation } from '../procedure/simulate.ts';
import { csvText } from './csv.ts';

export type Policies = readonly [inForce: Policy, other: Policy];

export const CHANGES: readonly Change[] = ['sooner', 'same', 'later', 'only-other', 'only-in-force'];
export const CHANGE_WORDS: Readonly<Record<Change, string>> = {
  sooner: 'sooner',
  same: 'same day',
  later: 'later',
  'only-other': 'only under the other',
  'only-in-force': 'no longer',
};
export const REACH_WORDS: Readonly<Record<Reach, string>> = {
  contact: 'first task for staff',
  letter: 'first letter',
  referral: 'referral',
};

export const ASSUMPTIONS = [
  'Each policy is played as if it had held from the first school day, with what was known on each morning.',
  'Letters leave on the first day on which they may, packets when their notice is over; approvals are given at the end of their time.',
  'Enrolments, guardians and the code table are as they are today: earlier states of them are not kept.',
];

export function sideWords(side: Side): string {
  return side === 'inForce' ? 'in force' : 'other';
}

export function sideNames([inForce, other]: Policies): Record<Side, string> {
  return { inForce: inForce.version, other: other.version };
}

interface WeekRow {
  readonly week: string;
  readonly school: string;
  readonly inForce: number;
  readonly other: number;
}

export function weekRows(simulation: Simulation): WeekRow[] {
  const rows = new Map<string, WeekRow>();
  for (const { week, schoolId, policy, letters } of simulation.comparison.weeks) {
    const school = schoolName(simulation, schoolId);
    const key = `${week} ${school}`;
    const known = rows.get(key) ?? { week, school, inForce: 0, other: 0 };
    rows.set(key, { ...known, [policy]: known[policy] + letters });
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

export function totalOf(rows: readonly WeekRow[]): WeekRow {
  const sum = (side: Side) => rows.reduce((total, row) => total + row[side], 0);
  return { week: 'all', school: '', inForce: sum('inForce'), other: sum('other') };
}

export function signed(difference: number): string {
  return difference > 0 ? `+${difference}` : String(difference);
}

function schoolName({ schools }: Simulation, id: number | null): string {
  return schools.find((school) => school.id === id)?.name ?? 'not enrolled';
}

export function studentTable(simulation: Simulation, withNames: boolean): [string[], string[][]] {
  const head = ['student', ...(withNames ? ['number', 'name'] : []), 'what', 'change', 'in force', 'other'];
  const rows = simulation.comparison.students.map(({ student, reach, change, inForceOn, otherOn }) => {
    const person = simulation.people.get(student);
    return [
      student,
      ...(withNames ? [person?.number ?? '', person?.name ?? ''] : []),
      REACH_WORDS[reach],
      CHANGE_WORDS[change],
      inForceOn ?? '',
      otherOn ?? '',
    ];
  });
  return [head, rows];
}

export function weeksCsv(simulation: Simulation, policies: Policies): string {
  const names = sideNames(policies);
  return csvText(
    ['week', 'school', 'policy', 'version', 'step', 'letters'],
    simulation.comparison.weeks.map((row) => [
      row.week,
      schoolName(simulation, row.schoolId),
      sideWords(row.policy),
      names[row.policy],
      row.step,
      row.letters,
    ]),
  );
}

export function studentsCsv(simulation: Simulation, withNames: boolean): string {
  return csvText(...studentTable(simulation, withNames));
}

export function asJson(simulation: Simulation, policies: Policies) {
  const sourcedIds = new Map(simulation.schools.map((school) => [school.id, school.sourcedId]));
  const { weeks, ...rest } = simulation.comparison;
  return {
    policies: sideNames(policies),
    ...simulation.range,
    studentsReplayed: simulation.plays.length,
    weeks: weeks.map(({ schoolId, ...week }) => ({
      ...week,
      school: schoolId === null ? null : (sourcedIds.get(schoolId) ?? null),
    })),
    ...rest,
    assumptions: ASSUMPTIONS,
  };
}

export function chartOf(simulation: Simulation, policies: Policies): string {
  const { from, to } = simulation.range;
  const sums = new Map<string, { inForce: number; other: number }>();
  for (let week = mondayOf(from); week <= to; week = addDays(week, 7))
    sums.set(week, { inForce: 0, other: 0 });
  for (const { week, policy, letters } of simulation.comparison.weeks) {
    const sum = sums.get(week);
    if (sum !== undefined) sum[policy] += letters;
  }
  const weeks = [...sums].map(([week, sum]) => ({ week, ...sum }));
  const all = (side: Side) => weeks.reduce((total, week) => total + week[side], 0);
  const names = sideNames(policies);
  return weeksChart({
    title: 'Letters per week under two policies',
    description: `From ${from} to ${to}: ${all('inForce')} letters under ${names.inForce}, which is in force, and ${all('other')} under ${names.other}. The table below the bars has the number of each week.`,
    names: [`in force: ${names.inForce}`, `other: ${names.other}`],
    weeks,
  });
}
