import type { SchoolDate } from '../domain/school-date.ts';
import { type Block, heading, paragraph } from './content.ts';
import { longDate } from './dates.ts';
import { sheetPdf } from './sheet-pdf.ts';

export interface DestructionFacts {
  readonly reference: string;
  readonly districtName: string;
  readonly on: SchoolDate;
  readonly by: string;
  /** Of the certificate as JSON. */
  readonly sha256: string;
  readonly classes: readonly {
    readonly title: string;
    readonly rule: string;
    readonly rows: number;
    readonly students: number;
    readonly held: number;
    readonly schoolYears: readonly string[];
  }[];
  /** Files with copies of these years, which somebody has to delete. */
  readonly archives: readonly {
    readonly schoolYear: string;
    readonly madeOn: SchoolDate;
    readonly sha256: string;
  }[];
}

/** What was destroyed, when, by which rule and by whom: numbers only, since it is kept when the names are gone. */
export async function destructionCertificate(facts: DestructionFacts): Promise<Buffer> {
  const title = `Certificate of destruction ${facts.reference}`;
  return sheetPdf(
    {
      title,
      author: facts.districtName,
      from: facts.districtName,
      lines: [longDate(facts.on, 'en')],
      date: facts.on,
      running: facts.reference,
    },
    [
      heading(1, title),
      paragraph(
        `On ${longDate(facts.on, 'en')} ${facts.by} had records destroyed whose time of retention was over. Documents were destroyed by destroying the keys that they are encrypted with; nobody can read them any more, here or in the database.`,
      ),
      {
        kind: 'table',
        head: ['Records', 'Rule', 'School years', 'Students', 'Records destroyed', 'Kept by a legal hold'],
        rows: facts.classes.map(({ title: name, rule, schoolYears, students, rows, held }) => [
          name,
          rule,
          schoolYears.join(', ') || 'all before',
          String(students),
          String(rows),
          String(held),
        ]),
      },
      paragraph(
        'Backups that were made before still hold these records until they are deleted themselves. The audit log is kept, and its chain of hashes holds as before.',
      ),
      ...archivesToDelete(facts.archives),
      paragraph(`Signed off by: ${facts.by}. SHA-256 of the certificate as JSON: ${facts.sha256}`),
    ],
  );
}

function archivesToDelete(archives: DestructionFacts['archives']): Block[] {
  if (archives.length === 0) return [];
  return [
    paragraph(
      'These archives of school years hold such records, too, in files outside of the database. Each has to be deleted by whoever keeps it:',
    ),
    {
      kind: 'table',
      head: ['School year', 'Made on', 'SHA-256 of the file'],
      rows: archives.map(({ schoolYear, madeOn, sha256 }) => [schoolYear, longDate(madeOn, 'en'), sha256]),
    },
  ];
}
