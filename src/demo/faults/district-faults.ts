import { addDays } from '../../domain/school-date.ts';
import type { AbsenceFacts, District, GuardianFacts, History, School } from '../district/model.ts';
import {
  absentOn,
  changed,
  largestSchool,
  recentSchoolDays,
  studentsOf,
  unexcusedDay,
} from './district-facts.ts';
import type { FaultList } from './fault.ts';

const MOVERS = 3;
const UNCODED_DAYS = 5;
const GROWTH = 0.6;
const SHARED_MAILBOX = 'frontdesk@harbor-shelter.test';

/** What the SIS itself has wrong, or what just happens in a school year: every interface says the same. */
export const districtFaults = {
  'everyone-absent': {
    description:
      'Every student of the largest school is absent on its last school day: a substitute saved an empty roll.',
    district: (district, instant) => {
      const school = largestSchool(district, instant);
      const [date] = recentSchoolDays(district, instant, 1);
      if (date === undefined) return district;
      const absent = absentOn(district, school, date, instant);
      const more = studentsOf(district, school, instant).filter((student) => !absent.has(student.sourcedId));
      return withAbsences(
        district,
        more.map(({ sourcedId }) => unexcusedDay('a-everyone', sourcedId, school, date, instant)),
      );
    },
  },
  'doubled-counts': {
    description:
      'The past of the largest school doubles overnight: each day, as many more students were absent.',
    district: (district, instant) => {
      const school = largestSchool(district, instant);
      const students = studentsOf(district, school, instant);
      const rows = recentSchoolDays(district, instant, Number.POSITIVE_INFINITY).flatMap((date) => {
        const absent = absentOn(district, school, date, instant);
        return students
          .filter(({ sourcedId }) => !absent.has(sourcedId))
          .slice(0, absent.size)
          .map(({ sourcedId }) => unexcusedDay('a-doubled', sourcedId, school, date, instant));
      });
      return withAbsences(district, rows);
    },
  },
  growth: {
    description: 'The largest school has 60 % more students overnight.',
    district: (district, instant) => {
      const students = studentsOf(district, largestSchool(district, instant), instant);
      const more = students.slice(0, Math.ceil(students.length * GROWTH)).map(({ sourcedId, facts }) => {
        const id = `grown-${sourcedId}`;
        const own = {
          number: `9${facts.number}`,
          stateId: `9${facts.stateId}`,
          personId: `9${facts.personId}`,
        };
        const version = {
          sourcedId: id,
          knownAt: instant,
          state: 'active' as const,
          facts: { ...facts, ...own },
        };
        return { sourcedId: id, versions: [version] };
      });
      return { ...district, students: bySourcedId([...district.students, ...more]) };
    },
  },
  'one-school-gone': {
    description:
      'One school is missing with everything that is in it: its students, their absences, and itself.',
    rows: (rows, { collection }) => {
      if (collection !== 'schools' && collection !== 'orgs') return rows;
      const last = rows.findLast((row) => row.type === 'school');
      return rows.filter((row) => row !== last);
    },
    district: (district, instant) => {
      const gone = bySourcedId(district.schools).at(-1)?.sourcedId;
      const students = district.students.map((history) =>
        changed(history, instant, ({ facts }) =>
          facts.enrolments.at(-1)?.school === gone ? { state: 'gone' } : null,
        ),
      );
      const absences = district.absences.map((history) =>
        changed(history, instant, ({ facts }) => (facts.school === gone ? { state: 'gone' } : null)),
      );
      return { ...district, students, absences };
    },
  },
  'merged-person': {
    description:
      'Two records turned out to be one student: one goes on with all absences, and names the other’s id.',
    district: (district, instant) => {
      const [goesOn, ended] = studentsOf(district, largestSchool(district, instant), instant);
      if (goesOn === undefined || ended === undefined) return district;
      const students = district.students.map((history) =>
        changed(history, instant, ({ sourcedId, facts }) => {
          if (sourcedId === ended.sourcedId) return { state: 'gone' };
          return sourcedId === goesOn.sourcedId
            ? { facts: { ...facts, formerIds: [ended.sourcedId] } }
            : null;
        }),
      );
      const absences = district.absences.map((history) =>
        changed(history, instant, ({ facts }) =>
          facts.student === ended.sourcedId ? { facts: { ...facts, student: goesOn.sourcedId } } : null,
        ),
      );
      return { ...district, students, absences };
    },
  },
  'moved-in-mid-year': {
    description: `${MOVERS} students of the largest school go to another school of the district from today on.`,
    district: (district, instant) => {
      const from = largestSchool(district, instant);
      const to = district.schools.find((school) => school !== from);
      const [today] = recentSchoolDays(district, instant, 1);
      if (to === undefined || today === undefined) return district;
      const movers = new Set(
        studentsOf(district, from, instant)
          .slice(0, MOVERS)
          .map(({ sourcedId }) => sourcedId),
      );
      const begins = addDays(today, 1);
      const students = district.students.map((history) =>
        changed(history, instant, ({ sourcedId, facts }) => {
          if (!movers.has(sourcedId)) return null;
          const ended = facts.enrolments.map((one) => ({ ...one, ends: one.ends ?? begins }));
          const next = { school: to.sourcedId, primary: true, begins, ends: null };
          return { facts: { ...facts, enrolments: [...ended, next] } };
        }),
      );
      return { ...district, students };
    },
  },
  'coded-later': {
    description: `The absences of the last ${UNCODED_DAYS} school days at the largest school are not coded yet: excuse unknown, until the fault is off.`,
    district: (district, instant) => {
      const school = largestSchool(district, instant);
      const days = new Set(recentSchoolDays(district, instant, UNCODED_DAYS));
      const code = district.codes.find(
        ({ versions }) => versions[0]?.facts.school === school.sourcedId && versions[0].facts.title === 'UNK',
      );
      if (code === undefined) return district;
      const uncoded = { excuse: 'unknown', code: code.sourcedId, codeTitle: 'UNK' } as const;
      const absences = district.absences.map((history) =>
        changed(history, instant, ({ facts }) => {
          const meant = facts.school === school.sourcedId && days.has(facts.date);
          const coded = facts.status === 'absent' && facts.excuse !== 'exempt' && facts.excuse !== 'unknown';
          return meant && coded ? { facts: { ...facts, ...uncoded } } : null;
        }),
      );
      return { ...district, absences };
    },
  },
  'shared-and-private-addresses': {
    description:
      'Every third guardian has the mailbox of a shelter that many families use, or an address that is marked private.',
    district: (district, instant) => ({
      ...district,
      guardians: district.guardians.map((history, position) =>
        changed(history, instant, ({ facts }) => addressFault(facts, position)),
      ),
    }),
  },
} as const satisfies FaultList;

function addressFault(facts: GuardianFacts, position: number): { facts: GuardianFacts } | null {
  if (position % 6 === 0) return { facts: { ...facts, email: SHARED_MAILBOX } };
  return position % 6 === 3 ? { facts: { ...facts, private: true } } : null;
}

function withAbsences(district: District, more: readonly History<AbsenceFacts>[]): District {
  return { ...district, absences: bySourcedId([...district.absences, ...more]) };
}

function bySourcedId<T extends Pick<School, 'sourcedId'>>(all: readonly T[]): T[] {
  return [...all].sort((a, b) => (a.sourcedId < b.sourcedId ? -1 : 1));
}
