import { districtSchema } from '../config/district-schema.ts';
import { email, text, textOf, webAddress } from '../config/fields.ts';
import { pagesSchema } from '../config/pages-schema.ts';
import { type NamedAddress, namedAddress } from './named-address.ts';

export type AnswerName =
  | 'name'
  | 'id'
  | 'zone'
  | 'phone'
  | 'address'
  | 'oneroster'
  | 'sisUrl'
  | 'tokenUrl'
  | 'source'
  | 'attendanceUrl'
  | 'attendanceScope'
  | 'attendanceTokenUrl'
  | 'dropFolder'
  | 'clerk'
  | 'administrator'
  | 'itContact'
  | 'officer'
  | 'agency'
  | 'legalBasis'
  | 'mailFrom'
  | 'pagesUrl'
  | 'pagesListen';

/** An answer that was left empty, as some may be, is an empty text. */
export type Answers = Readonly<Partial<Record<AnswerName, string>>>;

export interface Question {
  readonly name: AnswerName;
  /** As an option of the command. */
  readonly option: string;
  readonly words: string;
  /** undefined: there has to be an answer. Empty: there may be none. */
  readonly usual?: (before: Answers) => string | undefined;
  /** Not set: always. */
  readonly when?: (before: Answers) => boolean;
  /** @returns what is expected, when the answer is not it */
  readonly expected: (answer: string) => string | null;
  /** Taken as it is usual, unless the option says otherwise. */
  readonly unasked?: true;
}

const { shape } = districtSchema.shape.district;
const PERSON = 'a name and an e-mail address such as Ana Silva <asilva@example.org>';
const SOURCES = ['oneroster-service', 'data-extract', 'ed-fi'];
const LEGAL_BASIS = 'Compulsory attendance law of the state; FERPA, 34 CFR 99.31(a)(1) and 99.32';

