import { stringify } from 'yaml';
import { type Answers, linesOf, personOf } from './questions.ts';

/** A school as the SIS names it. */
export interface ListedSchool {
  readonly id: string;
  readonly name: string;
}

/** Stands for the schools until the SIS has been asked; no SIS has such an id. */
const NO_SCHOOL: ListedSchool = { id: 'id-of-the-school', name: 'not read from the SIS yet' };

/**
 * The text of `district.yaml`.
 * @param schools those of the SIS; none where it was not asked
 */
export function districtText(answers: Answers, schools: readonly ListedSchool[]): string {
  return [
    HEAD,
    districtPart(answers),
    sisPart(answers),
    GO_LIVE,
    schoolsPart(answers, schools),
    staffPart(answers),
    officerPart(answers),
    mailPart(answers),
    pagesPart(answers),
    LAST,
  ].join('\n');
}

const HEAD = `# yaml-language-server: $schema=./district.schema.json
#
# Who the district is, where its SIS is, and who works there. Every key that may stand here is explained in
# config/README.md of the project. Secrets never stand in this file: rollcall.env says where they are.
`;

function districtPart({ id, name, zone, phone, address = '' }: Answers): string {
  return `district:
  # Never changed again: it is part of what makes a letter unique.
  id: ${plain(id)}
  # As it stands in letters.
  name: ${plain(name)}
  timeZone: ${plain(zone)}
  phone: ${plain(phone)}
  address:
${addressLines(address, '    ')}
`;
}

function sisPart(answers: Answers): string {
  return `sis:
  # The rosters. Infinite Campus shows both addresses, whole, under OneRoster API > Connections.
  oneRoster:
    version: "${answers.oneroster}"
    baseUrl: ${plain(answers.sisUrl)}
    tokenUrl: ${plain(answers.tokenUrl)}
  # The absences. OneRoster has none.
  attendance:
    source: ${answers.source}
${attendanceLines(answers)}
`;
}

function attendanceLines(answers: Answers): string {
  switch (answers.source) {
    case 'data-extract':
      return `    # As seen from this file. Infinite Campus' Data Extract Utility drops its files there.
    folder: ${plain(answers.dropFolder)}
    # Attendance code → what it means, where the file gives a code without status and excuse.
    # codes: { UNX: { status: absent, excuse: unexcused } }`;
    case 'ed-fi':
      return `    baseUrl: ${plain(answers.attendanceUrl)}
    tokenUrl: ${plain(answers.attendanceTokenUrl)}
    # What follows the # of a category of your state's own → what it means.
    # descriptors: { School Activity: { status: absent, excuse: exempt } }`;
    default:
      return [
        `    baseUrl: ${plain(answers.attendanceUrl)}`,
        ...(answers.attendanceScope ? [`    scopes: [${quoted(answers.attendanceScope)}]`] : []),
      ].join('\n');
  }
}

const GO_LIVE = `# What may leave: nothing (shadow), tasks for staff (tasks), or letters and referrals too (live). A school may have a
# \`mode\` of its own. README.md of the project has the way from shadow to live.
goLive:
  mode: shadow

# School days. The first and the last one come from the SIS's school year. Put in the days of YOUR district without
# school: an absence counts only on a school day, and a letter leaves only on one.
calendar:
  weekdays: [mon, tue, wed, thu, fri]
  holidays: [labor-day, thanksgiving, day-after-thanksgiving, martin-luther-king-day, presidents-day, memorial-day]
  # closures:
  #   - { from: 2026-12-21, to: 2027-01-01, name: Winter break }
  # An iCalendar file with the days, as districts publish it:
  # file: calendar.ics
`;

