import type { Block } from './content.ts';
import { longDate } from './dates.ts';
import { missingGlyphs } from './fonts.ts';
import { mergePdfs } from './merge.ts';
import type { PacketFacts } from './packet-facts.ts';
import { contentsBlocks, coverBlocks, type PacketSection, packetSections } from './packet-pages.ts';
import { writeBlocks } from './pdf-blocks.ts';
import { closePdf, letterhead, openPdf, section } from './pdf-page.ts';

export type { PacketFacts } from './packet-facts.ts';

/**
 * One PDF for the truancy officer: cover, contents, attendance table, contact log, letters, timeline, tasks, and each
 * letter exactly as it was sent. Notes may hold characters that the fonts lack, which are then spelled out.
 * @throws RangeError when a name cannot be printed as it is written
 */
export async function renderPacket(facts: PacketFacts): Promise<{ pdf: Buffer; pages: number }> {
  refuseUnprintableNames(facts);
  const sections = packetSections(facts);
  // The contents need page numbers, and the page numbers need the contents: their size is the same in both passes.
  const draft = await frontPages(facts, sections, null);
  const front = await frontPages(facts, sections, draft);
  const letters = facts.letters.map((letter) => ({
    pdf: letter.pdf,
    title: letterTitle(letter),
    stamp: (page: number, pages: number) => `Case ${facts.caseNumber}    ${page} / ${pages}`,
  }));
  const bookmarks = [
    { title: 'Cover', page: 1 },
    { title: 'Contents', page: front.contentsPage },
    ...front.starts,
  ];
  const merged = await mergePdfs(
    [{ pdf: front.bytes, title: titleOf(facts), sections: bookmarks, stamp: null }, ...letters],
    {
      title: titleOf(facts),
      author: facts.district.name,
      language: 'en',
      created: createdOn(facts),
      wholeSheets: false,
    },
  );
  if (merged.pages !== pagesOf(facts, front)) {
    throw new Error(`case ${facts.caseNumber}: a letter has another number of pages than the file says`);
  }
  return { pdf: merged.bytes, pages: merged.pages };
}

interface FrontPages {
  readonly bytes: Buffer;
  readonly pages: number;
  readonly contentsPage: number;
  /** Where each section begins. */
  readonly starts: readonly { readonly title: string; readonly page: number }[];
}

async function frontPages(
  facts: PacketFacts,
  sections: readonly PacketSection[],
  draft: FrontPages | null,
): Promise<FrontPages> {
  const canvas = openPdf({
    title: titleOf(facts),
    author: facts.district.name,
    language: 'en',
    created: createdOn(facts),
  });
  const { pdf } = canvas;
  pdf.addPage();
  section(canvas, 'Sect', 'en', (sect) => {
    letterhead(sect, facts.school.name, [
      facts.district.name,
      facts.school.phone,
      longDate(facts.date, 'en'),
    ]);
    pdf.y += 22;
    writeBlocks(sect, coverBlocks(facts));
  });
  pdf.addPage();
  const contentsPage = pdf.bufferedPageRange().count;
  section(canvas, 'Sect', 'en', (sect) =>
    writeBlocks(sect, contentsBlocks(contents(facts, sections, draft))),
  );
  const starts = sections.map(({ title, blocks }) => {
    pdf.addPage();
    const page = pdf.bufferedPageRange().count;
    section(canvas, 'Sect', 'en', (sect) => writeBlocks(sect, [chapter(title), ...blocks]));
    return { title, page };
  });
  const closed = await closePdf(canvas, {
    footer: (page) => ({
      left: `Case ${facts.caseNumber}    ${facts.schoolYear}`,
      right: `${page} / ${draft === null ? page : pagesOf(facts, draft)}`,
    }),
  });
  return { ...closed, starts, contentsPage };
}

/** Each section and letter with the page on which it begins; in the first pass the pages are not known. */
function contents(
  facts: PacketFacts,
  sections: readonly PacketSection[],
  draft: FrontPages | null,
): [string, string][] {
  const own = sections.map(({ title }, index): [string, string] => [
    title,
    String(draft?.starts[index]?.page ?? 0),
  ]);
  let next = (draft?.pages ?? 0) + 1;
  const letters = facts.letters.map((letter): [string, string] => {
    const page = next;
    next += letter.pages;
    return [`${letterTitle(letter)}, as sent`, String(page)];
  });
  return [...own, ...letters];
}

function pagesOf(facts: PacketFacts, front: FrontPages): number {
  return facts.letters.reduce((sum, letter) => sum + letter.pages, front.pages);
}

function letterTitle(letter: PacketFacts['letters'][number]): string {
  return `${letter.title} ${letter.reference}`;
}

function titleOf(facts: PacketFacts): string {
  return `Attendance file, case ${facts.caseNumber}`;
}

function createdOn(facts: PacketFacts): Date {
  return new Date(`${facts.date}T12:00:00Z`);
}

function chapter(title: string): Block {
  return { kind: 'heading', level: 1, spans: [{ text: title, bold: true, italic: false, href: null }] };
}

/** The letters inside were checked when they were written. */
function refuseUnprintableNames(facts: PacketFacts): void {
  const characters = missingGlyphs([
    facts.student.name,
    facts.district.name,
    facts.school.name,
    facts.officer.name,
    facts.officer.agency,
    facts.legalBasis,
    ...facts.guardians.map((guardian) => guardian.name),
    ...facts.contacts.map((contact) => contact.by),
    ...facts.letters.flatMap((letter) => [letter.title, letter.to]),
  ]);
  if (characters.length === 0) return;
  throw new RangeError(
    `the packet has ${characters.length} characters in names that no font has; it is not printed wrongly`,
  );
}
