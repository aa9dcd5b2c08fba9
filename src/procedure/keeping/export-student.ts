import type { Config } from '../../config/config-types.ts';
import { longDate } from '../../documents/dates.ts';
import { studentRecordPage } from '../../documents/student-record-page.ts';
import { atCommandLine } from '../../domain/audit.ts';
import type { Policy } from '../../domain/policy.ts';
import { recordAudit } from '../../store/audit-log.ts';
import type { Db } from '../../store/database.ts';
import { recordDisclosure } from '../../store/disclosures.ts';
import { schoolYearOn } from '../../store/districts.ts';
import { readDocument } from '../../store/documents.ts';
import {
  type RecordDocument,
  type RecordPart,
  readStudentDocuments,
  readStudentRecord,
  TASKS,
  TIMELINE,
} from '../../store/student-record.ts';
import { entryInWords } from '../entry-words.ts';
import type { Moment } from '../procedure.ts';
import { taskInWords } from '../task-words.ts';

export interface ExportedFile {
  /** Without a name of anybody. */
  readonly name: string;
  readonly bytes: Buffer;
}

export interface ExportedRecord {
  readonly files: readonly ExportedFile[];
  readonly documents: number;
  /** Somebody reads these before they are handed over: they may show what another household may not see. */
  readonly toRead: number;
  readonly leftOut: number;
}

/** Who asks: one of the guardians, or the student who is 18. */
export type Asker = { readonly kind: 'guardian'; readonly guardianId: number } | { readonly kind: 'student' };

export function endingOf(mediaType: string): string {
  return ENDINGS[mediaType] ?? 'bin';
}

const ENDINGS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'message/rfc822': 'eml',
  'application/json': 'json',
  'text/calendar': 'ics',
};

/**
 * Everything that is kept about a student, for a parent or for the student who is 18 (34 CFR 99.10): a page to read, the
 * same as JSON, and the documents as they are. What names other students is left out (99.12); so are addresses and
 * phone numbers of guardians. What was written to somebody other than the one who asks lies apart, and so does whatever
 * was brought to the school: it may be an order of a court about the very one who asks.
 */
export async function exportStudent(
  db: Db,
  config: Pick<Config, 'district' | 'policy'>,
  asked: { studentId: number; asker: Asker; to: string; by: string; why: string },
  moment: Moment,
): Promise<ExportedRecord> {
  const parts = await readStudentRecord(db, asked.studentId);
  const documents = await readStudentDocuments(db, asked.studentId);
  const files: ExportedFile[] = [];
  const listed: { title: string; file: string }[] = [];
  const leftOut: string[] = [];
  let toRead = 0;
  for (const [index, document] of documents.entries()) {
    const title = titleOf(document, index);
    const why = whyLeftOut(document);
    if (why !== null) {
      leftOut.push(`${title}: ${why}`);
      continue;
    }
    const { bytes } = await readDocument(db, document.id);
    const name = `${String(index + 1).padStart(3, '0')}-${document.kind}${document.ref === null ? '' : `-${document.ref}`}.${endingOf(document.mediaType)}`;
    const apart = whyApart(document, asked.asker);
    if (apart !== null) {
      toRead += 1;
      files.push({ name: `read-first/${name}`, bytes });
      leftOut.push(`${title}: ${apart}; please ask the school`);
    } else {
      files.push({ name: `documents/${name}`, bytes });
      listed.push({ title, file: `documents/${name}` });
    }
  }
  const [student] = parts[0]?.rows ?? [];
  const page = studentRecordPage({
    districtName: config.district.name,
    student: `${student?.['given name'] ?? ''} ${student?.['family name'] ?? ''}`.trim(),
    made: longDate(moment.today, 'en'),
    parts: parts.map((part) => inWords(part, config.policy)),
    documents: listed,
    leftOut,
  });
  const json = JSON.stringify(
    { format: 'rollcall-student-record', version: 1, made: moment.today, parts },
    null,
    2,
  );
  await keepOnRecord(db, asked, moment, listed.length);
  return {
    files: [
      { name: 'index.html', bytes: Buffer.from(page) },
      { name: 'record.json', bytes: Buffer.from(`${json}\n`) },
      ...files,
    ],
    documents: listed.length,
    toRead,
    leftOut: leftOut.length - toRead,
  };
}

/** The JSON keeps ids of tasks and steps; the page to read has their words. */
function inWords({ title, rows }: RecordPart, { steps }: Pick<Policy, 'steps'>): RecordPart {
  const titles = new Map(steps.map((step) => [step.id, step.title]));
  return {
    title,
    rows: rows.map((row) => ({
      ...row,
      ...(title === TIMELINE && { title: entryInWords(String(row.title), titles) }),
      ...(title === TASKS && {
        kind: taskInWords({ kind: String(row.kind), detail: null, gaps: [] }).title,
      }),
    })),
  };
}

function titleOf({ kind, ref, createdAt }: RecordDocument, index: number): string {
  const reference = ref === null ? '' : ` ${ref}`;
  return `${index + 1}. ${kind}${reference}, ${createdAt.toISOString().slice(0, 10)}`;
}

function whyLeftOut({ shared, destroyed }: RecordDocument): string | null {
  if (destroyed) return 'it was destroyed when its time of retention was over';
  return shared ? 'it names other students, too (34 CFR 99.12)' : null;
}

/** A letter is theirs to whom it was written. Of anything else only what names no other adult is given unread. */
function whyApart({ guardianIds, toStudent, kind }: RecordDocument, asker: Asker): string | null {
  if (guardianIds.length > 0 || toStudent) {
    const theirs = asker.kind === 'student' ? toStudent : guardianIds.includes(asker.guardianId);
    return theirs ? null : 'written to somebody else';
  }
  return NAMES_NOBODY_ELSE.has(kind) ? null : 'somebody at the school has to read it first';
}

/**
 * Mails, replies, invitations, print runs and packets name staff and each guardian, with addresses and phone numbers;
 * what was brought says whatever its sender wanted.
 */
const NAMES_NOBODY_ELSE: ReadonlySet<string> = new Set(['contract-evidence', 'contract-form']);

async function keepOnRecord(
  db: Db,
  asked: { studentId: number; to: string; by: string; why: string },
  { now, today }: Moment,
  documents: number,
): Promise<void> {
  const year = await schoolYearOn(db, today);
  await db.transaction().execute(async (tx) => {
    if (year !== null)
      await recordDisclosure(
        tx,
        {
          studentId: asked.studentId,
          schoolYear: year.id,
          referralId: null,
          packetId: null,
          what: `the whole record, with ${documents} documents`,
          how: 'export',
          sha256: null,
          to: { name: asked.to, agency: 'parent, guardian or student', email: null },
          legalBasis: '34 CFR 99.10, right to inspect and review',
          interest: asked.why,
          by: asked.by,
        },
        { on: today, now },
      );
    await recordAudit(tx, {
      at: now,
      actor: atCommandLine(asked.by),
      from: null,
      action: 'student-exported',
      studentId: asked.studentId,
      detail: { documents },
    });
  });
}
