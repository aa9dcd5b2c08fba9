import type { SchoolDate } from '../domain/school-date.ts';
import { type Block, plainSpan } from './content.ts';
import { longDate } from './dates.ts';
import { missingGlyphs } from './fonts.ts';
import { mergePdfs } from './merge.ts';
import { closePdf, letterhead, openPdf, section, writeBlocks } from './pdf-page.ts';

/** The attendance file of one student and school year, as plain data. Nothing of other children. */
export interface PacketFacts {
  readonly caseNumber: string;
  readonly date: SchoolDate;
  readonly schoolYear: string;
  readonly district: { readonly name: string; readonly phone: string };
  readonly school: { readonly name: string; readonly phone: string };
  readonly officer: { readonly name: string; readonly agency: string };
  readonly legalBasis: string;
  readonly student: {
    readonly name: string;
    readonly grade: string | null;
    readonly number: string | null;
    readonly birthDate: SchoolDate | null;
  };
  readonly guardians: readonly {
    readonly name: string;
    readonly relationship: string | null;
    readonly phone: string | null;
    readonly language: string | null;
  }[];
  /** A paragraph that says how the count came about. */
  readonly summary: string;
  readonly absences: readonly {
    readonly date: SchoolDate;
    readonly code: string;
    readonly excuse: string;
    readonly days: string;
    readonly running: string;
  }[];
  readonly contacts: readonly {
    readonly date: SchoolDate;
    readonly by: string;
    readonly outcome: string;
    readonly note: string | null;
  }[];
  readonly letters: readonly {
    readonly reference: string;
    readonly title: string;
    readonly to: string;
    readonly how: string;
    readonly date: SchoolDate | null;
    readonly proof: string;
    readonly pages: number;
    readonly pdf: Buffer;
  }[];
  readonly timeline: readonly { readonly date: SchoolDate; readonly what: string }[];
  readonly unconfirmed: readonly string[];
}

/**
 * One PDF for the truancy officer: cover, contents, attendance table, contact log, timeline, what could not be
 * confirmed, and each letter exactly as it was sent.
 */
export async function renderPacket(facts: PacketFacts): Promise<{ pdf: Buffer; pages: number }> {
  refuseMissingGlyphs(facts);
  const created = new Date(`${facts.date}T12:00:00Z`);
  const title = `Attendance file, case ${facts.caseNumber}`;
  // The index needs page numbers, and the page numbers need the index: its size is the same in both passes.
  const draft = await frontPages(facts, title, created, null);
  const front = await frontPages(facts, title, created, draft.starts);
  return mergeWithLetters(facts, front.bytes, { title, created });
}

interface Starts {
  readonly sections: readonly { readonly title: string; readonly page: number }[];
  readonly pages: number;
}

async function frontPages(
  facts: PacketFacts,
  title: string,
  created: Date,
  starts: Starts | null,
): Promise<{ bytes: Buffer; starts: Starts }> {
  const canvas = openPdf({ title, author: facts.district.name, language: 'en', created });
  const { pdf } = canvas;
  const sections: { title: string; page: number }[] = [];
  const write = (name: string | null, blocks: readonly Block[]) => {
    pdf.addPage();
    if (name !== null) sections.push({ title: name, page: pdf.bufferedPageRange().count });
    section(canvas, 'Sect', 'en', (sect) => {
      if (name === null) letterhead(sect, facts.school.name, [facts.district.name, facts.school.phone]);
      if (name === null) pdf.y += 30;
      writeBlocks(sect, blocks);
    });
  };
  write(null, coverBlocks(facts, starts));
  write('Attendance', attendanceBlocks(facts));
  write('Contact log', contactBlocks(facts));
  write('Timeline', timelineBlocks(facts));
  const closed = await closePdf(canvas, (page) => `Case ${facts.caseNumber}    ${page}`);
  return { bytes: closed.bytes, starts: { sections, pages: closed.pages } };
}

async function mergeWithLetters(
  facts: PacketFacts,
  front: Buffer,
  about: { title: string; created: Date },
): Promise<{ pdf: Buffer; pages: number }> {
  const merged = await mergePdfs([front, ...facts.letters.map((letter) => letter.pdf)], {
    ...about,
    language: 'en',
  });
  return { pdf: merged.bytes, pages: merged.pages };
}

