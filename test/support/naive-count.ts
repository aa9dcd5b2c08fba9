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

export interface NaiveCalendar {
  readonly firstDay: string;
  readonly lastDay: string;
  readonly weekdays: readonly number[];
  readonly closures: readonly { readonly from: string; readonly to: string }[];
  readonly makeUpDays: readonly string[];
  readonly holidays?: readonly string[];
  readonly weekdayRules?: readonly {
    readonly weekdays: readonly number[];
    readonly from: string;
    readonly to: string;
  }[];
}

export interface NaiveRules {
  readonly calendar: NaiveCalendar;
  readonly wholeDayMinutes: number;
  readonly halfDayMinutes: number;
  /** Titles of the codes that are suspensions. */
  readonly suspensions: readonly string[];
  /** Of schools that have one of their own, by sourcedId. */
  readonly calendars?: Readonly<Record<string, NaiveCalendar>>;
  readonly excuses?: readonly string[];
  readonly suspensionCounts?: boolean;
  readonly measure?: string;
  readonly periodsPerDay?: Readonly<Record<string, number>>;
  readonly exceptions?: readonly {
    readonly schools: readonly string[];
    readonly grades: readonly string[];
    readonly measure?: string;
    readonly wholeDayMinutes?: number;
    readonly halfDayMinutes?: number;
    readonly periodsPerDay?: number;
  }[];
  /** By date, the same at all schools. */
  readonly earlyRelease?: Readonly<
    Record<
      string,
      { readonly wholeDayMinutes: number; readonly halfDayMinutes: number; readonly periods?: number }
    >
  >;
  /** Excuses of tardies that are made into days; not set: tardies are nothing. */
  readonly tardies?: readonly string[];
  /** What the policy says of codes, by title in small letters. */
  readonly codes?: Readonly<Record<string, { readonly status?: string; readonly excuse?: string }>>;
}

/** What one student's rows make of the school year up to a day, settled or not. */
export interface NaiveTally {
  /** Date and share of a day, for each date that counts anything, in order. */
  readonly counted: readonly (readonly [date: string, part: number])[];
  readonly unmapped: boolean;
  readonly suspended: number;
  readonly tardy: readonly string[];
  readonly unmeasured: readonly string[];
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
  const { counted, unmapped } = tallyStudent(student, rows, codes, rules, today);
  let days = 0;
  for (const [date, part] of counted) {
    const schoolDaysSince = schoolDays.filter((other) => other > date && other <= today).length;
    if (schoolDaysSince >= settleDays) days += part;
  }
  return { days, unmapped };
}

export function tallyStudent(
  student: Json,
  rows: readonly Json[],
  codes: ReadonlyMap<string, Json>,
  rules: NaiveRules,
  today: string,
): NaiveTally {
  const counted: [string, number][] = [];
  const tardy: string[] = [];
  const unmeasured: string[] = [];
  let unmapped = false;
  let suspended = 0;
  const schools = [...new Set(rows.map((row) => row.school.sourcedId as string))];
  const dates = [...new Set(rows.map((row) => row.date as string))].filter((date) => date <= today).sort();
  for (const date of dates) {
    let most = 0;
    let mostSuspended = 0;
    let late = false;
    let unclear = false;
    for (const school of schools) {
      if (!isSchoolDay(rules.calendars?.[school] ?? rules.calendar, date)) continue;
      if (!enrolled(student, school, date)) continue;
      const ofDay = rows.filter(
        (row) => row.status !== 'tobedeleted' && row.date === date && row.school.sourcedId === school,
      );
      const absences: Json[] = [];
      const suspensions: Json[] = [];
      for (const row of ofDay) {
        const meaning = meaningOf(row, codes, rules);
        if (meaning === null) {
          unmapped = true;
          continue;
        }
        if (meaning.status === 'tardy' && !meaning.suspension && rules.tardies?.includes(meaning.excuse))
          late = true;
        if (meaning.status !== 'absent' || meaning.excuse === 'exempt') continue;
        if (meaning.suspension && rules.suspensionCounts !== true) suspensions.push(row);
        else if (meaning.suspension || excusesOf(rules).includes(meaning.excuse)) absences.push(row);
      }
      const limits = limitsOf(student, school, date, rules);
      const share = partOfDay(absences, limits);
      most = Math.max(most, share.part);
      mostSuspended = Math.max(mostSuspended, partOfDay(suspensions, limits).part);
      if (share.unclear && limits.measure !== 'best-known') unclear = true;
    }
    if (most > 0) counted.push([date, most]);
    else if (late) tardy.push(date);
    if (unclear && most < 1) unmeasured.push(date);
    suspended += Math.min(mostSuspended, 1 - most);
  }
  return { counted, unmapped, suspended, tardy, unmeasured };
}

function excusesOf(rules: NaiveRules): readonly string[] {
  return rules.excuses ?? ['excused', 'unexcused', 'unknown'];
}

interface NaiveMeaning {
  readonly status: string;
  readonly excuse: string;
  readonly suspension: boolean;
}

function meaningOf(row: Json, codes: ReadonlyMap<string, Json>, rules: NaiveRules): NaiveMeaning | null {
  if (!row.code) {
    if (row.attendanceStatus.startsWith('ext:')) return null;
    return { status: row.attendanceStatus, excuse: row.excuse, suspension: false };
  }
  const code = codes.get(row.code.sourcedId);
  const title: string = code === undefined ? row.code.sourcedId : code.title;
  const said = rules.codes?.[title.toLowerCase()];
  const status: string | undefined = said?.status ?? code?.attendanceStatus;
  if (status === undefined || status.startsWith('ext:')) return null;
  return {
    status,
    excuse: said?.excuse ?? code?.excuse ?? 'unknown',
    suspension: rules.suspensions.includes(title),
  };
}

