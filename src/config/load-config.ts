import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CalendarFacts } from '../domain/calendar.ts';
import type { Policy } from '../domain/policy.ts';
import { addDays } from '../domain/school-date.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import type { Config, StaffMember } from './config-types.ts';
import { crossCheck } from './cross-check.ts';
import { type CalendarFile, type DistrictFile, districtSchema } from './district-schema.ts';
import { readEnvironment } from './environment.ts';
import { asPolicy, policySchema } from './policy-schema.ts';
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
  const policyFile = readYamlFile(join(sources.configDir, 'policy.yaml'), policySchema);
  const { environment, problems } = readEnvironment(sources.env);
  for (const file of [district, policyFile]) if (file.kind === 'invalid') problems.push(...file.problems);
  if (district.kind === 'invalid' || policyFile.kind === 'invalid') throw new ConfigError(problems);
  const templatesDir =
    district.value.templates === undefined
      ? sources.shippedTemplatesDir
      : resolve(sources.configDir, district.value.templates);
  problems.push(...crossCheck(district, policyFile, (letter) => existsSync(join(templatesDir, 'letters', `${letter}.en.md`))));
  if (problems.length > 0) throw new ConfigError(problems);
  const periods = district.value.schools.flatMap((school) =>
    school.periodsPerDay === undefined ? [] : [[school.id, school.periodsPerDay] as const],
  );
  const policy = asPolicy(policyFile.value, Object.fromEntries(periods));
  return build(sources, district.value, policy, environment, templatesDir);
}

function build(
  sources: ConfigSources,
  file: DistrictFile,
  policy: Policy,
  environment: Config['environment'],
  templatesDir: string,
): Config {
  const staff: StaffMember[] = file.staff;
  return {
    configDir: sources.configDir,
    dataDir: sources.dataDir,
    templatesDir,
    environment,
    district: {
      id: file.district.id,
      name: file.district.name,
      timeZone: file.district.timeZone,
      phone: file.district.phone,
      website: file.district.website ?? null,
      addressLines: file.district.address,
    },
    sis: file.sis,
    schools: file.schools.map((school) => ({
      id: school.id,
      name: school.name ?? null,
      phone: school.phone,
      email: school.email ?? null,
      addressLines: school.address,
      signature: school.signature,
    })),
    staff,
    truancyOfficer: {
      ...file.truancyOfficer,
      folder:
        file.truancyOfficer.folder === undefined ? null : resolve(sources.configDir, file.truancyOfficer.folder),
    },
    mail: {
      from: file.mail.from,
      replyTo: file.mail.replyTo ?? null,
      messageIdDomain: file.mail.messageIdDomain,
      returnPath: file.mail.returnPath ?? null,
      sendingWindow: file.mail.sendingWindow,
    },
    schedule: file.schedule,
    policy,
    calendarFor(schoolSourcedId, schoolYear) {
      const own = file.schools.find((school) => school.id === schoolSourcedId)?.calendar;
      return calendarFacts(file.calendar, own, {
        firstDay: schoolYear.begins,
        lastDay: addDays(schoolYear.ends, -1),
      });
    },
    staffFor(role, schoolSourcedId) {
      const withRole = staff.filter((person) => person.role === role);
      const here = withRole.filter(
        (person) => person.schools !== 'all' && schoolSourcedId !== null && person.schools.includes(schoolSourcedId),
      );
      if (here.length > 0) return here;
      const everywhere = withRole.filter((person) => person.schools === 'all');
      return everywhere.length > 0 ? everywhere : schoolSourcedId === null ? withRole : [];
    },
  };
}

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** A school's own entries replace the district's weekdays and first and last day, and add to its closures. */
function calendarFacts(
  district: CalendarFile,
  school: CalendarFile | undefined,
  year: Pick<CalendarFacts, 'firstDay' | 'lastDay'>,
): CalendarFacts {
  const weekdays = school?.weekdays ?? district.weekdays ?? WEEKDAYS.slice(0, 5);
  const closures = [...(district.closures ?? []), ...(school?.closures ?? [])];
  return {
    firstDay: within(school?.firstDay ?? district.firstDay, year) ?? year.firstDay,
    lastDay: within(school?.lastDay ?? district.lastDay, year) ?? year.lastDay,
    weekdays: weekdays.map((day) => WEEKDAYS.indexOf(day) + 1),
    closures: closures.map((closure) =>
      typeof closure === 'string' ? { from: closure, to: closure } : { from: closure.from, to: closure.to },
    ),
    makeUpDays: [...(district.makeUpDays ?? []), ...(school?.makeUpDays ?? [])],
  };
}

/** A first or last day that was left over from another school year does not apply to this one. */
function within(
  date: CalendarFacts['firstDay'] | undefined,
  year: Pick<CalendarFacts, 'firstDay' | 'lastDay'>,
): CalendarFacts['firstDay'] | undefined {
  return date !== undefined && year.firstDay <= date && date <= year.lastDay ? date : undefined;
}
