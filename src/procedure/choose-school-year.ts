import type { SchoolDate } from '../domain/school-date.ts';
import type { SessionRecord } from '../domain/sis-records.ts';
import type { SchoolYearFacts, YearPhase } from '../store/sync/run-to-apply.ts';

export type YearChoice =
  | { readonly kind: 'chosen'; readonly year: SchoolYearFacts; readonly phase: YearPhase }
  /** The SIS does not say what a count would begin from. */
  | { readonly kind: 'refused'; readonly reason: string };

/** First and last school day of a school year, the last one included. */
export interface TermDays {
  readonly firstDay: SchoolDate;
  readonly lastDay: SchoolDate;
}

/**
 * Which school year a read belongs to, and where in it the day stands. Infinite Campus serves the active year only and
 * rolls over in summer: what vanishes then is no correction, and the ladder of the year that has ended stays as it is.
 * In the middle of a year the same is a broken feed.
 * @param inForce the year that the database counts in, as last read
 * @param begun whether a run of the chosen year has been applied since its first school day
 */
export async function chooseSchoolYear(
  sessions: readonly SessionRecord[],
  inForce: SchoolYearFacts | null,
  today: SchoolDate,
  termDays: (year: SchoolYearFacts) => TermDays,
  begun: (firstDay: SchoolDate) => Promise<boolean>,
): Promise<YearChoice> {
  const served = yearsOf(sessions.filter((session) => session.active && session.type === 'schoolYear'));
  const underWay = inForce !== null && inForce.begins <= today && today <= termDays(inForce).lastDay;
  if (underWay && !served.some((year) => year.id === inForce.id)) {
    const found = served.map((year) => year.id).join(', ') || 'no school year';
    return {
      kind: 'refused',
      reason: `the school year ${inForce.id}, which is under way, is no longer among the academicSessions; found ${found}`,
    };
  }
  const year =
    served.find(({ begins, ends }) => begins <= today && today < ends) ??
    (inForce !== null && inForce.begins <= today
      ? (served.find(({ id }) => id === inForce.id) ?? inForce)
      : null) ??
    served.findLast(({ begins }) => begins <= today) ??
    served[0];
  if (year === undefined) {
    return {
      kind: 'refused',
      reason: 'academicSessions has no active session of type schoolYear; one is needed to count from',
    };
  }
  const { firstDay, lastDay } = termDays(year);
  if (today < firstDay || today > lastDay) return { kind: 'chosen', year, phase: 'between' };
  return { kind: 'chosen', year, phase: (await begun(firstDay)) ? 'under-way' : 'begins' };
}

/**
 * One year per `schoolYear`, the earliest first: calendars of one year differ by school, and its days are all that any
 * of them has. It goes by the session that begins first.
 */
function yearsOf(sessions: readonly SessionRecord[]): SchoolYearFacts[] {
  const sorted = sessions.toSorted(
    (a, b) => a.begins.localeCompare(b.begins) || a.sourcedId.localeCompare(b.sourcedId),
  );
  const years = new Map<string, SchoolYearFacts>();
  for (const { schoolYear: id, sourcedId, title, begins, ends } of sorted) {
    const known = years.get(id);
    if (known === undefined) years.set(id, { id, sourcedId, title, begins, ends });
    else if (known.ends < ends) years.set(id, { ...known, ends });
  }
  return [...years.values()];
}
