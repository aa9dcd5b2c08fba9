import type { Enrolment, History, School, StudentFacts, Version } from './model.ts';
import type { Child } from './people.ts';
import type { TermDays } from './term-days.ts';

/** When and where a child is a student, as it turns out; and when the SIS came to say so. */
export interface Membership {
  /** Number of the child's first school day. */
  readonly from: number;
  /** Number of the first school day without the child; past the year for those who stay. */
  readonly until: number;
  /** Number of the first day at the other school, for those who move. */
  readonly moves: number | null;
  /** When the SIS first shows the child. */
  readonly knownAt: number;
  readonly history: History<StudentFacts>;
  schoolOn(index: number): School;
}

export function decideMembership(child: Child, days: TermDays): Membership {
  const { random, part } = child;
  const from = part.twist === 'arrival' ? random.integer(12, 45) : 0;
  const until = part.twist === 'leaver' ? random.integer(25, 62) : days.dates.length;
  const other = part.twist === 'two-schools' ? null : child.otherSchool;
  const moves = other === null ? null : random.integer(18, 62);
  const beforeTerm = days.at(days.date(0), 0) - random.integer(5, 30) * 86_400_000;
  const knownAt = from === 0 ? beforeTerm : days.at(days.date(from), 7 * 60 + random.integer(0, 59));

  const first = enrolmentsAtFirst(child, days, from);
  const changes: Omit<Version<readonly Enrolment[]>, 'sourcedId'>[] = [
    { knownAt, state: 'active', facts: first },
  ];
  if (moves !== null && other !== null) {
    const moved: Enrolment[] = [
      ...first.map((enrolment) => ({ ...enrolment, ends: days.date(moves) })),
      { school: other.sourcedId, primary: true, begins: days.date(moves), ends: null },
    ];
    changes.push({
      knownAt: days.officeHour(moves + random.integer(-1, 2), random),
      state: 'active',
      facts: moved,
    });
  }
  if (part.twist === 'leaver') {
    const left = first.map((enrolment) => ({ ...enrolment, ends: days.date(until) }));
    changes.push({
      knownAt: days.officeHour(until + random.integer(0, 1), random),
      state: 'active',
      facts: left,
    });
    const end = random.chance(0.7) ? 'tobedeleted' : 'gone';
    changes.push({
      knownAt: days.officeHour(until + random.integer(10, 20), random),
      state: end,
      facts: left,
    });
  }
  return {
    from,
    until,
    moves,
    knownAt,
    history: {
      sourcedId: child.sourcedId,
      versions: changes.map((change) => ({
        ...change,
        sourcedId: child.sourcedId,
        facts: studentFacts(child, change.facts),
      })),
    },
    schoolOn: (index) => (moves !== null && other !== null && index >= moves ? other : child.school),
  };
}

function enrolmentsAtFirst(child: Child, days: TermDays, from: number): Enrolment[] {
  const begins = days.date(from);
  const main: Enrolment = { school: child.school.sourcedId, primary: true, begins, ends: null };
  if (child.part.twist !== 'two-schools' || child.otherSchool === null) return [main];
  return [main, { school: child.otherSchool.sourcedId, primary: false, begins, ends: null }];
}

function studentFacts(child: Child, enrolments: readonly Enrolment[]): StudentFacts {
  const {
    givenName,
    middleName,
    familyName,
    preferredFirstName,
    grade,
    number,
    stateId,
    personId,
    birthDate,
    email,
  } = child;
  return {
    givenName,
    middleName,
    familyName,
    preferredFirstName,
    grade,
    number,
    stateId,
    personId,
    birthDate,
    email,
    enrolments,
    guardians: child.adults.map((adult) => adult.sourcedId),
  };
}
