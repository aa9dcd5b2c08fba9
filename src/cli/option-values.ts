import { Option } from 'commander';
import { isSchoolDate, type SchoolDate } from '../domain/school-date.ts';
import { UsageError } from './output.ts';

/** Whichever list it narrows. */
export function schoolOption(): Option {
  return new Option('--school <id>', 'only this school, by its id in district.yaml (sourcedId)');
}

/** @throws UsageError when the value is no date of the calendar */
export function dateOption(name: string, value: string): SchoolDate;
export function dateOption(name: string, value: string | undefined): SchoolDate | null;
export function dateOption(name: string, value: string | undefined): SchoolDate | null {
  if (value === undefined) return null;
  if (isSchoolDate(value)) return value;
  throw new UsageError(`${name} takes a date of the calendar as YYYY-MM-DD; found ${JSON.stringify(value)}.`);
}

/**
 * Control and direction marks would make a line in the file look like another one.
 * @throws UsageError when the value is more than one line, empty or too long
 */
export function lineOption(name: string, value: string, longest: number): string {
  const line = value.trim();
  if (line !== '' && line.length <= longest && !/[\p{Cc}\p{Bidi_Control}]/u.test(line)) return line;
  throw new UsageError(`${name} takes one line of plain text, at most ${longest} characters.`);
}

/** @throws UsageError for the name of something that the configuration does not have */
export function knownOption<T extends string | undefined>(
  name: string,
  value: T,
  known: readonly string[],
): T {
  if (value === undefined || known.includes(value)) return value;
  throw new UsageError(`${name} takes one of ${known.join(', ')}; found ${JSON.stringify(value)}.`);
}
