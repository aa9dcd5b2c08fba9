import { resolve } from 'node:path';
import type { CalendarSource } from './calendar-facts.ts';
import { type CalendarFile, calendarSchema } from './calendar-schema.ts';
import type { ConfigProblem, Place } from './config-error.ts';
import type { DistrictFile } from './district-schema.ts';
import { type IcsTally, type IcsWords, readIcsCalendar } from './ics-calendar.ts';
import { readTextFile, refusalWords, shownPath } from './text-file.ts';

/** The calendars of the configuration, with the iCalendar files that they name. */
export interface Calendars {
  readonly district: CalendarSource;
  /** null: the school has none of its own. */
  of(schoolSourcedId: string | null): CalendarSource | null;
  readonly icsFiles: readonly IcsFile[];
  readonly problems: readonly ConfigProblem[];
}

/** An iCalendar file that is in use. */
export interface IcsFile {
  readonly path: string;
  readonly events: IcsTally;
}

const LARGEST_FILE = 5_000_000;

const REFUSALS: Readonly<Record<string, string>> = {
  TOO_LARGE: 'is larger than 5 MB',
  ENOENT: 'does not exist',
  EISDIR: 'is a folder',
};

/** Paths are as seen from the folder of the configuration. */
export function readCalendars(
  { calendar, schools = [] }: Partial<DistrictFile>,
  configDir: string,
  at: Place,
): Calendars {
  const problems: ConfigProblem[] = [];
  const icsFiles: IcsFile[] = [];
  const words = calendar?.icsWords ?? calendarSchema.shape.icsWords.unwrap().parse({});
  const source = (file: CalendarFile, key: readonly PropertyKey[]): CalendarSource => {
    if (file.file === undefined) return { file, ics: null };
    const path = resolve(configDir, file.file);
    const read = readIcs(path, file.icsWords ?? words);
    if (read.kind === 'read') {
      icsFiles.push({ path: shownPath(path), events: read.calendar.events });
      return { file, ics: read.calendar };
    }
    const name = shownPath(path);
    problems.push(
      ...('refused' in read
        ? [at([...key, 'file'], `found ${name}, which ${read.refused}, expected an iCalendar file`)]
        : read.faults.map(({ line, ...rest }) => ({
            file: name,
            line,
            column: line === null ? null : 1,
            ...rest,
          }))),
    );
    return { file, ics: null };
  };
  const district = source(calendar ?? {}, ['calendar']);
  const own = new Map(
    schools.flatMap((school, index) =>
      school.calendar === undefined
        ? []
        : [[school.id, source(school.calendar, ['schools', index, 'calendar'])] as const],
    ),
  );
  return {
    district,
    of: (school) => (school === null ? null : (own.get(school) ?? null)),
    icsFiles,
    problems,
  };
}

function readIcs(path: string, words: IcsWords) {
  const read = readTextFile(path, LARGEST_FILE);
  if (read.kind === 'read') return readIcsCalendar(read.text, words);
  return { kind: 'refused' as const, refused: refusalWords(read.code, REFUSALS) };
}
