import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildCalendar } from '../domain/calendar.ts';
import { addDays } from '../domain/school-date.ts';
import { backupOf } from './backup-schema.ts';
import { calendarFacts } from './calendar-facts.ts';
import { checkDistrict } from './check-district.ts';
import { mailSecretProblems } from './check-mail.ts';
import { checkMailbox } from './check-mailbox.ts';
import { checkPages } from './check-pages.ts';
import { ConfigError } from './config-error.ts';
import type { Config, StaffMember } from './config-types.ts';
import { type DistrictFile, districtSchema } from './district-schema.ts';
import { scannerAt } from './documents-schema.ts';
import { readEnvironment } from './environment.ts';
import { healthOf } from './health-schema.ts';
import { byLine, loadPolicy, periodsPerDay, readPolicy } from './load-policy.ts';
import { pagesOf } from './pages-config.ts';
import { asPolicy } from './policy-schema.ts';
import type { PolicySurroundings, SchoolYearFrame } from './policy-surroundings.ts';
import { type Calendars, readCalendars } from './read-calendars.ts';
import { readPictures } from './read-pictures.ts';
import { retentionOf } from './retention-schema.ts';
import { StaffDirectory, staffFromSisOf } from './staff-directory.ts';
import { readYamlFile } from './yaml-file.ts';

export interface ConfigSources {
  /** Folder with `district.yaml` and `policy.yaml`. */
  readonly configDir: string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Used where `district.yaml` names no templates of its own. */
  readonly shippedTemplatesDir: string;
}

/**
 * Reads and checks the whole configuration: both files, the environment, and how they fit together.
 * @throws ConfigError (exit code 78) with everything that is wrong: file, line, key, what was found, what is expected
 */
export function loadConfig(sources: ConfigSources): Config {
  const district = readYamlFile(join(sources.configDir, 'district.yaml'), districtSchema);
  const { environment, problems } = readEnvironment(sources.env);
  const templatesDir = templatesOf(district.sections, sources);
  const letters = lettersIn(templatesDir);
  const templateProblems =
    letters === null && district.sections.templates !== undefined
      ? [
          district.at(
            ['templates'],
            `found ${templatesDir}, expected a folder with a folder \`letters\` in it`,
          ),
        ]
      : [];
  const calendars = readCalendars(district.sections, sources.configDir, district.at);
  const pictures = readPictures(district.sections, sources.configDir, district.at);
  const surroundings = surroundingsOf(district.sections, calendars, letters);
  const policy = readPolicy(join(sources.configDir, 'policy.yaml'), surroundings);
  const all = [
    ...problems,
    ...mailSecretProblems(district.sections.mail, environment),
    ...byLine([
      ...district.problems,
      ...checkDistrict(district.sections, district.at),
      ...checkMailbox(district.sections, environment, district.at),
      ...checkPages(district.sections, environment, district.at),
      ...calendars.problems,
      ...templateProblems,
      ...pictures.problems,
    ]),
    ...policy.problems,
  ];
  if (all.length > 0 || district.value === null || policy.file === null) throw new ConfigError(all);
  return build(sources, district.value, calendars, {
    environment,
    templatesDir,
    picturesFor: pictures.of,
    policy: asPolicy(policy.file, periodsPerDay(district.value.schools)),
    policyFrom: (path) => loadPolicy(path, surroundings),
  });
}

function surroundingsOf(
  { schools, staff, calendar }: Partial<DistrictFile>,
  calendars: Calendars,
  letters: PolicySurroundings['letters'],
): PolicySurroundings {
  const hasTerms =
    calendar === undefined ? null : calendar.terms !== undefined || calendar.termsFromSis !== undefined;
  return { schools, staff, letters, schoolYear: schoolYearOf(calendar, calendars), hasTerms };
}

/** Where the SIS alone knows when the year begins and ends, nothing is known here. */
function schoolYearOf(
  calendar: DistrictFile['calendar'] | undefined,
  calendars: Calendars,
): SchoolYearFrame | null {
  const { firstDay, lastDay } = calendar ?? {};
  if (calendar === undefined || firstDay === undefined || lastDay === undefined || firstDay >= lastDay)
    return null;
  const days = buildCalendar(
    calendarFacts(calendars.district, null, { begins: firstDay, ends: addDays(lastDay, 1) }),
  );
  return { firstDay, lastDay, schoolDays: days.schoolDays(firstDay, lastDay).length };
}

function templatesOf({ templates }: Partial<DistrictFile>, sources: ConfigSources): string {
  return templates === undefined ? sources.shippedTemplatesDir : resolve(sources.configDir, templates);
}

