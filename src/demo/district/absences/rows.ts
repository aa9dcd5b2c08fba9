import type { SchoolDate } from '../../../domain/school-date.ts';
import { type CodeTitle, codeId, codeMeanings } from '../codes.ts';
import type { AbsenceFacts, History, School, Version } from '../model.ts';
import type { Fix, MissedDay } from './missed-day.ts';

const periodMinutes = 55;
const periods = ['1', '2', '3', '4', '5', '6', '7'];
/** Three periods are 165 minutes: more than half a day's limit of 120, less than a whole day's of 240. */
const afternoon = periods.slice(4);

interface Place {
  readonly student: string;
  readonly date: SchoolDate;
  /** Gives the next row id of the student. */
  readonly nextId: () => string;
}

/** The rows of the SIS for one missed day, with all their versions. */
export function rowsOf(day: MissedDay, place: Place): History<AbsenceFacts>[] {
  if (day.measure !== 'periods') return [dailyRow(day, place)];
  return (day.share === 'day' ? periods : afternoon).map((period, position) =>
    periodRow(day, place, period, position === 0),
  );
}

function dailyRow(day: MissedDay, place: Place): History<AbsenceFacts> {
  let code = day.code;
  let share = day.share;
  const facts = () => ({
    ...common(day, place, code),
    kind: 'daily' as const,
    period: null,
    ...dailyMeasure(code, share, day.measure, day.school),
  });
  return history(day, place.nextId(), facts, (fix) => {
    if (fix.change.kind === 'recode') code = fix.change.to;
    if (fix.change.kind === 'share') share = fix.change.to;
  });
}

function periodRow(day: MissedDay, place: Place, period: string, first: boolean): History<AbsenceFacts> {
  let code = day.code;
  const facts = () => ({
    ...common(day, place, code),
    kind: 'period' as const,
    period,
    dayFraction: null,
    minutesAbsent: minutesMissed(code, periodMinutes),
    minutesScheduled: periodMinutes,
  });
  return history(day, place.nextId(), facts, (fix) => {
    if (fix.change.kind !== 'recode') return;
    // A student who came late missed the beginning of the first period and was there for the others.
    code = fix.change.to === 'TDY' && !first ? 'PRS' : fix.change.to;
  });
}

function history(
  day: MissedDay,
  sourcedId: string,
  facts: () => AbsenceFacts,
  apply: (fix: Fix) => void,
): History<AbsenceFacts> {
  const versions: Version<AbsenceFacts>[] = [
    { sourcedId, knownAt: day.enteredAt, state: 'active', facts: facts() },
  ];
  for (const fix of day.fixes) {
    apply(fix);
    const kind = fix.change.kind;
    const state = kind === 'tombstone' ? 'tobedeleted' : kind === 'vanish' ? 'gone' : 'active';
    versions.push({ sourcedId, knownAt: fix.at, state, facts: facts() });
  }
  return { sourcedId, versions };
}

function common(day: MissedDay, place: Place, code: CodeTitle) {
  const { status, excuse } = codeMeanings[code];
  return {
    student: place.student,
    school: day.school.sourcedId,
    date: place.date,
    status,
    excuse,
    code: codeId(day.school, code),
    codeTitle: code,
    comment: day.comment,
  };
}

function dailyMeasure(
  code: CodeTitle,
  share: MissedDay['share'],
  measure: MissedDay['measure'],
  school: School,
) {
  const minutesScheduled = school.level === 'high' ? periods.length * periodMinutes : 400;
  const away = codeMeanings[code].status === 'absent';
  const minutes =
    away && share === 'half' ? minutesScheduled / 2 - 10 : minutesMissed(code, minutesScheduled);
  const dayFraction = !away ? '0' : share === 'day' ? '1' : '0.5';
  return {
    dayFraction: measure === 'minutes' ? null : (dayFraction as AbsenceFacts['dayFraction']),
    minutesAbsent: Math.floor(minutes),
    minutesScheduled,
  };
}

function minutesMissed(code: CodeTitle, scheduled: number): number {
  switch (codeMeanings[code].status) {
    case 'absent':
      return scheduled;
    case 'tardy':
      return Math.min(20, scheduled);
    case 'earlyRelease':
      return Math.min(45, scheduled);
    case 'present':
      return 0;
  }
}
