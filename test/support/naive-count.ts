/**
 * Counts absence days a second time, from the payloads of the SIS alone, in the most literal way: no code of the
 * product, no clever data structure. What the product counts must agree with it.
 */

// biome-ignore lint/suspicious/noExplicitAny: the point is to read the payloads as they are, without the product's types
type Json = any;

export interface Payloads {
  readonly students: readonly Json[];
  readonly attendances: readonly Json[];
  readonly attendanceCodes: readonly Json[];
}

export interface NaiveRules {
  readonly calendar: {
    readonly firstDay: string;
    readonly lastDay: string;
    readonly weekdays: readonly number[];
    readonly closures: readonly { readonly from: string; readonly to: string }[];
    readonly makeUpDays: readonly string[];
  };
  readonly wholeDayMinutes: number;
  readonly halfDayMinutes: number;
  /** Titles of the codes that are suspensions. */
  readonly suspensions: readonly string[];
}

interface NaiveAnswer {
  readonly days: number;
  readonly unmapped: boolean;
}

/** Follows the district from read to read, as the rules about vanished rows need it. */
export interface NaiveDistrict {
  /** Takes in a complete read of the SIS on a date. */
  read(payloads: Payloads, date: string): void;
  /** Days of every student known so far that are settled on the date of the last read. */
  count(settleDays: number): Map<string, NaiveAnswer>;
}

export function naiveDistrict(rules: NaiveRules): NaiveDistrict {
  const students = new Map<string, Json>();
  const rows = new Map<string, { row: Json; missingSince: string | null }>();
  let codes = new Map<string, Json>();
  let today = '';
  return {
    read(payloads, date) {
      today = date;
      codes = new Map(payloads.attendanceCodes.map((code) => [code.sourcedId, code]));
      for (const student of payloads.students) students.set(student.sourcedId, student);
      const served = new Set(payloads.attendances.map((row) => row.sourcedId));
      for (const row of payloads.attendances) rows.set(row.sourcedId, { row, missingSince: null });
      for (const [id, held] of rows) {
        if (served.has(id)) continue;
        if (held.missingSince === null) held.missingSince = date;
        else if (held.missingSince < date) rows.delete(id);
      }
    },
    count(settleDays) {
      const answers = new Map<string, NaiveAnswer>();
      for (const student of students.values()) {
        const own = [...rows.values()]
          .map(({ row }) => row)
          .filter((row) => row.student.sourcedId === student.sourcedId);
        answers.set(student.sourcedId, countStudent(student, own, codes, rules, today, settleDays));
      }
      return answers;
    },
  };
}

/** Every page of the three collections that counting needs. */
export async function readPayloads(sis: {
  readonly baseUrl: string;
  readonly attendanceBaseUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}): Promise<Payloads> {
  const answer = await fetch(sis.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: sis.clientId,
      client_secret: sis.clientSecret,
    }),
  });
  const { access_token: token } = (await answer.json()) as Json;
  const all = async (url: string, key: string) => {
    const found: Json[] = [];
    for (;;) {
      const page = await fetch(`${url}?limit=1000&offset=${found.length}`, {
        headers: { Authorization: `Bearer ${token}` },
      });
      const rows = ((await page.json()) as Json)[key];
      if (rows.length === 0) return found;
      found.push(...rows);
    }
  };
  return {
    students: await all(`${sis.baseUrl}/students`, 'users'),
    attendances: await all(`${sis.attendanceBaseUrl}/attendances`, 'attendances'),
    attendanceCodes: await all(`${sis.attendanceBaseUrl}/attendanceCodes`, 'attendanceCodes'),
  };
}

function countStudent(
  student: Json,
  rows: readonly Json[],
  codes: ReadonlyMap<string, Json>,
  rules: NaiveRules,
  today: string,
  settleDays: number,
): NaiveAnswer {
  const schoolDays = listSchoolDays(rules.calendar);
  let days = 0;
  let unmapped = false;
  for (const date of schoolDays) {
    const schoolDaysSince = schoolDays.filter((other) => other > date && other <= today).length;
    const settled = date <= today && schoolDaysSince >= settleDays;
    let most = 0;
    for (const school of new Set(rows.map((row) => row.school.sourcedId))) {
      if (!enrolled(student, school, date)) continue;
      const ofDay = rows.filter(
        (row) => row.status !== 'tobedeleted' && row.date === date && row.school.sourcedId === school,
      );
      if (date <= today && ofDay.some((row) => row.code && !codes.has(row.code.sourcedId))) unmapped = true;
      most = Math.max(
        most,
        partOfDay(
          ofDay.filter((row) => counts(row, codes, rules)),
          rules,
        ),
      );
    }
    if (settled) days += most;
  }
  return { days, unmapped };
}

function counts(row: Json, codes: ReadonlyMap<string, Json>, rules: NaiveRules): boolean {
  const code = codes.get(row.code.sourcedId);
  if (code === undefined || rules.suspensions.includes(code.title)) return false;
  return code.attendanceStatus === 'absent' && ['excused', 'unexcused', 'unknown'].includes(code.excuse);
}

function partOfDay(rows: readonly Json[], rules: NaiveRules): number {
  const values = rows.filter((row) => row.dayFraction !== null).map((row) => Number(row.dayFraction));
  if (values.length > 0) return Math.min(1, Math.max(...values));
  const daily = rows.filter((row) => row.kind === 'daily').map((row) => row.minutesAbsent);
  const minutes =
    daily.length > 0
      ? Math.max(...daily)
      : rows.reduce((sum: number, row: Json) => sum + row.minutesAbsent, 0);
  if (minutes >= rules.wholeDayMinutes) return 1;
  return minutes >= rules.halfDayMinutes ? 0.5 : 0;
}

function enrolled(student: Json, school: string, date: string): boolean {
  return student.roles.some(
    (role: Json) =>
      role.org.sourcedId === school &&
      (role.beginDate === undefined || role.beginDate <= date) &&
      (role.endDate === undefined || date < role.endDate),
  );
}

function listSchoolDays(calendar: NaiveRules['calendar']): string[] {
  const days: string[] = [];
  const end = new Date(`${calendar.lastDay}T12:00:00Z`);
  for (
    let day = new Date(`${calendar.firstDay}T12:00:00Z`);
    day <= end;
    day = new Date(day.getTime() + 86_400_000)
  ) {
    const date = day.toISOString().slice(0, 10);
    const closed = calendar.closures.some(({ from, to }) => from <= date && date <= to);
    const usual = calendar.weekdays.includes(day.getUTCDay() === 0 ? 7 : day.getUTCDay());
    if (calendar.makeUpDays.includes(date) || (usual && !closed)) days.push(date);
  }
  return days;
}