/** The letters that have an English template, which all of them must have, with its text; null without a folder. */
function lettersIn(templatesDir: string): ReadonlyMap<string, string> | null {
  const folder = join(templatesDir, 'letters');
  try {
    const files = readdirSync(folder).filter(
      // What a step names is the letter to guardians; the same to an adult student is found by itself.
      (name) => name.endsWith('.en.md') && !name.endsWith('-to-student.en.md'),
    );
    return new Map(
      files.sort().map((name) => [name.slice(0, -'.en.md'.length), readFileSync(join(folder, name), 'utf8')]),
    );
  } catch {
    return null;
  }
}

type Rest = Pick<Config, 'environment' | 'templatesDir' | 'picturesFor' | 'policy' | 'policyFrom'>;

function build(sources: ConfigSources, file: DistrictFile, calendars: Calendars, rest: Rest): Config {
  const { district, truancyOfficer, mail } = file;
  const staffDirectory = new StaffDirectory(file.staff);
  return {
    configDir: sources.configDir,
    dataDir: sources.dataDir,
    stopFile: resolve(sources.env.ROLLCALL_STOP_FILE || join(sources.dataDir, 'STOP')),
    ...rest,
    district: {
      id: district.id,
      name: district.name,
      timeZone: district.timeZone,
      phone: district.phone,
      website: district.website ?? null,
      addressLines: district.address,
    },
    sis: withWholePaths(file.sis, sources.configDir),
    guards: file.guards,
    goLive: file.goLive,
    schools: file.schools.map((school) => ({
      id: school.id,
      name: school.name ?? null,
      phone: school.phone,
      email: school.email ?? null,
      addressLines: school.address,
      signature: { name: school.signature.name, title: school.signature.title },
      mode: school.mode ?? file.goLive.mode,
    })),
    staff: staffDirectory.everybody,
    staffFromSis: staffFromSisOf(file),
    staffDirectory,
    truancyOfficer: {
      ...truancyOfficer,
      delivery: truancyOfficer.delivery ?? (file.pages === undefined ? 'mail' : 'link'),
      folder: truancyOfficer.folder === undefined ? null : resolve(sources.configDir, truancyOfficer.folder),
    },
    mailbox: mailboxOf(file),
    documents: {
      ...file.documents,
      clamav: scannerAt(file.documents.clamav),
      folder: join(sources.dataDir, 'incoming'),
    },
    pages: pagesOf(file, rest.environment.oidcClientSecret),
    meetings: file.meetings,
    staffMail: file.staffMail,
    brakes: { ...file.brakes, copies: file.brakes.copies ?? null },
    mail: {
      ...mail,
      replyTo: mail.replyTo ?? null,
      returnPath: mail.returnPath ?? null,
      dkim: mail.dkim === undefined ? null : { ...mail.dkim, privateKey: rest.environment.dkimKey ?? '' },
      oauth2: mail.oauth2 === undefined ? null : { ...mail.oauth2, scope: mail.oauth2.scope ?? null },
      limits: { perMinute: mail.limits.perMinute ?? null, perDay: mail.limits.perDay ?? null },
    },
    contactLog: file.contactLog,
    backup: backupOf(file.backup, sources),
    retention: retentionOf(file.retention),
    health: healthOf(file.health),
    service: file.service,
    schedule: file.schedule,
    icsFiles: calendars.icsFiles,
    calendarFor: (schoolSourcedId, schoolYear) =>
      calendarFacts(calendars.district, calendars.of(schoolSourcedId), schoolYear),
    staffFor: (role, schoolSourcedId) =>
      peopleIn(
        staffDirectory.everybody.filter((one) => one.role === role),
        schoolSourcedId,
      ),
  };
}

function mailboxOf({ mailbox }: DistrictFile): Config['mailbox'] {
  if (mailbox === undefined) return null;
  const { port = mailbox.tls === 'implicit' ? 993 : 143, processedFolder = null } = mailbox;
  return { ...mailbox, port, processedFolder };
}

function withWholePaths(sis: DistrictFile['sis'], configDir: string): DistrictFile['sis'] {
  const { attendance, contacts } = sis;
  return {
    ...sis,
    attendance:
      attendance.source === 'data-extract'
        ? { ...attendance, folder: resolve(configDir, attendance.folder) }
        : attendance,
    ...(contacts && { contacts: { ...contacts, folder: resolve(configDir, contacts.folder) } }),
  };
}

/** Those named for the school, else those for all schools; for no school in particular at last everybody. */
function peopleIn(role: readonly StaffMember[], schoolSourcedId: string | null): readonly StaffMember[] {
  const forAll = role.filter((person) => person.schools === 'all');
  if (schoolSourcedId === null) return forAll.length > 0 ? forAll : role;
  const here = role.filter((person) => person.schools !== 'all' && person.schools.includes(schoolSourcedId));
  return here.length > 0 ? here : forAll;
}
