import type { District, PostalAddress, School } from './district/model.ts';
import { districtMailDomain } from './district/staff.ts';
import type { SimulatedSis } from './server/simulated-sis.ts';

/** Where the SIS is, and what it asks of its clients. */
export type SisAccess = Pick<
  SimulatedSis,
  'baseUrl' | 'tokenUrl' | 'attendanceBaseUrl' | 'scopes' | 'clientId' | 'clientSecret'
> &
  Partial<Pick<SimulatedSis, 'baseUrlV1p1' | 'attendanceBaseUrlV1p1' | 'edFi'>>;

/** How the configuration reads the simulated district. */
export interface DemoReading {
  readonly version: '1.1' | '1.2';
  readonly attendance: 'oneroster-service' | 'data-extract' | 'ed-fi';
  /** Where the extracts are dropped, with `data-extract`. */
  readonly dropFolder?: string;
}

const USUAL: DemoReading = { version: '1.2', attendance: 'oneroster-service' };

const weekdayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** The contents of `district.yaml` for the simulated district. */
export function demoConfiguration(district: District, sis: SisAccess, reading = USUAL) {
  const { calendar, schools } = district;
  const office = { name: `${district.name} Attendance Office`, address: `attendance@${districtMailDomain}` };
  const officer = district.staff.find((member) => member.role === 'truancy-officer');
  if (officer === undefined) throw new Error('the simulated district has no truancy officer');
  return {
    district: {
      id: 'cedar-valley',
      name: district.name,
      timeZone: district.options.timeZone,
      phone: '(801) 555-0100',
      website: `https://www.${districtMailDomain}`,
      address: ['1 District Plaza', 'Cedar Valley, UT 84999'],
    },
    sis: {
      oneRoster: {
        version: reading.version,
        baseUrl: reading.version === '1.1' ? sis.baseUrlV1p1 : sis.baseUrl,
        tokenUrl: sis.tokenUrl,
      },
      attendance: attendanceOf(sis, reading),
      ...contactsOf(reading),
    },
    // The simulated year is followed from its first day.
    goLive: { mode: 'live', baseline: 'none' },
    calendar: {
      weekdays: calendar.weekdays.map((day) => weekdayNames[day - 1]),
      firstDay: calendar.firstDay,
      lastDay: calendar.lastDay,
      closures: calendar.closures.map(({ from, to, name }) => ({ from, to, name })),
      makeUpDays: calendar.makeUpDays,
    },
    schools: schools.map((school) => ({
      id: school.sourcedId,
      phone: school.phone,
      email: `attendance.${school.number}@${districtMailDomain}`,
      address: addressLines(school.address),
      signature: { name: principalOf(district, school), title: 'Principal' },
    })),
    staff: district.staff
      .filter((member) => member !== officer)
      .map(({ name, email, role, school }) => ({
        name,
        email,
        role,
        schools: school === null ? 'all' : [school],
      })),
    truancyOfficer: {
      name: officer.name,
      email: officer.email,
      agency: 'Cedar Valley Truancy Office',
      delivery: 'mail',
      // Nobody of the simulated district has agreed a password with anybody.
      attachment: 'unencrypted',
      legalBasis: 'Demonstration only: a real district names its statute here, and 34 CFR 99.31 and 99.32',
    },
    mail: {
      from: office,
      replyTo: office,
      messageIdDomain: districtMailDomain,
      sendingWindow: { from: '08:00', to: '16:00' },
    },
    // Its year is played in steps of a day, by staff who have seen the templates.
    brakes: { canaryLetters: 0, recallMinutes: 0 },
    // For whoever looks at them afterwards, on this machine only.
    pages: { url: 'http://localhost:8088', listen: '127.0.0.1:8088' },
    // The demonstration plays weekdays.
    schedule: { sync: '30 3 * * 1-5', digest: '0 7 * * 1-5' },
    templates: '../templates',
  };
}

function attendanceOf(sis: SisAccess, { version, attendance, dropFolder }: DemoReading) {
  switch (attendance) {
    case 'oneroster-service':
      return {
        source: attendance,
        baseUrl: version === '1.1' ? sis.attendanceBaseUrlV1p1 : sis.attendanceBaseUrl,
        scopes: [sis.scopes.attendance],
      };
    case 'data-extract':
      return { source: attendance, ...dropped(dropFolder) };
    case 'ed-fi':
      return {
        source: attendance,
        ...sis.edFi,
        // A category of the simulated state's own.
        descriptors: { 'School Activity': { status: 'absent', excuse: 'exempt' } },
      };
  }
}

function contactsOf({ dropFolder }: DemoReading) {
  return dropFolder === undefined ? {} : { contacts: dropped(dropFolder) };
}

/** What proves an extract whole comes with it here, or never: a fault shows in the same night. */
function dropped(folder: string | undefined) {
  return { folder, stableSeconds: 60, proofMinutes: 0 };
}

function principalOf(district: District, school: School): string {
  const principal = district.staff.find(
    (member) => member.role === 'administrator' && member.school === school.sourcedId,
  );
  return principal?.name ?? district.name;
}

function addressLines({ addressLine1, addressLine2, city, state, zip }: PostalAddress): string[] {
  return [addressLine1, ...(addressLine2 === undefined ? [] : [addressLine2]), `${city}, ${state} ${zip}`];
}
