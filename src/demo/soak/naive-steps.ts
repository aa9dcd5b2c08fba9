/**
 * Counts once more, from what the SIS says and in the most literal way, who has reached which step: nothing of the
 * product is used, so that a step that the program never noticed is noticed here. It knows what the shipped procedure
 * and the simulated district need, and no more.
 */
export interface NaiveStep {
  readonly id: string;
  /** Absence days. */
  readonly at: number;
  readonly settleDays: number;
}

export interface NaiveRules {
  readonly firstDay: string;
  readonly lastDay: string;
  /** 1 = Monday. */
  readonly weekdays: readonly number[];
  readonly closures: readonly { readonly from: string; readonly to: string }[];
  readonly makeUpDays: readonly string[];
  readonly wholeDayMinutes: number;
  readonly halfDayMinutes: number;
  /** Codes that are suspensions, which do not count. */
  readonly suspensions: readonly string[];
}

export interface NaiveStudent {
  readonly id: string;
  readonly enrolments: readonly {
    readonly school: string;
    readonly begins: string;
    /** Exclusive. */
    readonly ends: string | null;
  }[];
}

export interface NaiveRow {
  readonly student: string;
  readonly school: string;
  readonly date: string;
  readonly kind: string;
  readonly period: string | null;
  readonly dayFraction: string | null;
  readonly minutes: number;
  readonly code: string;
}

export interface NaiveCode {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly excuse: string;
}

export interface NaiveSis {
  readonly students: readonly NaiveStudent[];
  readonly rows: readonly NaiveRow[];
  readonly codes: readonly NaiveCode[];
}

/** Absence days of every student that are settled on a date, by the settling days of a step. */
export function naiveCounts(
  sis: NaiveSis,
  rules: NaiveRules,
  settleDays: number,
  today: string,
): Map<string, number> {
  const schoolDays = listSchoolDays(rules);
  const isSettled = (date: string) =>
    schoolDays.filter((other) => other > date && other <= today).length >= settleDays;
  const settled = new Set(schoolDays.filter((date) => date <= today && isSettled(date)));
  const rowsOf = new Map<string, NaiveRow[]>();
  for (const row of sis.rows) rowsOf.set(row.student, [...(rowsOf.get(row.student) ?? []), row]);
  const counts = new Map<string, number>();
  for (const student of sis.students) {
    let days = 0;
    const own = rowsOf.get(student.id) ?? [];
    for (const date of new Set(own.map((row) => row.date))) {
      if (settled.has(date)) days += shareOf(student, own, date, sis.codes, rules);
    }
    counts.set(student.id, days);
  }
  return counts;
}

/** Whether the student is at a school of the district on a date. */
export function isEnrolled(student: NaiveStudent, date: string): boolean {
  return student.enrolments.some(({ begins, ends }) => begins <= date && (ends === null || date < ends));
}

/** School days of the year, in order. */
export function listSchoolDays(rules: NaiveRules): string[] {
  const days: string[] = [];
  const last = new Date(`${rules.lastDay}T12:00:00Z`).getTime();
  for (let at = new Date(`${rules.firstDay}T12:00:00Z`).getTime(); at <= last; at += 86_400_000) {
    const day = new Date(at);
    const date = day.toISOString().slice(0, 10);
    const isOpen = rules.weekdays.includes(day.getUTCDay() === 0 ? 7 : day.getUTCDay());
    const isClosed = rules.closures.some(({ from, to }) => from <= date && date <= to);
    if (rules.makeUpDays.includes(date) || (isOpen && !isClosed)) days.push(date);
  }
  return days;
}

/** 0, 0.5 or 1: the most that was missed at one of the schools. */
function shareOf(
  student: NaiveStudent,
  own: readonly NaiveRow[],
  date: string,
  codes: readonly NaiveCode[],
  rules: NaiveRules,
): number {
  let most = 0;
  for (const { school, begins, ends } of student.enrolments) {
    if (date < begins || (ends !== null && date >= ends)) continue;
    const absences = own.filter((row) => {
      const code = codes.find(({ id }) => id === row.code);
      const counts = code !== undefined && code.status === 'absent' && code.excuse !== 'exempt';
      return row.date === date && row.school === school && counts && !rules.suspensions.includes(code.title);
    });
    most = Math.max(most, shareOfRows(absences, rules));
  }
  return most;
}

function shareOfRows(rows: readonly NaiveRow[], rules: NaiveRules): number {
  const values = rows.flatMap(({ dayFraction }) => (dayFraction === null ? [] : [Number(dayFraction)]));
  if (values.length > 0) return Math.min(1, Math.max(...values));
  const daily = rows.filter(({ kind }) => kind === 'daily').map(({ minutes }) => minutes);
  let minutes = Math.max(0, ...daily);
  if (daily.length === 0) {
    const periods = new Map<string, number>();
    for (const row of rows) {
      const name = row.period ?? '';
      periods.set(name, Math.max(periods.get(name) ?? 0, row.minutes));
    }
    for (const length of periods.values()) minutes += length;
  }
  return minutes >= rules.wholeDayMinutes ? 1 : minutes >= rules.halfDayMinutes ? 0.5 : 0;
}