interface NaiveLimits {
  readonly measure: string;
  readonly whole: number;
  readonly half: number;
  readonly periods: number | undefined;
}

function limitsOf(student: Json, school: string, date: string, rules: NaiveRules): NaiveLimits {
  let measure = rules.measure ?? 'best-known';
  let whole = rules.wholeDayMinutes;
  let half = rules.halfDayMinutes;
  let periods = rules.periodsPerDay?.[school];
  for (const one of rules.exceptions ?? []) {
    if (one.schools.length > 0 && !one.schools.includes(school)) continue;
    if (one.grades.length > 0 && !one.grades.includes(student.grades?.[0])) continue;
    if (one.measure !== undefined) measure = one.measure;
    if (one.wholeDayMinutes !== undefined) whole = one.wholeDayMinutes;
    if (one.halfDayMinutes !== undefined) half = one.halfDayMinutes;
    if (one.periodsPerDay !== undefined) periods = one.periodsPerDay;
    break;
  }
  const short = rules.earlyRelease?.[date];
  if (short !== undefined) {
    if (short.wholeDayMinutes < whole) whole = short.wholeDayMinutes;
    if (short.halfDayMinutes < half) half = short.halfDayMinutes;
    if (short.periods !== undefined && (periods === undefined || short.periods < periods))
      periods = short.periods;
  }
  return { measure, whole, half, periods };
}

/** `unclear`: rows are there that the measure finds nothing in. */
function partOfDay(rows: readonly Json[], limits: NaiveLimits): { part: number; unclear: boolean } {
  if (rows.length === 0) return { part: 0, unclear: false };
  const byMinutes = (minutes: number) => (minutes >= limits.whole ? 1 : minutes >= limits.half ? 0.5 : 0);
  const values = rows.filter((row) => row.dayFraction !== null).map((row) => Number(row.dayFraction));
  const byValue = values.length === 0 ? null : { part: Math.min(1, Math.max(...values)), unclear: false };
  const daily = rows.filter((row) => row.kind === 'daily' && row.minutesAbsent !== null);
  const byDaily =
    daily.length === 0
      ? null
      : { part: byMinutes(Math.max(...daily.map((row) => row.minutesAbsent))), unclear: false };
  const periods = rows.filter((row) => row.kind === 'period');
  const names = [...new Set(periods.map((row) => row.period ?? row.sourcedId))];
  const lengthOf = (row: Json): number | null => row.minutesAbsent ?? row.minutesScheduled ?? null;
  const known = periods.filter((row) => lengthOf(row) !== null);
  let sum = 0;
  for (const name of names) {
    sum += Math.max(
      0,
      ...known.filter((row) => (row.period ?? row.sourcedId) === name).map((row) => lengthOf(row) ?? 0),
    );
  }
  const byPeriodMinutes =
    known.length === 0 ? null : { part: byMinutes(sum), unclear: known.length < periods.length };
  const byPeriods =
    periods.length === 0 || limits.periods === undefined
      ? null
      : {
          part: names.length >= limits.periods ? 1 : names.length >= limits.periods / 2 ? 0.5 : 0,
          unclear: false,
        };
  const nothing = { part: 0, unclear: true };
  if (limits.measure === 'day-value') return byValue ?? nothing;
  if (limits.measure === 'minutes') return byDaily ?? byPeriodMinutes ?? nothing;
  if (limits.measure === 'periods') return byPeriods ?? nothing;
  const lengthsMissing = known.length < periods.length;
  return byValue ?? byDaily ?? (lengthsMissing ? byPeriods : null) ?? byPeriodMinutes ?? nothing;
}

function enrolled(student: Json, school: string, date: string): boolean {
  return student.roles.some(
    (role: Json) =>
      role.org.sourcedId === school &&
      (role.beginDate === undefined || role.beginDate <= date) &&
      (role.endDate === undefined || date < role.endDate),
  );
}

/** A year is counted again for each student and day, and its school days stay the same. */
const listed = new WeakMap<NaiveCalendar, readonly string[]>();

function listSchoolDays(calendar: NaiveCalendar): readonly string[] {
  const known = listed.get(calendar);
  if (known !== undefined) return known;
  const days: string[] = [];
  const end = new Date(`${calendar.lastDay}T12:00:00Z`);
  for (
    let day = new Date(`${calendar.firstDay}T12:00:00Z`);
    day <= end;
    day = new Date(day.getTime() + 86_400_000)
  ) {
    const date = day.toISOString().slice(0, 10);
    if (isSchoolDay(calendar, date)) days.push(date);
  }
  listed.set(calendar, days);
  return days;
}

function isSchoolDay(calendar: NaiveCalendar, date: string): boolean {
  if (date < calendar.firstDay || date > calendar.lastDay) return false;
  if (calendar.makeUpDays.includes(date)) return true;
  if (calendar.holidays?.includes(date)) return false;
  if (calendar.closures.some(({ from, to }) => from <= date && date <= to)) return false;
  let weekdays = calendar.weekdays;
  for (const rule of calendar.weekdayRules ?? []) {
    if (rule.from <= date && date <= rule.to) weekdays = rule.weekdays;
  }
  const day = new Date(`${date}T12:00:00Z`).getUTCDay();
  return weekdays.includes(day === 0 ? 7 : day);
}
