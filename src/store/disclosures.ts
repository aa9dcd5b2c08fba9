import type { SchoolDate } from '../domain/school-date.ts';
import type { Db } from './database.ts';
import type { DisclosureTable } from './tables/packets.ts';

/** What somebody outside the school gets to know of a student (34 CFR 99.32(a)). */
export interface NewDisclosure {
  readonly studentId: number;
  readonly schoolYear: string;
  readonly referralId: string | null;
  readonly packetId: string | null;
  readonly what: string;
  readonly how: string;
  readonly sha256: string | null;
  readonly to: { readonly name: string; readonly agency: string; readonly email: string | null };
  readonly legalBasis: string;
  /** The legitimate interest that the party had in getting to know it. */
  readonly interest: string;
  /** Who disclosed it: a person, or Rollcall by itself. */
  readonly by: string;
}

export interface Disclosure extends NewDisclosure {
  readonly id: string;
  readonly state: DisclosureTable['state'];
  /** null: it has not been made. */
  readonly on: SchoolDate | null;
  readonly at: Date | null;
}

/** Notes what a mail will disclose once it has left, or without one a file once it lies in the folder. */
export async function planDisclosure(
  tx: Db,
  disclosure: NewDisclosure,
  mailId: string | null,
  now: Date,
): Promise<void> {
  await tx
    .insertInto('disclosure')
    .values({ ...columns(disclosure), mail_id: mailId, state: 'planned', planned_at: now })
    .execute();
}

export async function recordDisclosure(
  tx: Db,
  disclosure: NewDisclosure,
  made: { readonly on: SchoolDate; readonly now: Date },
): Promise<void> {
  await tx
    .insertInto('disclosure')
    .values({
      ...columns(disclosure),
      state: 'made',
      planned_at: made.now,
      on_date: made.on,
      at: made.now,
    })
    .execute();
}

/** What has become of the mail decides what has become of the disclosure. */
export async function settleDisclosures(
  tx: Db,
  mailId: string,
  became: 'made' | 'uncertain' | 'came-back' | 'not-made',
  when: { readonly on: SchoolDate; readonly now: Date },
): Promise<Disclosure[]> {
  const rows = await tx
    .updateTable('disclosure')
    .set((eb) => ({
      state: became,
      ...(became === 'made' || became === 'uncertain'
        ? { on_date: eb.fn.coalesce('on_date', eb.val(when.on)), at: eb.fn.coalesce('at', eb.val(when.now)) }
        : {}),
    }))
    .where('mail_id', '=', mailId)
    .where('state', 'in', FROM[became])
    .returningAll()
    .execute();
  return rows.map(asDisclosure);
}

const FROM: Readonly<Record<'made' | 'uncertain' | 'came-back' | 'not-made', DisclosureTable['state'][]>> = {
  made: ['planned', 'uncertain'],
  uncertain: ['planned'],
  'came-back': ['planned', 'uncertain', 'made'],
  'not-made': ['planned', 'uncertain'],
};

/** What was planned without a mail: its file lies in the folder now, or never will. */
export async function settleFolderDisclosure(
  tx: Db,
  packetId: string,
  became: 'made' | 'not-made',
  when: { readonly on: SchoolDate; readonly now: Date },
): Promise<Disclosure[]> {
  const rows = await tx
    .updateTable('disclosure')
    .set({ state: became, ...(became === 'made' ? { on_date: when.on, at: when.now } : {}) })
    .where('packet_id', '=', packetId)
    .where('mail_id', 'is', null)
    .where('state', '=', 'planned')
    .returningAll()
    .execute();
  return rows.map(asDisclosure);
}

/** The file was taken out of the folder before anybody was told of it. */
export async function takeDisclosuresBack(tx: Db, packetId: string): Promise<void> {
  await tx
    .updateTable('disclosure')
    .set({ state: 'taken-back' })
    .where('packet_id', '=', packetId)
    .where('state', 'in', ['planned', 'made'])
    .execute();
}

/** Everything that was disclosed about a student, the first at the top; not what is only planned, or was not made. */
export async function listDisclosures(db: Db, studentId: number): Promise<Disclosure[]> {
  const rows = await db
    .selectFrom('disclosure')
    .selectAll()
    .where('student_id', '=', studentId)
    .where('state', 'not in', ['planned', 'not-made'])
    .orderBy('at')
    .orderBy('id')
    .execute();
  return rows.map(asDisclosure);
}

function columns({ to, ...disclosure }: NewDisclosure) {
  return {
    student_id: disclosure.studentId,
    school_year: disclosure.schoolYear,
    referral_id: disclosure.referralId,
    packet_id: disclosure.packetId,
    what: disclosure.what,
    how: disclosure.how,
    sha256: disclosure.sha256,
    to_name: to.name,
    to_agency: to.agency,
    to_email: to.email,
    legal_basis: disclosure.legalBasis,
    interest: disclosure.interest,
    made_by: disclosure.by,
  };
}

function asDisclosure(row: {
  id: string;
  student_id: number;
  school_year: string;
  referral_id: string | null;
  packet_id: string | null;
  state: Disclosure['state'];
  what: string;
  how: string;
  sha256: string | null;
  to_name: string;
  to_agency: string;
  to_email: string | null;
  legal_basis: string;
  interest: string;
  made_by: string;
  on_date: SchoolDate | null;
  at: Date | null;
}): Disclosure {
  return {
    id: row.id,
    studentId: row.student_id,
    schoolYear: row.school_year,
    referralId: row.referral_id,
    packetId: row.packet_id,
    state: row.state,
    what: row.what,
    how: row.how,
    sha256: row.sha256,
    to: { name: row.to_name, agency: row.to_agency, email: row.to_email },
    legalBasis: row.legal_basis,
    interest: row.interest,
    by: row.made_by,
    on: row.on_date,
    at: row.at,
  };
}