/** In the order in which a person answers them; those that others depend on come first. */
export const questions: readonly Question[] = [
  {
    name: 'name',
    option: '--name <text>',
    words: 'Name of the district',
    expected: fits(text, 'a name of at most 200 characters'),
  },
  {
    name: 'id',
    option: '--id <word>',
    words: 'Short name, which never changes again',
    usual: ({ name }) => shortName(name ?? ''),
    expected: fits(shape.id, '2 to 40 lower-case letters, digits or hyphens'),
  },
  {
    name: 'zone',
    option: '--zone <zone>',
    words: 'Time zone',
    usual: ownZone,
    expected: fits(shape.timeZone, 'an IANA time zone such as America/Denver'),
  },
  {
    name: 'phone',
    option: '--phone <number>',
    words: 'Phone number that families call',
    expected: fits(text, 'a phone number'),
  },
  {
    name: 'address',
    option: '--address <lines>',
    words: 'Postal address, with ; between its lines',
    expected: (answer) =>
      fits(shape.address, 'one to four lines such as 100 District Way; Riverbend, CO 80000')(linesOf(answer)),
  },
  {
    name: 'oneroster',
    option: '--oneroster <version>',
    words: 'Version of OneRoster, 1.1 or 1.2',
    usual: () => '1.2',
    expected: oneOf(['1.1', '1.2']),
  },
  {
    name: 'sisUrl',
    option: '--sis-url <url>',
    words: 'Base URL of OneRoster, whole, up to /v1p2 or /v1p1',
    expected: fits(webAddress, 'a whole https:// address'),
  },
  {
    name: 'tokenUrl',
    option: '--token-url <url>',
    words: 'Token URL, whole',
    expected: fits(webAddress, 'a whole https:// address'),
  },
  {
    name: 'source',
    option: '--source <name>',
    words: `Where the absences are: ${SOURCES.join(', ')}`,
    expected: oneOf(SOURCES),
  },
  {
    name: 'attendanceUrl',
    option: '--attendance-url <url>',
    words: 'Base URL of the absences, whole',
    when: ({ source }) => source !== 'data-extract',
    expected: fits(webAddress, 'a whole https:// address'),
  },
  {
    name: 'attendanceScope',
    option: '--attendance-scope <scope>',
    words: 'Scope to ask for with their token, where the service needs one',
    usual: () => '',
    when: ({ source }) => source === 'oneroster-service',
    expected: fits(text, 'one scope'),
  },
  {
    name: 'attendanceTokenUrl',
    option: '--attendance-token-url <url>',
    words: 'Token URL of the Ed-Fi host, whole',
    when: ({ source }) => source === 'ed-fi',
    expected: fits(webAddress, 'a whole https:// address'),
  },
  {
    name: 'dropFolder',
    option: '--drop-folder <dir>',
    words: 'Folder into which Infinite Campus drops the extracts, as seen from the new folder',
    usual: () => 'drop',
    when: ({ source }) => source === 'data-extract',
    expected: fits(text, 'the path of a folder'),
  },
  {
    name: 'clerk',
    option: '--clerk <person>',
    words: 'An attendance clerk, as Name <e-mail>',
    expected: isPerson,
  },
  {
    name: 'administrator',
    option: '--administrator <person>',
    words: 'An administrator, as Name <e-mail>',
    expected: isPerson,
  },
  {
    name: 'itContact',
    option: '--it-contact <person>',
    words: 'Who hears when something is wrong, as Name <e-mail>',
    expected: isPerson,
  },
  {
    name: 'officer',
    option: '--officer <person>',
    words: 'The truancy officer, as Name <e-mail>',
    expected: isPerson,
  },
  {
    name: 'agency',
    option: '--agency <text>',
    words: 'Office of the truancy officer',
    expected: fits(text, 'a name of at most 200 characters'),
  },
  {
    name: 'legalBasis',
    option: '--legal-basis <text>',
    words: 'Why the file may go to the officer',
    usual: () => LEGAL_BASIS,
    expected: fits(textOf(500), 'a sentence of at most 500 characters'),
  },
  {
    name: 'mailFrom',
    option: '--mail-from <sender>',
    words: 'Sender of every mail, as Name <e-mail>',
    expected: isPerson,
  },
  {
    name: 'pagesUrl',
    option: '--pages-url <url>',
    words: 'Address under which staff reach the pages, without a path; none without pages',
    usual: () => '',
    expected: fits(pagesSchema.shape.url, 'an address without a path such as https://attendance.example.org'),
  },
  {
    name: 'pagesListen',
    option: '--pages-listen <address>',
    words: 'Where the pages are served to the proxy',
    usual: () => '127.0.0.1:8080',
    when: ({ pagesUrl }) => pagesUrl !== undefined && pagesUrl !== '',
    unasked: true,
    expected: fits(pagesSchema.shape.listen, 'an address and a port such as 127.0.0.1:8080'),
  },
];

export function linesOf(address: string): string[] {
  return address.split(';').map((line) => line.trim());
}

/** @throws Error where the answer was not checked before */
export function personOf(answer: string | undefined): NamedAddress {
  const person = namedAddress(answer ?? '');
  if (person === null) throw new Error('an answer about a person was not checked');
  return person;
}

interface Schema {
  safeParse(value: unknown): { readonly success: boolean };
}

function fits(schema: Schema, expected: string): (answer: unknown) => string | null {
  return (answer) => (schema.safeParse(answer).success ? null : expected);
}

function oneOf(known: readonly string[]): (answer: string) => string | null {
  return (answer) => (known.includes(answer) ? null : `one of ${known.join(', ')}`);
}

function isPerson(answer: string): string | null {
  const person = namedAddress(answer);
  const usable = person !== null && fits(text, '')(person.name) === null;
  return usable && email.safeParse(person.address).success ? null : PERSON;
}

function shortName(name: string): string | undefined {
  const word = name
    .normalize('NFD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/\b(?:unified|independent|public|school|schools|district|county|of|the)\b/g, ' ')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return word.length >= 2 ? word : undefined;
}

/** A server often runs on UTC, in which no district counts its days. */
function ownZone(): string | undefined {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return /^(?:America|Pacific)\//.test(timeZone) ? timeZone : undefined;
}
