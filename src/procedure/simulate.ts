import { type Comparison, comparePlays, type PlayedTwice, type Range } from '../domain/compare-plays.ts';
import { type History, type Known, playStudent } from '../domain/play.ts';
import type { Policy } from '../domain/policy.ts';
import { addDays, dateInZone, earlierOf, instantInZone, type SchoolDate } from '../domain/school-date.ts';
import type { Db } from '../store/database.ts';
import { listSchools, type StoredSchool } from '../store/districts.ts';
import {
  baselineDay,
  countStudentsWithHistory,
  readCodes,
  readHistories,
  type StudentHistory,
  type Version,
} from '../store/history.ts';
import { loadFactsOf, type StoredFacts } from '../store/student-facts.ts';
import { lastSyncRun } from '../store/sync/sync-runs.ts';
import { recipientsOf } from './assess.ts';
import type { Procedure } from './procedure.ts';

export interface SimulationRequest {
  readonly other: Policy;
  /** The time of day at which a morning's decisions are made, `HH:MM`. */
  readonly morning: string;
  /** null: the first school day, and the last day that was read. */
  readonly from: SchoolDate | null;
  readonly to: SchoolDate | null;
}

export interface Simulation {
  readonly range: Range;
  readonly schools: readonly StoredSchool[];
  readonly plays: readonly PlayedTwice[];
  readonly comparison: Comparison;
  /** sourcedId → who it is, for people. */
  readonly people: ReadonlyMap<string, { readonly number: string | null; readonly name: string }>;
}

/** Nothing was read from the SIS in the time that was asked for, so there is no history to replay. */
class NoHistoryError extends Error {
  override readonly name = 'NoHistoryError';
  readonly exitCode = 2;

  /** @param last the last day that was read, where there is one */
  constructor(last: SchoolDate | null) {
    super(
      last === null
        ? 'Nothing has been read from the SIS yet: there is nothing to replay.'
        : `Nothing was read from the SIS after ${last}: there is nothing to replay.`,
    );
  }
}

/**
 * Replays the recorded history of the school year under the policy in force and under another one. Only reads.
 * @throws NoHistoryError when nothing was read in that time
 */
export async function simulate(
  db: Db,
  procedure: Procedure,
  request: SimulationRequest,
  progress: (done: number, all: number) => void,
): Promise<Simulation> {
  const schoolYear = procedure.schoolYear.id;
  const lastRead = (await lastSyncRun(db, 'applied'))?.asOf ?? null;
  if (lastRead === null) throw new NoHistoryError(null);
  const district = procedure.calendarOf(null);
  const last = earlierOf(lastRead, district.lastDay);
  const range = { from: request.from ?? district.firstDay, to: earlierOf(request.to ?? last, last) };
  if (range.from > range.to) throw new NoHistoryError(last);
  const setting = {
    calendarOf: procedure.calendarOf,
    until: range.to,
    baselineOn: await baselineDay(db, schoolYear),
  };
  const codes = await readCodes(db);
  const morningOf = mornings(request.morning, procedure.timeZone);
  const plays: PlayedTwice[] = [];
  const people = new Map<string, { number: string | null; name: string }>();
  const all = await countStudentsWithHistory(db, schoolYear);
  for await (const page of readHistories(db, schoolYear)) {
    const known = await loadFactsOf(
      db,
      page.map(({ studentId }) => studentId),
      schoolYear,
    );
    for (const kept of page) {
      progress(plays.length + 1, all);
      const facts = known.get(kept.studentId);
      if (facts === undefined) continue;
      const { history, letters } = historyOf(facts, kept, codes, {
        morningOf,
        policy: procedure.policy,
        today: range.to,
      });
      plays.push({
        student: facts.sourcedId,
        letters,
        inForce: playStudent(history, { ...setting, policy: procedure.policy }),
        other: playStudent(history, { ...setting, policy: request.other }),
      });
      people.set(facts.sourcedId, { number: facts.number, name: `${facts.givenName} ${facts.familyName}` });
    }
  }
  return {
    range,
    schools: await listSchools(db),
    plays,
    comparison: comparePlays(plays, range),
    people,
  };
}

/** Grade, enrolments and guardians are not kept by version: they are as they are today. */
function historyOf(
  facts: StoredFacts,
  kept: StudentHistory,
  codes: History['codes'],
  look: { morningOf: (instant: Date) => SchoolDate; policy: Policy; today: SchoolDate },
): { history: History; letters: number } {
  const { morningOf } = look;
  const recipients = recipientsOf(facts, look.policy, look.today);
  const known = <T>(version: Version<T>): Known<T> => ({
    what: version.what,
    from: morningOf(version.recordedAt),
    until: version.endedAt === null ? null : morningOf(version.endedAt),
  });
  return {
    letters: recipients.letters.length,
    history: {
      student: {
        grade: facts.grade,
        birthDate: facts.birthDate,
        // Who has left was here before: the enrolment says until when.
        active: facts.active || facts.enrolments.some((enrolment) => enrolment.ends !== null),
        enrolments: facts.enrolments,
        medical: null,
        ...(facts.adultAnswer !== undefined && { adultAnswer: facts.adultAnswer }),
        hasRecipient: recipients.letters.length > 0,
        contradictoryGuardianship: facts.guardians.some(
          (guardian) => guardian.contradictory && guardian.linkActive,
        ),
      },
      codes,
      records: kept.records.map(known),
      holds: kept.holds.map(known),
      contracts: kept.contracts.map(known),
    },
  };
}

/** The first morning on which something recorded at an instant was known. */
function mornings(time: string, zone: string): (instant: Date) => SchoolDate {
  // A sync records all its rows at one instant.
  const known = new Map<number, SchoolDate>();
  return (instant) => {
    let morning = known.get(instant.getTime());
    if (morning === undefined) {
      const date = dateInZone(instant, zone);
      morning = instant <= instantInZone(date, time, zone) ? date : addDays(date, 1);
      known.set(instant.getTime(), morning);
    }
    return morning;
  };
}
