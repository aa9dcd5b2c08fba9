import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { stateOn } from '../../src/demo/district/state-on.ts';
import { type SimulatedSis, startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import type { AbsenceRecord, AttendanceCode } from '../../src/domain/absence.ts';
import { buildCalendar } from '../../src/domain/calendar.ts';
import { countDays } from '../../src/domain/counting.ts';
import { days, formatDays, sumDays } from '../../src/domain/days.ts';
import type { CountingRules } from '../../src/domain/policy.ts';
import { addDays, type SchoolDate, schoolDate } from '../../src/domain/school-date.ts';
import { naiveDistrict, readPayloads } from '../support/naive-count.ts';

const district = buildDistrict({
  seed: 'agree',
  schools: 3,
  students: 240,
  schoolYear: 2027,
  timeZone: 'America/Denver',
});
const calendar = buildCalendar(district.calendar);
let today: SchoolDate = district.calendar.firstDay;
let sis: SimulatedSis;

beforeAll(async () => {
  sis = await startSimulatedSis({ district, today: () => today });
});
afterAll(() => sis.close());

test('the naive count over HTTP and the counting of the domain agree on every student', async () => {
  for (const date of ['2026-09-18', '2026-10-13', '2026-11-30'].map(schoolDate)) {
    const naive = naiveDistrict({
      calendar: district.calendar,
      wholeDayMinutes: 240,
      halfDayMinutes: 120,
      suspensions: ['SUS'],
    });
    today = date;
    naive.read(await readPayloads(sis), date);
    const answers = [0, 1, 3, 5].map((settleDays) => ({ settleDays, counts: naive.count(settleDays) }));
    for (const student of stateOn(district, date).students) {
      const counted = countOf(student.sourcedId, date);
      for (const { settleDays, counts } of answers) {
        const through = calendar.settledThrough(date, settleDays);
        const settled = counted.days.filter((day) => through !== null && day.date <= through);
        const total = Number(formatDays(sumDays(settled.map(({ fraction }) => fraction))));
        expect(counts.get(student.sourcedId)).toEqual({
          days: total,
          unmapped: counted.unmappedCodes.length > 0,
        });
      }
    }
  }
});

test('a row that vanished counts until it is missing on a second day', () => {
  const code = { sourcedId: 'c', title: 'UNX', attendanceStatus: 'absent', excuse: 'unexcused' };
  const student = { sourcedId: 's', roles: [{ org: { sourcedId: 'school' } }] };
  const row = {
    sourcedId: 'a',
    status: 'active',
    student: { sourcedId: 's' },
    school: { sourcedId: 'school' },
    date: district.calendar.firstDay,
    kind: 'daily',
    dayFraction: '1',
    minutesAbsent: 400,
    code: { sourcedId: 'c' },
  };
  const naive = naiveDistrict({
    calendar: district.calendar,
    wholeDayMinutes: 240,
    halfDayMinutes: 120,
    suspensions: [],
  });
  const counts: (number | undefined)[] = [];
  for (const [day, attendances] of [[row], [], [], []].entries()) {
    // The third read is on the day of the second: it proves nothing new.
    const date = addDays(district.calendar.firstDay, [0, 1, 1, 2][day] ?? 0);
    naive.read({ students: [student], attendances, attendanceCodes: [code] }, date);
    counts.push(naive.count(0).get('s')?.days);
  }
  expect(counts).toEqual([1, 1, 1, 0]);
});

/** The domain's count, fed from the district itself rather than over the wire. */
function countOf(student: string, date: SchoolDate) {
  const state = stateOn(district, date);
  const schoolIds = new Map(district.schools.map((school, index) => [school.sourcedId, index + 1]));
  const facts = state.students.find(({ sourcedId }) => sourcedId === student)?.facts;
  const records = state.absences
    .filter((row) => row.facts.student === student && row.state === 'active')
    .map(
      ({ sourcedId, facts: row }, index): AbsenceRecord => ({
        id: String(index + 1),
        sourcedId,
        schoolId: schoolIds.get(row.school) ?? 0,
        date: row.date,
        kind: row.kind,
        period: row.period,
        status: row.status,
        excuse: row.excuse,
        dayFraction: row.dayFraction === null ? null : days(row.dayFraction),
        minutesAbsent: row.minutesAbsent,
        minutesScheduled: row.minutesScheduled,
        codeId: row.code,
        contradictory: false,
      }),
    );
  const codes = new Map(
    state.codes.map(({ sourcedId, facts: code }): [string, AttendanceCode] => [
      sourcedId,
      {
        sourcedId,
        title: code.title,
        status: code.status,
        excuse: code.excuse,
        suspension: code.title === 'SUS',
        confidential: false,
      },
    ]),
  );
  const enrolments = (facts?.enrolments ?? []).map(({ school, primary, begins, ends }) => ({
    schoolId: schoolIds.get(school) ?? 0,
    schoolSourcedId: school,
    primary,
    begins,
    ends,
  }));
  const rules: CountingRules = {
    excuses: ['excused', 'unexcused', 'unknown'],
    unknownExcuse: 'neither',
    suspensionCounts: false,
    measure: 'best-known',
    wholeDayMinutes: 240,
    halfDayMinutes: 120,
    periodsPerDay: {},
    exceptions: [],
    tardies: null,
    codes: [],
  };
  return countDays({ records, codes, enrolments, grade: null }, rules, () => calendar, date);
}
