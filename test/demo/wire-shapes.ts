import { z } from 'zod';

/** The shapes of OneRoster 1.2 and of the attendance service, written down from their description, strictly. */

const sourcedId = z.string().min(1);
const instant = z.iso.datetime({ precision: 3 });
const date = z.iso.date();
const reference = (type: string) => z.strictObject({ href: z.url(), sourcedId, type: z.literal(type) });
const entity = { sourcedId, status: z.enum(['active', 'tobedeleted']), dateLastModified: instant };
const metadata = z.record(z.string(), z.unknown());
const grade = z.enum(['KG', '01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12']);

export const user = z.strictObject({
  ...entity,
  metadata: metadata.optional(),
  userIds: z.array(z.strictObject({ type: z.string(), identifier: z.string() })).optional(),
  identifier: z.string().optional(),
  enabledUser: z.enum(['true', 'false']),
  givenName: z.string().min(1),
  familyName: z.string().min(1),
  middleName: z.string().optional(),
  preferredFirstName: z.string().optional(),
  roles: z
    .array(
      z.strictObject({
        roleType: z.enum(['primary', 'secondary']),
        role: z.enum([
          'student',
          'guardian',
          'parent',
          'relative',
          'aide',
          'counselor',
          'principal',
          'districtAdministrator',
          'systemAdministrator',
        ]),
        org: reference('org'),
        beginDate: date.optional(),
        endDate: date.optional(),
      }),
    )
    .min(1),
  primaryOrg: reference('org').optional(),
  email: z.string().min(1).optional(),
  phone: z.string().min(1).optional(),
  agents: z.array(reference('user')).optional(),
  grades: z.array(grade).optional(),
});

export const guardianMetadata = z.strictObject({
  'ic.legacySourcedId': z.string(),
  communicationLanguage: z.string(),
  mailing: z.boolean(),
  noContact: z.boolean(),
  private: z.boolean(),
  wantsPaper: z.boolean(),
  ic_relationships: z.array(
    z.strictObject({ sourcedId, guardian: z.boolean(), relationshipType: z.string().min(1) }),
  ),
});

export const org = z.strictObject({
  ...entity,
  name: z.string().min(1),
  type: z.enum(['district', 'school']),
  identifier: z.string().optional(),
  parent: reference('org').optional(),
  children: z.array(reference('org')).optional(),
});

export const academicSession = z.strictObject({
  ...entity,
  title: z.string().min(1),
  startDate: date,
  endDate: date,
  type: z.enum(['schoolYear', 'term']),
  schoolYear: z.string().regex(/^\d{4}$/),
  parent: reference('academicSession').optional(),
  children: z.array(reference('academicSession')).optional(),
});

export const demographics = z.strictObject({
  ...entity,
  birthDate: date.optional(),
  metadata: z
    .strictObject({
      ic_address: z
        .strictObject({
          addressLine1: z.string(),
          addressLine2: z.string().optional(),
          city: z.string(),
          state: z.string().length(2),
          zip: z.string().regex(/^\d{5}$/),
        })
        .optional(),
      ic_cellPhone: z.string().optional(),
    })
    .optional(),
});

export const enrollment = z.strictObject({
  ...entity,
  user: reference('user'),
  class: reference('class'),
  school: reference('org'),
  role: z.literal('student'),
  beginDate: date,
  endDate: date.optional(),
});

export const schoolClass = z.strictObject({
  ...entity,
  title: z.string(),
  classCode: z.string(),
  classType: z.literal('homeroom'),
  grades: z.array(grade),
  course: reference('course'),
  school: reference('org'),
  terms: z.array(reference('academicSession')).min(1),
});

export const course = z.strictObject({
  ...entity,
  title: z.string(),
  schoolYear: reference('academicSession'),
  courseCode: z.string(),
  grades: z.array(grade),
  org: reference('org'),
});

const status = z.enum(['absent', 'tardy', 'earlyRelease', 'present']);
const excuse = z.enum(['excused', 'unexcused', 'exempt', 'unknown']);

export const attendance = z.strictObject({
  ...entity,
  student: reference('user'),
  school: reference('org'),
  academicSession: reference('academicSession'),
  date,
  kind: z.enum(['daily', 'period']),
  period: z.string().nullable(),
  attendanceStatus: status,
  excuse,
  dayFraction: z.enum(['1', '0.5', '0']).nullable(),
  minutesAbsent: z.int().min(0).max(400),
  minutesScheduled: z.int().min(1).max(400),
  code: reference('attendanceCode'),
  codeTitle: z.string(),
  comment: z.string().nullable(),
  metadata,
});

export const attendanceCode = z.strictObject({
  ...entity,
  title: z.string().min(1),
  description: z.string(),
  attendanceStatus: status,
  excuse,
  school: reference('org'),
  metadata: z.strictObject({ stateCode: z.string() }),
});

export const imsxError = z.strictObject({
  imsx_codeMajor: z.literal('failure'),
  imsx_severity: z.literal('error'),
  imsx_description: z.string().min(1),
  imsx_CodeMinor: z.strictObject({
    imsx_codeMinorField: z
      .array(z.strictObject({ imsx_codeMinorFieldName: z.string(), imsx_codeMinorFieldValue: z.string() }))
      .min(1),
  }),
});
