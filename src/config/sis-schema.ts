import { z } from 'zod';
import { EXTRACT_COLUMNS } from '../sis/attendance/data-extract/extract-columns.ts';
import { ATTENDANCE_FIELDS, CODE_FIELDS } from '../sis/attendance/oneroster-service.ts';
import { CONTACT_COLUMNS } from '../sis/contacts/contact-columns.ts';
import { text, timeOfDay, webAddress } from './fields.ts';

const pageSize = z.int().min(1).max(50_000).default(2_000);
const clientAuth = z
  .enum(['basic', 'body'])
  .default('basic')
  .describe('How id and secret are sent: HTTP Basic, or in the body of the form.');

const metadata = z.strictObject({
  language: text.default('communicationLanguage').describe('Language of the guardian, such as `es`.'),
  mailAllowed: text.default('mailing').describe('Whether the guardian may get mail about the student.'),
  noContact: text.default('noContact').describe('Whether the guardian must not be contacted.'),
  addressPrivate: text.default('private').describe('Whether the e-mail address is private; it means paper.'),
  wantsPaper: text.default('wantsPaper').describe('Whether the guardian wants letters on paper.'),
  relationships: text
    .default('ic_relationships')
    .describe('List of `{ sourcedId, guardian, relationshipType }`: the guardian’s standing per student.'),
});

const oneRoster = z
  .strictObject({
    version: z
      .enum(['1.1', '1.2'])
      .default('1.2')
      .describe('Version of OneRoster that the server speaks, in quotes.'),
    baseUrl: webAddress.describe(
      'Whole address of the rostering service, up to and including `/v1p2` (or `/v1p1`).',
    ),
    tokenUrl: webAddress.describe('Whole address at which access tokens are fetched (OAuth 2).'),
    scopes: z
      .array(text)
      .min(1)
      .optional()
      .describe('Permissions asked for with the token. Not set: the three roster scopes of the version.'),
    clientAuth,
    pageSize: pageSize.describe('Rows asked for at once. The server may give fewer.'),
    guardians: z
      .enum(['auto', 'guardians', 'users'])
      .default('auto')
      .describe(
        'Where guardians are read: `/guardians` (Infinite Campus), `/users`, or the first where it exists.',
      ),
    requests: z
      .int()
      .min(1)
      .max(5)
      .default(3)
      .describe('Requests at once in the off-peak hours; outside them always one after the other.'),
    offPeak: z
      .strictObject({
        from: timeOfDay.default('20:00').describe('From this time of day on, in quotes.'),
        to: timeOfDay.default('05:30').describe('Until this time of day; it may be after midnight.'),
      })
      .prefault({})
      .describe('Hours in which the SIS has little to do, in the district’s time zone.'),
    overlapHours: z
      .int()
      .min(1)
      .max(336)
      .default(24)
      .describe('How far a read of changes reaches back before the last one.'),
    requestTimeoutSeconds: z
      .int()
      .min(1)
      .max(600)
      .default(60)
      .describe('Seconds until one request is given up.'),
    totalTimeoutMinutes: z
      .int()
      .min(1)
      .max(1_440)
      .default(120)
      .describe('Minutes until a whole sync is given up.'),
    metadata: metadata
      .prefault({})
      .describe('Names (or dotted paths) under which this server keeps what OneRoster has no field for.'),
  })
  .describe('The rosters: schools, students, guardians, school year.');

const oneRosterService = z.strictObject({
  source: z.literal('oneroster-service').describe('An attendance service in OneRoster style.'),
  baseUrl: webAddress.describe('Whole address of the attendance service.'),
  tokenUrl: webAddress.optional().describe('Where its tokens are fetched. Not set: where the rosters’ are.'),
  scopes: z
    .array(text)
    .default([])
    .describe('Permissions asked for with the token, where the service needs some.'),
  pageSize: pageSize.describe('Rows asked for at once. The server may give fewer.'),
  paths: z
    .strictObject({
      attendances: path('/attendances').describe('Path of the absences below `baseUrl`.'),
      attendanceCodes: path('/attendanceCodes').describe('Path of the code table below `baseUrl`.'),
    })
    .prefault({})
    .describe('Where this server has the two collections.'),
  fields: z
    .partialRecord(z.enum(ATTENDANCE_FIELDS), text)
    .default({})
    .describe('Our field → the name or dotted path under which this server has it. Others keep their names.'),
  codeFields: z
    .partialRecord(z.enum(CODE_FIELDS), text)
    .default({})
    .describe('The same for the fields of the code table.'),
});

const file = {
  completeness: z
    .enum(['trailer', 'side-file', 'either'])
    .default('either')
    .describe('What proves that a file is whole: its last line, or a `<name>.done` beside it.'),
  folder: text.describe('Folder into which the files are dropped, as seen from this file.'),
  delimiter: z.enum([',', ';', '|', 'tab']).default(',').describe('What stands between two columns.'),
  stableSeconds: z
    .int()
    .min(0)
    .max(3_600)
    .default(60)
    .describe('A file is taken when nothing was written to it for so long.'),
  proofMinutes: z
    .int()
    .min(0)
    .max(1_440)
    .default(60)
    .describe('How long what proves a file whole may come after it. So long it waits; then it is refused.'),
  keepDays: z
    .int()
    .min(1)
    .max(3_650)
    .default(60)
    .describe('How long files are kept in `archive/`, `refused/` and `waiting/` of the folder.'),
};

