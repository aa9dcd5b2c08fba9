/** A point on the wall clock, to the minute. */
export interface WallMinute {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  /** 0 = Sunday */
  readonly weekday: number;
}

export type CronLine = (at: WallMinute) => boolean;

/**
 * Reads a crontab line of five fields (minute, hour, day of month, month, day of week) with lists, ranges and
 * steps. When both days are restricted, either one suffices, as in every crontab.
 * @throws RangeError that names the field and what is wrong with it
 */
export function parseCron(line: string): CronLine {
  const fields = line.trim().split(/\s+/);
  if (fields.length !== FIELDS.length)
    throw new RangeError(
      `"${line}" has ${fields.length} fields; a schedule needs 5: minute hour day month weekday.`,
    );
  const [minutes, hours, days, months, weekdays] = FIELDS.map((field, index) =>
    valuesOf(fields[index] ?? '', field, line),
  );
  const anyDay = fields[2]?.startsWith('*');
  const anyWeekday = fields[4]?.startsWith('*');
  return (at) => {
    if (!minutes?.has(at.minute) || !hours?.has(at.hour) || !months?.has(at.month)) return false;
    const day = days?.has(at.day) ?? false;
    const weekday = (weekdays?.has(at.weekday) || (at.weekday === 0 && weekdays?.has(7))) ?? false;
    return anyDay || anyWeekday ? day && weekday : day || weekday;
  };
}

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly words?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly Field[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of the month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, words: MONTHS },
  { name: 'day of the week', from: 0, to: 7, words: WEEKDAYS },
];

function valuesOf(text: string, field: Field, line: string): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
    const [, star, first = '', last, step] = match ?? [];
    const from = star ? field.from : numberOf(first, field);
    const to = star || (last === undefined && step !== undefined) ? field.to : numberOf(last ?? first, field);
    const by = Number(step ?? 1);
    if (match === null || !(from >= field.from && from <= to && to <= field.to) || by < 1)
      throw new RangeError(
        `"${line}": "${part}" is no ${field.name} (${field.from} to ${field.to}, also 1-5, 1,3 or */2).`,
      );
    for (let value = from; value <= to; value += by) values.add(value);
  }
  return values;
}

function numberOf(text: string, field: Field): number {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const word = field.words?.indexOf(text.toLowerCase()) ?? -1;
  return word < 0 ? Number.NaN : word + field.from;
}
