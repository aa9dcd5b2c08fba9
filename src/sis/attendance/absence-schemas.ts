import type { AttendanceStatus, Excuse } from '../../domain/absence.ts';
import { days, ONE_DAY } from '../../domain/days.ts';
import {
  active,
  carefulReference,
  carefulText,
  field,
  kindOf,
  minutes,
  optionalReference,
  requiredDate,
  requiredId,
  requiredReference,
  requiredText,
  text,
  textIn,
} from '../oneroster/wire-fields.ts';
import { refuse, shape, type Told } from '../shape.ts';

/** What the attendance service sends. Comments, reasons and metadata are not named here and never read. */

const STATUSES: Readonly<Record<string, AttendanceStatus>> = {
  absent: 'absent',
  tardy: 'tardy',
  earlyrelease: 'earlyRelease',
  present: 'present',
};
const EXCUSES: readonly Excuse[] = ['excused', 'unexcused', 'exempt', 'unknown'];
const KINDS = ['daily', 'period'] as const;

const properties = { attendanceStatus: field(statusIn), excuse: field(excuseIn) };

export const codeSchema = shape({
  sourcedId: requiredId(),
  status: active(),
  title: requiredText(),
  description: carefulText(),
  ...properties,
  school: carefulReference(),
});

export const absenceSchema = shape({
  sourcedId: requiredId(),
  status: active(),
  student: requiredReference(),
  school: requiredReference(),
  date: requiredDate(),
  kind: field(kindIn),
  period: text(60),
  ...properties,
  dayFraction: field(fractionIn),
  minutesAbsent: minutes(),
  minutesScheduled: minutes(),
  /** It goes before the row's own status: a row whose code cannot be read says nothing that could be counted. */
  code: optionalReference(),
});

export type WireCode = Told<typeof codeSchema>;
export type WireAbsence = Told<typeof absenceSchema>;

function statusIn(value: unknown): AttendanceStatus {
  const told = (textIn(value, 60) ?? refuse('nothing', 'text')).toLowerCase();
  if (told.startsWith('ext:')) return 'other';
  const known = Object.hasOwn(STATUSES, told) ? STATUSES[told] : undefined;
  return known ?? refuse('another word', 'absent, tardy, earlyRelease, present or ext:…');
}

function excuseIn(value: unknown): Excuse {
  const told = textIn(value, 40)?.toLowerCase() ?? 'unknown';
  return EXCUSES.find((excuse) => excuse === told) ?? refuse('another word', EXCUSES.join(', '));
}

function kindIn(value: unknown): (typeof KINDS)[number] {
  const told = textIn(value, 20)?.toLowerCase() ?? 'daily';
  return KINDS.find((kind) => kind === told) ?? refuse('another word', 'daily or period');
}

function fractionIn(value: unknown): string | null {
  const told = textIn(value, 20);
  if (told === null) return null;
  try {
    if (days(told) <= ONE_DAY) return told;
  } catch {
    // Falls through to the refusal, which never tells the value.
  }
  return refuse(kindOf(value), 'decimal text from 0 to 1');
}
