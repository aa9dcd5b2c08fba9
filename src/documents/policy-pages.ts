import type { PolicyText } from '../domain/policy-words.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type Block, bullets, heading } from './content.ts';
import { longDate } from './dates.ts';
import { spellOutMissing } from './fonts.ts';
import { writeBlocks } from './pdf-blocks.ts';
import { closePdf, openPdf } from './pdf-page.ts';
import { toText } from './to-text.ts';

export interface PolicyDocument {
  readonly district: string;
  readonly date: SchoolDate;
  readonly version: string;
  readonly text: PolicyText;
}

const TITLE = 'Attendance procedure';

/** The procedure as a tagged PDF for the board. The same procedure and date give the same bytes. */
export async function policyPdf(policy: PolicyDocument): Promise<Buffer> {
  const canvas = openPdf({
    title: `${TITLE} of ${policy.district}`,
    author: policy.district,
    language: 'en',
    created: new Date(`${policy.date}T12:00:00Z`),
  });
  canvas.pdf.addPage();
  const { overview } = policy.text;
  writeBlocks(canvas, [
    ...headBlocks(policy),
    printable(2, 'At a glance'),
    {
      kind: 'table',
      head: ['At', 'Step', 'What happens'],
      rows: overview.map(({ at, step, what }) => [at, step, what].map(spellOutMissing)),
    },
    ...chapterBlocks(policy.text),
  ]);
  const { bytes } = await closePdf(canvas, {
    header: (page) => (page === 1 ? null : `${TITLE} of ${policy.district}`),
    footer: (page, pages) => ({ left: `Version ${policy.version}`, right: `${page} / ${pages}` }),
  });
  return bytes;
}

/** @param overview the table of the steps, as the reader's medium sets tables */
export function policyText(policy: PolicyDocument, overview: string): string {
  const [head, glance, chapters] = [
    headBlocks(policy),
    [printable(2, 'At a glance')],
    chapterBlocks(policy.text),
  ].map(toText);
  return `${head}\n${glance}\n${overview}\n\n${chapters}`;
}

function headBlocks({ district, date, text }: PolicyDocument): Block[] {
  return [
    printable(1, TITLE),
    {
      kind: 'table',
      head: [],
      rows: [['District', district], ...text.head, ['Printed', longDate(date, 'en')]].map((row) =>
        row.map(spellOutMissing),
      ),
    },
  ];
}

function chapterBlocks({ chapters }: PolicyText): Block[] {
  return chapters.flatMap(({ title, points }): Block[] => [
    printable(2, title),
    bullets(points.map(spellOutMissing)),
  ]);
}

function printable(level: 1 | 2, text: string): Block {
  return heading(level, spellOutMissing(text));
}
