import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Policy } from '../domain/policy.ts';
import { calendarFacts } from './calendar-facts.ts';
import { checkDistrict } from './check-district.ts';
import { checkPolicy } from './check-policy.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import type { Config, Environment, StaffMember } from './config-types.ts';
import { type DistrictFile, districtSchema } from './district-schema.ts';
import { readEnvironment } from './environment.ts';
import { asPolicy, policySchema } from './policy-schema.ts';
import { type Calendars, readCalendars } from './read-calendars.ts';
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
  const policy = readYamlFile(join(sources.configDir, 'policy.yaml'), policySchema);
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
  const surroundings = { schools: district.sections.schools, letters };
  const all = [
    ...problems,
    ...byLine([
      ...district.problems,
      ...checkDistrict(district.sections, district.at),
      ...calendars.problems,
      ...templateProblems,
    ]),
    ...byLine([...policy.problems, ...checkPolicy(policy.sections, surroundings, policy.at)]),
  ];
  if (all.length > 0 || district.value === null || policy.value === null) throw new ConfigError(all);
  const asked = asPolicy(policy.value, periodsPerDay(district.value));
  return build(sources, district.value, asked, environment, templatesDir, calendars);
}

function byLine(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function templatesOf({ templates }: Partial<DistrictFile>, sources: ConfigSources): string {
  return templates === undefined ? sources.shippedTemplatesDir : resolve(sources.configDir, templates);
}

/** Names of the letters that have an English template, which all of them must have; null without a folder. */
function lettersIn(templatesDir: string): string[] | null {
  try {
    const files = readdirSync(join(templatesDir, 'letters'));
    return files.flatMap((name) => (name.endsWith('.en.md') ? [name.slice(0, -'.en.md'.length)] : [])).sort();
  } catch {
    return null;
  }
}

function periodsPerDay({ schools }: DistrictFile): Record<string, number> {
  return Object.fromEntries(
    schools.flatMap((school) =>
      school.periodsPerDay === undefined ? [] : [[school.id, school.periodsPerDay]],
    ),
  );
}

function build(
  sources: ConfigSources,
  file: DistrictFile,
  policy: Policy,
  environment: Environment,
  templatesDir: string,
  calendars: Calendars,
): Config {
  const { district, truancyOfficer, mail } = file;
  return {
    configDir: sources.configDir,
    dataDir: sources.dataDir,
    templatesDir,
    environment,
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
    schools: file.schools.map((school) => ({
      id: school.id,
      name: school.name ?? null,
      phone: school.phone,
      email: school.email ?? null,
      addressLines: school.address,
      signature: school.signature,
    })),
    staff: file.staff,
    truancyOfficer: {
      ...truancyOfficer,
      folder: truancyOfficer.folder === undefined ? null : resolve(sources.configDir, truancyOfficer.folder),
    },
    mail: { ...mail, replyTo: mail.replyTo ?? null, returnPath: mail.returnPath ?? null },
    schedule: file.schedule,
    policy,
    icsFiles: calendars.icsFiles,
    calendarFor: (schoolSourcedId, schoolYear) =>
      calendarFacts(calendars.district, calendars.of(schoolSourcedId), schoolYear),
    staffFor: (role, schoolSourcedId) =>
      peopleIn(
        file.staff.filter((one) => one.role === role),
        schoolSourcedId,
      ),
  };
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
