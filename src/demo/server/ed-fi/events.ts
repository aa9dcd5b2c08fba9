import { createHash } from 'node:crypto';
import type { AbsenceFacts, CodeFacts, District, History, Version } from '../../district/model.ts';

/** One attendance event as an Ed-Fi host keeps it, and for how long. */
export interface EventVersion {
  readonly id: string;
  /** Change versions: whole seconds since the summer before the school year. */
  readonly from: number;
  readonly until: number | null;
  readonly body: Readonly<Record<string, unknown>>;
}

const CATEGORIES: Readonly<Record<string, string>> = {
  'absent excused': 'Excused Absence',
  'absent unexcused': 'Unexcused Absence',
  'absent exempt': 'School Activity',
  tardy: 'Tardy',
  earlyRelease: 'Early departure',
};
const WHOLE_DAY_MINUTES = 240;
const HALF_DAY_MINUTES = 120;

/** @param instant milliseconds since 1970 */
export function changeVersion(district: District, instant: number): number {
  return Math.max(0, Math.floor((instant - Date.UTC(district.options.schoolYear - 1, 6, 1)) / 1000));
}

/**
 * What Infinite Campus would report of the district's year: one event per student, school and date, none before the
 * office has coded the day. An event that is recoded is deleted and made anew, since its category is part of its key.
 */
export function buildEvents(district: District): EventVersion[] {
  const groups = new Map<string, History<AbsenceFacts>[]>();
  for (const history of district.absences) {
    const facts = history.versions[0]?.facts;
    if (facts === undefined) continue;
    const key = `${facts.student} ${facts.school} ${facts.date}`;
    groups.set(key, [...(groups.get(key) ?? []), history]);
  }
  const codes = new Map(district.codes.map((code) => [code.sourcedId, code]));
  return [...groups.values()].flatMap((rows) => eventsOf(district, rows, codes));
}

function eventsOf(
  district: District,
  rows: readonly History<AbsenceFacts>[],
  codes: ReadonlyMap<string, History<CodeFacts>>,
): EventVersion[] {
  const instants = new Set<number>();
  for (const { versions } of rows) {
    for (const { knownAt, facts } of versions) {
      instants.add(knownAt);
      const code = codes.get(facts.code)?.versions[0]?.knownAt;
      if (code !== undefined && code > knownAt) instants.add(code);
    }
  }
  const events: (EventVersion & { readonly text: string })[] = [];
  for (const instant of [...instants].sort((a, b) => a - b)) {
    const at = changeVersion(district, instant);
    const body = eventAt(district, rows, codes, instant);
    const text = JSON.stringify(body);
    const open = events.at(-1);
    if (open !== undefined && open.until === null) {
      if (open.text === text) continue;
      events[events.length - 1] = { ...open, until: at };
    }
    if (body === null) continue;
    const id = createHash('sha256').update(`${text} ${instant}`).digest('hex').slice(0, 32);
    events.push({ id, from: at, until: null, body, text });
  }
  return events;
}

function eventAt(
  district: District,
  rows: readonly History<AbsenceFacts>[],
  codes: ReadonlyMap<string, History<CodeFacts>>,
  instant: number,
): Record<string, unknown> | null {
  const now = rows.flatMap((row) => meaningAt(row, codes, instant) ?? []);
  const chosen = ['absent', 'earlyRelease', 'tardy'].flatMap((status) =>
    now.filter((row) => row.status === status),
  );
  const [first] = chosen;
  if (first === undefined) return null;
  const category = CATEGORIES[first.status === 'absent' ? `absent ${first.excuse}` : first.status];
  const duration =
    first.status === 'absent' ? durationOf(chosen.filter(({ status }) => status === 'absent')) : 0;
  if (category === undefined || duration === null) return null;
  const school = district.schools.find(({ sourcedId }) => sourcedId === first.facts.school);
  const student = district.students.find(({ sourcedId }) => sourcedId === first.facts.student);
  const schoolId = Number(school?.number);
  return {
    schoolReference: { schoolId },
    sessionReference: {
      schoolId,
      schoolYear: district.options.schoolYear,
      sessionName: `${district.options.schoolYear - 1}-${district.options.schoolYear}`,
    },
    studentReference: { studentUniqueId: student?.versions[0]?.facts.stateId },
    attendanceEventCategoryDescriptor: `uri://ed-fi.org/AttendanceEventCategoryDescriptor#${category}`,
    eventDate: first.facts.date,
    eventDuration: duration,
  };
}

interface Meaning {
  readonly facts: AbsenceFacts;
  readonly status: string;
  readonly excuse: string;
}

/** By the code table; null for a row that is not served or not coded. */
function meaningAt(
  { versions }: History<AbsenceFacts>,
  codes: ReadonlyMap<string, History<CodeFacts>>,
  instant: number,
): Meaning | null {
  const row = versions.findLast(({ knownAt }) => knownAt <= instant);
  if (row?.state !== 'active') return null;
  const code: Version<CodeFacts> | undefined = codes
    .get(row.facts.code)
    ?.versions.findLast(({ knownAt }) => knownAt <= instant);
  if (code === undefined || code.facts.excuse === 'unknown') return null;
  return { facts: row.facts, status: code.facts.status, excuse: code.facts.excuse };
}

/** Days: the school's own value, else the minutes missed against the limits of the calendar. */
function durationOf(rows: readonly Meaning[]): number | null {
  const own = rows.flatMap(({ facts }) => (facts.dayFraction === null ? [] : [Number(facts.dayFraction)]));
  if (own.length > 0) return Math.max(...own);
  const minutes = rows.reduce((sum, { facts }) => sum + facts.minutesAbsent, 0);
  if (minutes >= WHOLE_DAY_MINUTES) return 1;
  return minutes >= HALF_DAY_MINUTES ? 0.5 : null;
}
