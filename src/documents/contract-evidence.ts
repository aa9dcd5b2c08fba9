import type { ContractEvidence, EvidenceDay } from '../domain/contract-evidence.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type Block, heading, paragraph } from './content.ts';
import { longDate } from './dates.ts';
import { spellOutMissing } from './fonts.ts';
import { sheetPdf } from './sheet-pdf.ts';

export interface EvidenceFacts extends ContractEvidence {
  readonly reference: string;
  readonly student: { readonly name: string; readonly number: string | null };
  readonly school: string;
  readonly date: SchoolDate;
  /** The day that was one too many; null: the contract is not violated any more. */
  readonly violatedOn: SchoolDate | null;
  /** In full sentences. */
  readonly standing: string;
  readonly terms: string;
  readonly agreed: string;
  readonly graceDays: number;
  readonly policyVersion: string;
  readonly calendarVersion: string;
}

/** What the violation of a contract rests on, or that it is none any more, as it was seen on that day. */
export async function evidencePdf(facts: EvidenceFacts): Promise<Buffer> {
  const from = spellOutMissing(facts.school);
  return sheetPdf(
    {
      title: `Evidence for attendance contract ${facts.reference}`,
      author: from,
      from,
      lines: [longDate(facts.date, 'en')],
      date: facts.date,
      running: `Contract ${facts.reference}`,
    },
    evidenceBlocks(facts),
  );
}

function evidenceBlocks(facts: EvidenceFacts): Block[] {
  const { violatedOn, counted, inGrace, notCounted } = facts;
  const verdict =
    violatedOn === null
      ? 'Not violated any more: its days were corrected after the violation had been told'
      : `Violated since ${longDate(violatedOn, 'en')}`;
  return [
    heading(1, `Attendance contract ${facts.reference}`),
    named([
      ['Student', facts.student.name],
      ['Student number', facts.student.number ?? 'not recorded'],
      ['Result', verdict],
      ['As of', longDate(facts.date, 'en')],
      ['Terms', facts.terms],
      ['Agreed', facts.agreed],
      ['How it stands', facts.standing],
      [
        'Time for a note',
        facts.graceDays === 0 ? 'none' : `${facts.graceDays} school days after each missed day`,
      ],
      ['Policy', facts.policyVersion],
      ['School calendar', facts.calendarVersion.slice(0, 16)],
    ]),
    heading(2, 'Days that count against it'),
    days(counted, 'No day counts against it.'),
    ...(inGrace.length === 0
      ? []
      : [heading(2, 'Days for which a note may still come in'), days(inGrace, '')]),
    heading(2, 'Looked at and not counted'),
    notCounted.length === 0
      ? sentence('Nothing else was recorded in this time.')
      : table(
          ['Date', 'Code', 'Why it does not count'],
          notCounted.map(({ date, codes, why }) => [longDate(date, 'en'), codes, why]),
        ),
    sentence(
      'This page shows what the records of the SIS said on this day. A correction that comes later makes another page and does not change this one.',
    ),
  ];
}

function days(rows: readonly EvidenceDay[], none: string): Block {
  if (rows.length === 0) return sentence(none);
  return table(
    ['Date', 'Days', 'Sum', 'Excuse', 'Code', 'Counts from'],
    rows.map(({ date, days: amount, sum, excuse, codes, countsOn }) => [
      longDate(date, 'en'),
      amount,
      sum,
      excuse === 'unknown' ? 'not recorded' : excuse,
      codes,
      countsOn === null ? 'not before the school year ends' : longDate(countsOn, 'en'),
    ]),
  );
}

function sentence(text: string): Block {
  return paragraph(spellOutMissing(text));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): Block {
  return { kind: 'table', head, rows: rows.map((row) => row.map(spellOutMissing)) };
}

/** Rows whose first cell names what the second says. */
function named(rows: readonly (readonly [string, string])[]): Block {
  return table([], rows);
}
