import { createHash } from 'node:crypto';
import { destructionCertificate } from '../../documents/destruction-certificate.ts';
import { atCommandLine } from '../../domain/audit.ts';
import {
  dueUpTo,
  keptUntil,
  RETENTION_CLASSES,
  type RetentionClass,
  type RetentionRules,
} from '../../domain/retention.ts';
import { dateInZone, type SchoolDate } from '../../domain/school-date.ts';
import { auditAnchor, sealAudit } from '../../store/audit-chain.ts';
import { recordAudit } from '../../store/audit-log.ts';
import type { Db, Tx } from '../../store/database.ts';
import { destroyAbsences, destroyFiles, destroyMails, destroyPeople } from '../../store/destroy-records.ts';
import { heldStudents, lockRetention } from '../../store/legal-holds.ts';
import { newReference } from '../../store/references.ts';
import {
  type ArchiveCopy,
  archivesUpTo,
  type DueRecords,
  dueAbsences,
  dueFiles,
  dueMails,
  duePeople,
  nextYearEnd,
  saveDestruction,
} from '../../store/retention.ts';
import type { Moment } from '../procedure.ts';

export interface PlannedClass extends DueRecords {
  readonly name: RetentionClass;
  /** null: kept for ever. */
  readonly years: number | null;
  /** Until when the next records of the class are kept, where their time has not come. */
  readonly nextOn: SchoolDate | null;
  /** Files outside of the database that hold what is due, too: only people can delete them. */
  readonly archives: readonly ArchiveCopy[];
}

export type RetentionOutcome =
  | { readonly kind: 'nothing-due' }
  /** Something else is due than the person has seen; nothing was destroyed. */
  | { readonly kind: 'changed'; readonly rows: number }
  | Destroyed;

export interface Destroyed {
  readonly kind: 'destroyed';
  readonly ref: string;
  readonly classes: readonly PlannedClass[];
  readonly json: string;
  readonly sha256: string;
  readonly pdf: Buffer;
}

/** What is due by the rules of the district, and what a legal hold keeps. Nothing is changed. */
export async function planRetention(
  db: Db,
  rules: RetentionRules,
  today: SchoolDate,
): Promise<PlannedClass[]> {
  const held = await heldStudents(db);
  const planned: PlannedClass[] = [];
  for (const name of RETENTION_CLASSES) {
    const years = rules[name];
    const upTo = dueUpTo(years, today);
    if (years === null || upTo === null) {
      planned.push({ name, years: null, nextOn: null, archives: [], ...NOTHING });
      continue;
    }
    const next = await nextYearEnd(db, upTo);
    const nextOn = next === null ? null : keptUntil(next, years);
    const due = await DUE[name](db, upTo, held);
    // Mails to staff are in no archive.
    const copied = name !== 'mails' && due.students.length + due.rows > 0;
    planned.push({ name, years, nextOn, archives: copied ? await archivesUpTo(db, upTo) : [], ...due });
  }
  return planned;
}

/** Of several classes, each archive once. */
export function archivesOf(classes: readonly PlannedClass[]): ArchiveCopy[] {
  return [...new Map(classes.flatMap(({ archives }) => archives).map((one) => [one.sha256, one])).values()];
}

const NOTHING: DueRecords = { students: [], rows: 0, held: [], schoolYears: [] };

const DUE: Readonly<
  Record<RetentionClass, (db: Db, upTo: SchoolDate, held: readonly number[]) => Promise<DueRecords>>
> = { files: dueFiles, absences: dueAbsences, mails: dueMails, people: duePeople };

/** How a class is called where people read it. */
export const CLASS_TITLES: Readonly<Record<RetentionClass, string>> = {
  files: 'Attendance files',
  absences: 'Absences',
  mails: 'Mails to staff',
  people: 'Names and addresses',
};

/**
 * Destroys what is due, all of it or nothing, and certifies it. Legal holds win. The audit log stays as it is.
 * @param expected how many records the person has seen in the plan
 */
