/** A district of any size as OneRoster rows by number, so that the server that serves it needs no memory for them. */
export interface BenchDistrict {
  readonly students: number;
  readonly schools: number;
  /** Absence rows whose excuse was corrected in the night. */
  readonly changed: number;
}

const ABSENCES_EACH = 10;
const GUARDIANS_PER_FIVE = 9;
const SUMMER = '2026-07-01T00:00:00.000Z';
const NIGHT = '2026-11-20T02:00:00.000Z';

export type CollectionName =
  | 'schools'
  | 'academicSessions'
  | 'students'
  | 'guardians'
  | 'demographics'
  | 'attendances'
  | 'attendanceCodes';

export function schoolIds({ schools }: BenchDistrict): string[] {
  return Array.from({ length: schools }, (_, number) => id('a', number));
}

function guardiansOf({ students }: BenchDistrict): number {
  return Math.floor((students * GUARDIANS_PER_FIVE) / 5);
}

export function sizeOf(name: CollectionName, district: BenchDistrict): number {
  switch (name) {
    case 'schools':
      return district.schools;
    case 'academicSessions':
    case 'attendanceCodes':
      return 1;
    case 'students':
      return district.students;
    case 'guardians':
      return guardiansOf(district);
    case 'demographics':
      return district.students + guardiansOf(district);
    case 'attendances':
      return district.students * ABSENCES_EACH;
  }
}

/** Changed rows stand evenly over the district. */
export function changedRow(place: number, district: BenchDistrict): number {
  return Math.floor((place * sizeOf('attendances', district)) / district.changed);
}

function isChanged(index: number, district: BenchDistrict): boolean {
  const place = Math.ceil((index * district.changed) / sizeOf('attendances', district));
  return place < district.changed && changedRow(place, district) === index;
}

const id = (kind: string, number: number) =>
  `${kind}0000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const ref = (type: string, path: string, sourcedId: string) =>
  `{"href":"https://sis.district.example.org/ims/oneroster/rostering/v1p2/${path}/${sourcedId}","sourcedId":"${sourcedId}","type":"${type}"}`;

/** Students of a school stand together, so that what is spread over the district is spread over its schools. */
function schoolOf(student: number, { students, schools }: BenchDistrict): string {
  return id('a', Math.floor((student * schools) / students));
}

/** One row as JSON text. @param later after the night */
export function rowText(
  name: CollectionName,
  index: number,
  district: BenchDistrict,
  later: boolean,
): string {
  const entity = (sourcedId: string, modified = SUMMER) =>
    `"sourcedId":"${sourcedId}","status":"active","dateLastModified":"${modified}"`;
  switch (name) {
    case 'schools':
      return `{${entity(id('a', index))},"name":"School ${index}","type":"school","identifier":"${index + 100}"}`;
    case 'academicSessions':
      return `{${entity(id('e', 1))},"title":"2026-27","type":"schoolYear","startDate":"2026-08-01","endDate":"2027-07-01","schoolYear":"2027"}`;
    case 'attendanceCodes':
      return `{${entity('c-1')},"title":"UNX","description":"Absent","attendanceStatus":"absent","excuse":"unexcused","school":null}`;
    case 'students': {
      const school = schoolOf(index, district);
      const guardian = id('d', Math.floor((index * GUARDIANS_PER_FIVE) / 5));
      return `{${entity(id('b', index))},"metadata":{"ic.legacySourcedId":"s${index}"},"userIds":[{"type":"stateID","identifier":"${7_000_000 + index}"}],"identifier":"${200_000 + index}","enabledUser":"true","givenName":"Given${index % 997}","familyName":"Family${index % 4999}","roles":[{"roleType":"primary","role":"student","org":${ref('org', 'orgs', school)},"beginDate":"2026-08-17"}],"primaryOrg":${ref('org', 'orgs', school)},"agents":[${ref('user', 'users', guardian)}],"grades":["0${index % 9}"]}`;
    }
    case 'guardians': {
      const student = id('b', Math.min(district.students - 1, Math.floor((index * 5) / GUARDIANS_PER_FIVE)));
      return `{${entity(id('d', index))},"metadata":{"ic.legacySourcedId":"g${index}","communicationLanguage":"en","mailing":true,"noContact":false,"private":false,"wantsPaper":false,"ic_relationships":[{"sourcedId":"${student}","guardian":true,"relationshipType":"Mother"}]},"enabledUser":"true","givenName":"Parent${index % 991}","familyName":"Family${index % 4999}","roles":[{"roleType":"primary","role":"guardian","org":${ref('org', 'orgs', id('a', 0))}}],"email":"g${index}@family.example.org","phone":"(801) 555-0100","agents":[${ref('user', 'users', student)}]}`;
    }
    case 'demographics': {
      const isStudent = index < district.students;
      const sourcedId = isStudent ? id('b', index) : id('d', index - district.students);
      return isStudent
        ? `{${entity(sourcedId)},"birthDate":"201${index % 7}-0${1 + (index % 9)}-11"}`
        : `{${entity(sourcedId)},"metadata":{"ic_address":{"addressLine1":"${index} Main Street","city":"Cedar Valley","state":"UT","zip":"84999"},"ic_cellPhone":"(801) 555-0101"}}`;
    }
    case 'attendances': {
      const student = Math.floor(index / ABSENCES_EACH);
      const number = index % ABSENCES_EACH;
      const corrected = later && isChanged(index, district);
      const day = 1 + ((number * 6 + student) % 60);
      const date = new Date(Date.UTC(2026, 8, day)).toISOString().slice(0, 10);
      return `{${entity(id('f', index), corrected ? NIGHT : SUMMER)},"student":${ref('user', 'users', id('b', student))},"school":${ref('org', 'orgs', schoolOf(student, district))},"academicSession":${ref('academicSession', 'academicSessions', id('e', 1))},"date":"${date}","kind":"daily","period":null,"attendanceStatus":"absent","excuse":"${corrected ? 'excused' : 'unexcused'}","dayFraction":"1","minutesAbsent":400,"minutesScheduled":400,"code":${ref('attendanceCode', 'attendanceCodes', 'c-1')},"codeTitle":"UNX","comment":null,"metadata":{}}`;
    }
  }
}