function schoolsPart(
  { phone, address = '', administrator }: Answers,
  schools: readonly ListedSchool[],
): string {
  const explained =
    schools.length > 0
      ? '# The schools of the SIS. Phone and address are the district’s and the signature is its administrator’s: give each\n# school its own. A school that takes no part is taken out.'
      : '# The SIS was not asked for its schools. `rollcall check` lists them with their ids: one entry for each.';
  const signer = personOf(administrator).name;
  const entries = (schools.length > 0 ? schools : [NO_SCHOOL]).map(
    (school) => `  # ${school.name.replace(/[\p{C}\u2028\u2029]/gu, ' ')}
  - id: ${quoted(school.id)}
    phone: ${plain(phone)}
    address:
${addressLines(address, '      ')}
    signature: { name: ${quoted(signer)}, title: Principal }`,
  );
  return `${explained}\nschools:\n${entries.join('\n')}\n`;
}

function staffPart({ clerk, administrator, itContact }: Answers): string {
  const line = (role: string, answer: string | undefined) => {
    const { name, address } = personOf(answer);
    return `  - { name: ${quoted(name)}, email: ${quoted(address)}, role: ${role}, schools: all }`;
  };
  return `# Who gets which task. People named for a school, as in \`schools: ["101"]\`, come before those for all. Further roles:
# counselor, teacher, supervisor. One entry per person and role.
staff:
${line('attendance-clerk', clerk)}
${line('administrator', administrator)}
${line('it-contact', itContact)}
`;
}

function officerPart({ officer, agency, legalBasis, pagesUrl }: Answers): string {
  const { name, address } = personOf(officer);
  const delivery = pagesUrl
    ? '# The officer is told by mail and fetches the packet from the pages.'
    : '# The packet is attached to a mail as an encrypted file, which opens with ROLLCALL_PACKET_PASSWORD.';
  return `truancyOfficer:
  name: ${plain(name)}
  email: ${plain(address)}
  agency: ${plain(agency)}
  ${delivery}
  # Why the file may be disclosed to this officer. Have counsel word it.
  legalBasis: ${plain(legalBasis)}
`;
}

function mailPart({ mailFrom }: Answers): string {
  const { name, address } = personOf(mailFrom);
  return `mail:
  from: { name: ${quoted(name)}, address: ${quoted(address)} }
  messageIdDomain: ${plain(address.slice(address.lastIndexOf('@') + 1))}
  # Letters leave on school days between these hours.
  sendingWindow: { from: "08:00", to: "16:00" }

# The mailbox in which bounces and replies are read; without it nobody reads them. Its password is
# ROLLCALL_MAILBOX_PASSWORD.
# mailbox:
#   host: imap.example.org
#   user: ${address}
#   processedFolder: Rollcall
`;
}

function pagesPart({ pagesUrl, pagesListen }: Answers): string {
  const explained = '# The pages of staff and the truancy officer. TLS is put in front by a proxy of yours.';
  return pagesUrl
    ? `${explained}\npages:\n  url: ${plain(pagesUrl)}\n  listen: ${quoted(pagesListen)}\n`
    : `${explained} Not set: no pages are served.\n# pages:\n#   url: https://attendance.example.org\n#   listen: "127.0.0.1:8080"\n`;
}

const LAST = `# A backup each night, into the folder \`backups\` of the data folder: best put on another disk or machine.
backup:
  schedule: "30 2 * * *"
  # folder: /mnt/backups/rollcall

# Cron lines (minute hour day month weekday) in the district's time zone.
schedule:
  sync: "30 3 * * *"
  # From then on the next read is a full one, which finds what has vanished.
  fullSync: "0 1 * * 0"
  digest: "0 7 * * 1-5"
`;

function addressLines(address: string, indent: string): string {
  return linesOf(address)
    .map((line) => `${indent}- ${plain(line)}`)
    .join('\n');
}

/** In quotes only where YAML would read something else. */
function plain(value: string | undefined): string {
  return stringify(value ?? '', { lineWidth: 0 }).trimEnd();
}

/** Inside braces and brackets more has a meaning than at the end of a line. */
function quoted(value: string | undefined): string {
  return JSON.stringify(value ?? '');
}