export async function applyRetention(
  db: Db,
  rules: RetentionRules,
  asked: {
    readonly district: string;
    readonly districtName: string;
    readonly timeZone: string;
    readonly by: string;
    readonly expected: number;
  },
  moment: Moment,
): Promise<RetentionOutcome> {
  await sealAudit(db);
  return db.transaction().execute(async (tx): Promise<RetentionOutcome> => {
    await lockRetention(tx);
    const classes = await planRetention(tx, rules, moment.today);
    const rows = classes.reduce((sum, one) => sum + one.rows, 0);
    const due = classes.filter(({ students, rows: count }) => students.length + count > 0);
    if (due.length === 0) return { kind: 'nothing-due' };
    if (rows !== asked.expected) return { kind: 'changed', rows };
    const held = await heldStudents(tx);
    for (const one of due) await destroyClass(tx, one, { held, today: moment.today, now: moment.now });
    const ref = newReference('Z');
    const json = certificateOf(ref, due, asked, moment, await auditAnchor(tx));
    const sha256 = createHash('sha256').update(json).digest('hex');
    const pdf = await destructionCertificate({
      reference: ref,
      districtName: asked.districtName,
      on: moment.today,
      by: asked.by,
      sha256,
      classes: due.map(({ name, years, students, rows: count, held: kept, schoolYears }) => ({
        title: CLASS_TITLES[name],
        rule: `${years} years`,
        rows: count,
        students: students.length,
        held: kept.length,
        schoolYears,
      })),
      archives: archivesOf(due).map(({ schoolYear, madeAt, sha256: hash }) => ({
        schoolYear,
        madeOn: dateInZone(madeAt, asked.timeZone),
        sha256: hash,
      })),
    });
    await saveDestruction(tx, { ref, at: moment.now, by: asked.by, certificate: json, sha256, pdf });
    await recordAudit(tx, {
      at: moment.now,
      actor: atCommandLine(asked.by),
      from: null,
      action: 'records-destroyed',
      subject: ref,
      detail: { rows, sha256, ...Object.fromEntries(due.map((one) => [one.name, one.rows])) },
    });
    return { kind: 'destroyed', ref, classes: due, json, sha256, pdf };
  });
}

/** What is destroyed of one class. Doing it again changes nothing. */
export async function destroyClass(
  tx: Tx,
  { name, years, students }: Pick<PlannedClass, 'name' | 'years' | 'students'>,
  { held, today, now }: { held: readonly number[]; today: SchoolDate; now: Date },
): Promise<void> {
  const upTo = dueUpTo(years, today);
  if (upTo === null) return;
  if (name === 'mails') await destroyMails(tx, upTo, held, now);
  if (name === 'absences') await destroyAbsences(tx, upTo, students);
  if (name === 'files') await destroyFiles(tx, students, held, now);
  if (name === 'people') await destroyPeople(tx, students);
}

/** Ids of ours, which name nobody once the names are gone. */
function certificateOf(
  ref: string,
  classes: readonly PlannedClass[],
  { district, by }: { readonly district: string; readonly by: string },
  { now, today }: Moment,
  anchor: { readonly seq: number; readonly hash: string } | null,
): string {
  const certificate = {
    format: 'rollcall-destruction',
    version: 1,
    reference: ref,
    district,
    on: today,
    at: now.toISOString(),
    signedOffBy: by,
    auditLogBefore: anchor,
    classes: classes.map(({ name, years, schoolYears, rows, students, held }) => ({
      class: name,
      yearsKept: years,
      schoolYears,
      records: rows,
      students,
      keptByLegalHold: held,
    })),
    archivesToDelete: archivesOf(classes).map(({ schoolYear, madeAt, sha256 }) => ({
      schoolYear,
      madeAt: madeAt.toISOString(),
      sha256,
    })),
  };
  return `${JSON.stringify(certificate, null, 2)}\n`;
}