function coverBlocks(facts: PacketFacts, starts: Starts | null): Block[] {
  const { student } = facts;
  const known = (value: string | null) => value ?? 'not recorded';
  const index = (
    starts?.sections ?? ['Attendance', 'Contact log', 'Timeline'].map((title) => ({ title, page: 0 }))
  ).map(({ title, page }) => [title, String(page)]);
  let next = (starts?.pages ?? 0) + 1;
  const letters = facts.letters.map((letter) => {
    const page = next;
    next += letter.pages;
    return [`${letter.title} ${letter.reference}, as sent`, String(page)];
  });
  return [
    heading(1, `Attendance file for the truancy officer`),
    {
      kind: 'table',
      head: ['Case', facts.caseNumber],
      rows: [
        ['Date', longDate(facts.date, 'en')],
        ['School year', facts.schoolYear],
        ['Student', student.name],
        ['Grade', known(student.grade)],
        ['Student number', known(student.number)],
        ['Date of birth', student.birthDate === null ? 'not recorded' : longDate(student.birthDate, 'en')],
        ['School', `${facts.school.name}, ${facts.school.phone}`],
        ['For', `${facts.officer.name}, ${facts.officer.agency}`],
        ['Legal basis', facts.legalBasis],
      ],
    },
    heading(2, 'Guardians'),
    {
      kind: 'table',
      head: ['Name', 'Relationship', 'Phone', 'Language'],
      rows: facts.guardians.map((guardian) => [
        guardian.name,
        known(guardian.relationship),
        known(guardian.phone),
        known(guardian.language),
      ]),
    },
    heading(2, 'What this rests on'),
    paragraph(facts.summary),
    heading(2, 'Contents'),
    { kind: 'table', head: ['Part', 'Page'], rows: [...index, ...letters] },
    ...(facts.unconfirmed.length === 0
      ? []
      : [heading(2, 'What could not be confirmed'), list(facts.unconfirmed)]),
  ];
}

function attendanceBlocks(facts: PacketFacts): Block[] {
  return [
    heading(1, 'Attendance'),
    paragraph('Days that count, with the code and excuse of the SIS. Each date counts once.'),
    {
      kind: 'table',
      head: ['Date', 'Code', 'Excuse', 'Days', 'Sum'],
      rows: facts.absences.map((day) => [
        longDate(day.date, 'en'),
        day.code,
        day.excuse,
        day.days,
        day.running,
      ]),
    },
  ];
}

function contactBlocks(facts: PacketFacts): Block[] {
  return [
    heading(1, 'Contact log'),
    facts.contacts.length === 0
      ? paragraph('No contact is on record.')
      : {
          kind: 'table',
          head: ['Date', 'By', 'Outcome', 'Note'],
          rows: facts.contacts.map((contact) => [
            longDate(contact.date, 'en'),
            contact.by,
            contact.outcome,
            contact.note ?? '',
          ]),
        },
    heading(2, 'Letters'),
    {
      kind: 'table',
      head: ['Letter', 'To', 'How', 'Date', 'Proof'],
      rows: facts.letters.map((letter) => [
        `${letter.title}\n${letter.reference}`,
        letter.to,
        letter.how,
        letter.date === null ? '' : longDate(letter.date, 'en'),
        letter.proof,
      ]),
    },
  ];
}

function timelineBlocks(facts: PacketFacts): Block[] {
  return [
    heading(1, 'Timeline'),
    {
      kind: 'table',
      head: ['Date', 'What happened'],
      rows: facts.timeline.map((entry) => [longDate(entry.date, 'en'), entry.what]),
    },
  ];
}

/** Characters of the packet's own pages that no font has; the letters inside were checked when they were written. */
function refuseMissingGlyphs(facts: PacketFacts): void {
  const characters = missingGlyphs([
    facts.student.name,
    facts.summary,
    ...facts.guardians.map((guardian) => guardian.name),
    ...facts.contacts.flatMap((contact) => [contact.by, contact.note ?? '']),
    ...facts.timeline.map((entry) => entry.what),
  ]);
  if (characters.length > 0) {
    throw new RangeError(
      `the packet has ${characters.length} characters that no font has; it is not printed wrongly`,
    );
  }
}

function heading(level: 1 | 2, text: string): Block {
  return { kind: 'heading', level, spans: [plainSpan(text)] };
}

function paragraph(text: string): Block {
  return { kind: 'paragraph', spans: [plainSpan(text)] };
}

function list(items: readonly string[]): Block {
  return { kind: 'list', ordered: false, items: items.map((item) => [plainSpan(item)]) };
}