const meaning = z.strictObject({
  status: z.enum(['absent', 'tardy', 'earlyRelease', 'present']).describe('What it means.'),
  excuse: z
    .enum(['excused', 'unexcused', 'exempt', 'unknown'])
    .default('unknown')
    .describe('How it is excused.'),
});

const dataExtract = z.strictObject({
  source: z.literal('data-extract').describe('CSV files of Infinite Campus’ Data Extract Utility.'),
  ...file,
  files: text
    .default('attendance*.csv')
    .describe('Names of the files; `*` stands for anything. The newest complete one is used.'),
  columns: z
    .partialRecord(z.enum(EXTRACT_COLUMNS), z.union([text, z.array(text).min(1)]))
    .default({})
    .describe('Our column → its header in your file. The usual names are known.'),
  codes: z
    .record(text, meaning)
    .default({})
    .describe('Attendance code → what it means, where the file gives a code without status and excuse.'),
  coverage: z
    .enum(['enrolled', 'everyone'])
    .default('enrolled')
    .describe('Whether the file has the rows of students who have left, too.'),
});

const edFi = z.strictObject({
  source: z.literal('ed-fi').describe('An Ed-Fi ODS/API into which Infinite Campus reports.'),
  baseUrl: webAddress.describe('Whole address of the data, up to and including `/data/v3`.'),
  tokenUrl: webAddress.describe('Whole address at which access tokens are fetched.'),
  clientAuth,
  changeQueries: z
    .enum(['auto', 'off'])
    .default('auto')
    .describe('Whether changes and deletes are asked for, where the host offers them.'),
  pageSize: z.int().min(1).max(500).default(500).describe('Rows asked for at once.'),
  overlapVersions: z
    .int()
    .min(0)
    .max(10_000_000)
    .default(10_000)
    .describe('How many change versions a read of changes reaches back behind the last one.'),
  quietHours: z
    .int()
    .min(1)
    .max(720)
    .default(96)
    .describe(
      'How long the host’s newest change may stand still before the absences count as being as old as it.',
    ),
  studentId: z
    .enum(['state-id', 'number', 'sourced-id'])
    .default('state-id')
    .describe('What `studentUniqueId` is in the rosters.'),
  stateIdType: text
    .default('stateID')
    .describe('With `studentId: state-id`: the `type` under which OneRoster’s `userIds` have it.'),
  schools: z
    .record(text, text)
    .default({})
    .describe('Ed-Fi `schoolId` → id of the school, where it is not the school’s `identifier`.'),
  descriptors: z
    .record(text, meaning)
    .default({})
    .describe(
      'What follows the `#` of a category of your state’s own → what it means. The usual ones are known.',
    ),
});

const contacts = z
  .strictObject({
    ...file,
    files: text.default('contacts*.csv').describe('Names of the files; the newest complete one is used.'),
    columns: z
      .partialRecord(z.enum(CONTACT_COLUMNS), z.union([text, z.array(text).min(1)]))
      .default({})
      .describe('Our column → its header in your file. The usual names are known.'),
  })
  .describe(
    'A file of contacts, for what OneRoster cannot say: mail permission, language, address, no contact.',
  );

/** Where everything is read. */
export const sisSchema = z.strictObject({
  oneRoster,
  attendance: z
    .discriminatedUnion('source', [oneRosterService, dataExtract, edFi], {
      error: 'one of oneroster-service, data-extract, ed-fi',
    })
    .describe('The absences. OneRoster itself has none.'),
  contacts: contacts.optional(),
  freshHours: z
    .int()
    .min(1)
    .max(720)
    .default(36)
    .describe('No new step is taken on absences that are older than this.'),
});

const share = (least: number, most: number) => z.number().min(least).max(most);

/** Limits beyond which a read is stopped. Bounded, so that no guard can be turned off by a large number. */
export const guardsSchema = z.strictObject({
  shrinkTo: share(0.5, 1)
    .default(0.9)
    .describe('Students, guardians or links of a school below this share of the last time.'),
  growTo: share(1.1, 5)
    .default(1.5)
    .describe('Students, guardians or links of a school above this share of the last time.'),
  goneShare: share(0.01, 0.5)
    .default(0.1)
    .describe('Absence rows of a school deleted or gone at once, as a share of all.'),
  absentShare: share(0.05, 0.8)
    .default(0.3)
    .describe('Students of a school absent on one day, as a share of all.'),
  medianFactor: share(1.5, 20)
    .default(3)
    .describe('Absences of one day against the median of the school’s last 20 school days.'),
  doubledFactor: share(1.2, 10).default(2).describe('Absence days of a school against the last time.'),
  floorRows: z.int().min(1).max(1_000).default(50).describe('A guard on rows looks away below so many.'),
  floorStudents: z
    .int()
    .min(1)
    .max(200)
    .default(10)
    .describe('A guard on students looks away below so many.'),
});

function path(standard: string) {
  return z
    .string()
    .regex(/^\/[\w./-]{1,200}$/, { error: `a path such as ${standard}` })
    .default(standard);
}
