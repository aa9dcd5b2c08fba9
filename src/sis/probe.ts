import { addDays, type SchoolDate } from '../domain/school-date.ts';
import type { RecordPage, RosterSource } from '../domain/sis-records.ts';
import { type ClientOptions, createClient } from './oneroster/client.ts';
import { openAttendanceSource, openContactSource, openRoster, type SisOptions } from './open-sis.ts';
import { SisError } from './sis-error.ts';

export interface SisFinding {
  readonly what: string;
  readonly ok: boolean;
  readonly finding: string;
}

/** A person waits for the answer. */
const ATTEMPTS = 2;
const PATIENCE_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;
const PAGE_SIZE = 100;
const ALL = { after: null };
const NOTHING = { ok: false, finding: 'answered with nothing; a permission may be missing' };

/**
 * Signs in and reads the first page of what a sync needs; says in plain words what came, without names of people.
 * @param configured sourcedIds of the schools that the configuration names
 */
export async function probeSis(
  given: SisOptions,
  today: SchoolDate,
  configured: readonly string[],
): Promise<SisFinding[]> {
  const { roster, attendance, contacts } = given;
  const options: SisOptions = {
    roster: modest(roster),
    attendance: attendance.source === 'data-extract' ? attendance : modest(attendance),
    contacts,
  };
  return [
    ...(await probeRoster(options, configured)),
    ...(await probeAttendance(options, today)),
    ...(await probeContacts(options)),
  ];
}

async function probeRoster(options: SisOptions, configured: readonly string[]): Promise<SisFinding[]> {
  const signIn = await probeSignIn('OneRoster sign-in', options.roster);
  if (!signIn.ok) return [signIn];
  const roster = openRoster(options);
  return [
    signIn,
    ...(await probeSchools(roster, configured)),
    await probe('OneRoster school year', roster.sessions(), (sessions) =>
      sessions
        .filter((session) => session.type === 'schoolYear')
        .map((session) => `${session.schoolYear}: ${session.begins} to ${session.ends}`)
        .join('; '),
    ),
    await probe('OneRoster students', roster.students(ALL), counted),
    await probe('OneRoster guardians', roster.guardians(ALL), counted),
    await probe('demographics', roster.demographics(ALL), counted, {
      ok: true,
      finding: 'not granted: birth dates and addresses are unknown, and the check at 18 is off',
    }),
  ];
}

/** Lists every school, since their ids are what the configuration needs, and compares them with those it names. */
async function probeSchools(roster: RosterSource, configured: readonly string[]): Promise<SisFinding[]> {
  const what = 'OneRoster schools';
  const schools = new Map<string, string>();
  const listed = await told(what, async () => {
    for await (const { records } of roster.schools()) {
      for (const { sourcedId, name } of records) schools.set(sourcedId, name);
    }
    if (schools.size === 0) return NOTHING;
    const lines = [...schools].map(([id, name]) => `${id}  ${name}`);
    return { ok: true, finding: [`${schools.size} listed`, ...lines].join('\n') };
  });
  if (!listed.ok) return [listed];
  const unknown = configured.filter((id) => !schools.has(id));
  const others = schools.size - (configured.length - unknown.length);
  const finding =
    unknown.length > 0
      ? `${unknown.join(', ')}: no school of the SIS has this id; expected one of those above`
      : `all are listed${others === 0 ? '' : `; ${others} more of the SIS are not named and take no part`}`;
  return [listed, { what: 'schools: in the file', ok: unknown.length === 0, finding }];
}

async function probeAttendance(options: SisOptions, today: SchoolDate): Promise<SisFinding[]> {
  const { attendance: given } = options;
  if (given.source === 'data-extract') {
    return [await probeFiles('attendance extract', `${given.files} in ${given.folder}`, options, today)];
  }
  const signIn = await probeSignIn('attendance sign-in', given);
  if (!signIn.ok) return [signIn];
  const attendance = openAttendanceSource(options);
  const lastYear = { after: null, from: addDays(today, -365), to: today };
  return [
    signIn,
    await told(given.source === 'ed-fi' ? 'Ed-Fi changes' : 'attendance changes', async () => {
      await attendance.offer();
      const { deltas } = attendance.capabilities();
      const nights = deltas
        ? 'changes can be asked for: nights read what has changed'
        : 'changes are not offered: every night reads everything';
      return {
        ok: true,
        finding: given.source === 'ed-fi' ? `${nights}${freshness(deltas, given)}` : nights,
      };
    }),
    await probe('attendance rows', attendance.records(lastYear), counted),
    await probe('attendance codes', attendance.codes(), counted),
  ];
}

