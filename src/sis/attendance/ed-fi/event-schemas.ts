import { days, ONE_DAY } from '../../../domain/days.ts';
import {
  field,
  idOf,
  isRow,
  kindOf,
  requiredDate,
  requiredId,
  requiredText,
  textIn,
} from '../../oneroster/wire-fields.ts';
import { refuse, shape, type Told } from '../../shape.ts';

/** What we read of `studentSchoolAttendanceEvents`. Reasons are not named here and never read. */
export const eventSchema = shape({
  id: requiredId(),
  schoolReference: idUnder('schoolId'),
  studentReference: idUnder('studentUniqueId'),
  attendanceEventCategoryDescriptor: requiredText(306),
  eventDate: requiredDate(),
  eventDuration: field(durationIn),
});

/** An event that was deleted: `/deletes` tells its id, and what else it tells differs from host to host. */
export const deleteSchema = shape({ id: requiredId() });

export type WireEvent = Told<typeof eventSchema>;
export type WireDelete = Told<typeof deleteSchema>;

function idUnder(name: string) {
  return field(
    (value) => (isRow(value) ? idOf(value[name]) : null) ?? refuse(kindOf(value), `a reference with ${name}`),
  );
}

/** Days as decimal text; an event says nothing above one day that a day could hold. */
function durationIn(value: unknown): string | null {
  const told = textIn(value, 20);
  if (told === null) return null;
  if (!/^\d{1,4}(\.\d{1,6})?$/.test(told)) return refuse(kindOf(value), 'days as a decimal number');
  const [whole = '0', part = ''] = told.split('.');
  const rounded = part === '' ? whole : `${whole}.${part.slice(0, 4)}`;
  return days(rounded) > ONE_DAY ? '1' : rounded;
}
