import { schoolDate } from '../../src/domain/school-date.ts';
import type { HoldDesk } from '../../src/procedure/holds.ts';
import { fileDocument } from '../../src/procedure/take-in-document.ts';
import { aPdf } from './hostile-pdfs.ts';
import type { Office } from './office.ts';

/** Who acts on a page. */
export const BY_CLERK = {
  actor: { kind: 'staff', name: 'Carla Clerk', email: 'carla@example.org' },
  from: null,
} as const;

/** Ada is missing: nothing about her may leave. */
export const MISSING_HOLD = {
  student: 'ada',
  kind: 'missing',
  scope: null,
  from: null,
  until: null,
  owner: 'administrator',
  reason: 'the police have told us',
  by: 'Dana Ruiz',
} as const;

/** What holds are placed and ended with. */
export async function holdDesk({ db, config, jobs }: Office): Promise<HoldDesk> {
  const people = config.staff.map((person) => person.email);
  return { db, procedure: await jobs.procedure(), people };
}

/** The row of an absolute hold alone, without anything that goes with it: as if other code had failed to heed it. */
export async function onlyHoldRow(office: Office, kind: 'deceased' | 'missing'): Promise<void> {
  const begins = office.moment().today;
  const hold = { kind, scope: 'absolute', owner: 'administrator', begins } as const;
  await office.db
    .insertInto('hold')
    .values({ ...hold, student_id: await office.studentId() })
    .execute();
}

/** A meeting about Ada, as it is asked for; with her whole family, and nobody else. */
export const MEETING_ASKED = {
  student: 'ada',
  on: '2026-10-06',
  at: '15:30',
  minutes: 45,
  place: 'Room 12',
  callIn: null,
  purpose: 'To agree an attendance contract',
  families: 'all',
  staff: [],
  roles: [],
  others: [],
  by: 'Dana Ruiz',
} as const;

/** The same as the fields of its form. */
export const MEETING_FIELDS = {
  on: '2026-10-06',
  at: '15:30',
  minutes: '45',
  place: 'Room 12',
  callIn: '',
  purpose: 'To agree a contract',
  families: 'mum',
  others: '',
} as const;

/** A page goes into Ada's file. @returns its reference */
export async function fileAPage(office: Office): Promise<string> {
  const examined = {
    kind: 'examined',
    type: 'application/pdf',
    bytes: await aPdf(1),
    pages: 1,
    receivedSha256: 'sha of it',
  } as const;
  const about = {
    studentId: await office.studentId(),
    kind: 'other',
    on: schoolDate('2026-09-02'),
    fileName: 'letter.pdf',
    note: null,
    task: null,
    medical: null,
  } as const;
  const procedure = await office.jobs.procedure();
  const taken = await fileDocument(office.db, procedure, examined, about, BY_CLERK, office.moment());
  if (taken.kind !== 'added') throw new Error(taken.kind);
  return taken.ref;
}