/** The host answers whether or not anything is still reported to it. */
function freshness(deltas: boolean, { quietMs }: { readonly quietMs: number }): string {
  return deltas
    ? `; absences count as fresh until the host’s newest change has stood still for ${quietMs / HOUR_MS} hours`
    : '; it cannot be told whether Infinite Campus still reports, so that absences count as fresh whenever the host answers';
}

/** Looks at the files without using one. */
async function probeFiles(
  what: string,
  files: string,
  options: SisOptions,
  today: SchoolDate,
): Promise<SisFinding> {
  return told(what, async () => {
    const attendance = openAttendanceSource(options);
    const offer = await attendance.offer();
    if (offer.kind === 'nothing-new') return { ok: offer.refused === undefined, finding: offer.why };
    let rows = 0;
    let unusable = 0;
    for await (const page of attendance.records({ after: null, from: addDays(today, -365), to: today })) {
      rows += page.records.length;
      unusable += page.problems.length;
    }
    const { asOf } = attendance.completeness();
    const odd = unusable === 0 ? '' : `; ${unusable} rows cannot be used`;
    return { ok: rows > 0, finding: `${files}: whole, of ${asOf}, ${rows} rows of the last year${odd}` };
  });
}

async function probeContacts(options: SisOptions): Promise<SisFinding[]> {
  const source = openContactSource(options);
  if (source === null || options.contacts === null) return [];
  const { files, folder } = options.contacts;
  return [
    await told('contacts file', async () => {
      const offer = await source.offer();
      return {
        ok: offer.refused === undefined,
        finding:
          offer.kind === 'ready' ? `${files} in ${folder}: a new one is whole and can be read` : offer.why,
      };
    }),
  ];
}

function modest<T extends ClientOptions & { readonly pageSize: number }>(options: T): T {
  return {
    ...options,
    attempts: ATTEMPTS,
    pageSize: Math.min(options.pageSize, PAGE_SIZE),
    totalTimeoutMs: Math.min(options.totalTimeoutMs, PATIENCE_MS),
  };
}

async function probeSignIn(what: string, options: ClientOptions): Promise<SisFinding> {
  return told(what, async () => {
    const client = createClient(options);
    await client.signIn();
    const accepted = 'the client id and the secret are accepted';
    const notGranted = client.scopesNotGranted();
    return {
      ok: true,
      finding: notGranted.length === 0 ? accepted : `${accepted}; not granted: ${notGranted.join(', ')}`,
    };
  });
}

async function probe<T>(
  what: string,
  pages: AsyncIterable<RecordPage<T>>,
  describe: (records: readonly T[]) => string,
  whenEmpty: Omit<SisFinding, 'what'> = NOTHING,
): Promise<SisFinding> {
  return told(what, async () => {
    let empty = 0;
    for await (const { records, problems } of pages) {
      // A collection that is empty comes as one empty page.
      if (records.length + problems.length === 0 && empty === 0) {
        empty += 1;
        continue;
      }
      const words = describe(records);
      const usable = words === '' ? 'nothing that can be used' : words;
      return { ok: words !== '', finding: `${usable}${unusable(problems)}` };
    }
    return whenEmpty;
  });
}

function unusable(problems: RecordPage<unknown>['problems']): string {
  const [first] = problems;
  if (first === undefined) return '';
  const { field, found, expected } = first;
  return `; ${problems.length} rows cannot be used (${field}: found ${found}, expected ${expected})`;
}

function counted(records: readonly unknown[]): string {
  return records.length === 0 ? '' : `${records.length} on the first page`;
}

async function told(what: string, tried: () => Promise<Omit<SisFinding, 'what'>>): Promise<SisFinding> {
  try {
    return { what, ...(await tried()) };
  } catch (error) {
    if (!(error instanceof SisError)) throw error;
    return { what, ok: false, finding: error.message };
  }
}
