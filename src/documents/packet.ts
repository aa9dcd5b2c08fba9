import { createHash } from 'node:crypto';
import type { AboutBound, PartToBind } from './bind-messages.ts';
import { bindPdfs, type SourcePart, type Unbound } from './bind-pdfs.ts';
import { type Block, paragraph } from './content.ts';
import { longDate } from './dates.ts';
import { missingGlyphs } from './fonts.ts';
import type { KeptBytes, PacketFacts } from './packet-facts.ts';
import type { ManifestPart } from './packet-manifest.ts';
import { contentsBlocks, coverBlocks, type PacketSection, packetSections } from './packet-pages.ts';
import { writeBlocks } from './pdf-blocks.ts';
import { closePdf, letterhead, openPdf, section } from './pdf-page.ts';
import { unboundInWords } from './unbound-words.ts';

export type { PacketFacts } from './packet-facts.ts';

export interface RenderedPacket {
  readonly pdf: Buffer;
  readonly sha256: string;
  readonly pages: number;
  readonly parts: readonly ManifestPart[];
  /** Documents that could not be bound: a page in their place says so. */
  readonly unbound: readonly { readonly documentId: string; readonly reason: Unbound }[];
  /** Of the process that bound it, at its highest, in bytes; null where the system does not tell. */
  readonly memory: number | null;
}

/**
 * One PDF for the truancy officer: cover, contents, attendance table, contact log, letters, meetings, contract, documents,
 * timeline, tasks; then each letter exactly as it was sent, and each document as it was handed in. Notes may hold
 * characters that the fonts lack, which are then spelled out. The same facts and bytes give the same file.
 * @param read the bytes of a kept document
 * @param mark on every page, where the packet is something special: a copy, a correction, not sent
 * @throws RangeError when a name cannot be printed as it is written
 */
export async function renderPacket(
  facts: PacketFacts,
  read: (kept: KeptBytes) => Promise<Uint8Array>,
  mark: string | null = null,
): Promise<RenderedPacket> {
  refuseUnprintableNames(facts);
  const bodies = bodiesOf(facts);
  const parts = bodies.map(({ kept, part }): SourcePart => ({ ...part, read: () => read(kept) }));
  let front: FrontPages | null = null;
  const known = new Map(
    bodies.flatMap(({ unbound }, number) =>
      unbound === null ? [] : [[number, unbound as Unbound] as const],
    ),
  );
  const bound = await bindPdfs({
    about: aboutOf(facts, mark),
    parts,
    known,
    async front(counts) {
      // The contents need page numbers, and the page numbers need the contents: their size is the same in both passes.
      const draft = await frontPages(facts, bodies, counts, null);
      front = await frontPages(facts, bodies, counts, draft);
      const { bytes: pdf, pages } = front;
      const sections = [
        { title: 'Cover', page: 1 },
        { title: 'Contents', page: front.contentsPage },
        ...front.starts,
      ];
      const title = titleOf(facts);
      return { title, source: 'own', mediaType: 'application/pdf', sections, stamp: '', pdf, pages };
    },
    instead: async (part, reason) => ({ ...part, ...OWN, pdf: await pageInstead(facts, part.title, reason) }),
  });
  const unbound = bodies.flatMap(({ kept }, number) => {
    const reason = bound.unbound.get(number);
    return reason === undefined ? [] : [{ documentId: kept.documentId, reason }];
  });
  const { pdf, pages, places, memory } = bound;
  return {
    pdf,
    sha256: createHash('sha256').update(pdf).digest('hex'),
    pages,
    parts: [
      ...ownParts(front),
      ...bodies.map((body, number) => ({
        kind: body.kind,
        title: body.part.title,
        reference: body.reference,
        date: body.date,
        firstPage: places[number]?.page ?? 0,
        lastPage: (places[number]?.page ?? 0) + (places[number]?.pages ?? 0) - 1,
        mediaType: body.kept.mediaType,
        sha256: body.kept.sha256,
        bound: bound.unbound.get(number) ?? ('as-it-is' as const),
      })),
    ],
    unbound,
    memory,
  };
}

const OWN = { source: 'own', mediaType: 'application/pdf' } as const;

/** A letter or a document behind the pages of our own. */
interface Body {
  readonly kind: 'letter' | 'document' | 'evidence';
  readonly reference: string;
  readonly date: PacketFacts['date'] | null;
  readonly kept: KeptBytes;
  readonly part: PartToBind;
  /** As in the contents. */
  readonly line: string;
  readonly unbound: string | null;
}

function bodiesOf(facts: PacketFacts): Body[] {
  const letters = facts.letters.map((letter): Body => {
    const title = `${letter.title} ${letter.reference}`;
    return {
      kind: 'letter',
      reference: letter.reference,
      date: letter.date,
      kept: letter.kept,
      part: { title, ...OWN, stamp: '' },
      line: `${title}, as sent`,
      unbound: null,
    };
  });
  const documents = facts.documents.map((document): Body => {
    const title = `${document.title} ${document.reference}`;
    const { kept, own, unbound } = document;
    return {
      kind: own ? 'evidence' : 'document',
      reference: document.reference,
      date: document.date,
      kept,
      part: own
        ? { title, ...OWN, stamp: '' }
        : { title, source: 'received', mediaType: kept.mediaType, stamp: `${title}    ` },
      line: own ? title : `${title}, as handed in`,
      unbound,
    };
  });
  return [...letters, ...documents];
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
  bodies: readonly Body[],
  counts: readonly number[],
  draft: FrontPages | null,
): Promise<FrontPages> {
  const sections = packetSections(facts);
  const canvas = openPdf(documentOf(facts));
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
    writeBlocks(sect, contentsBlocks(contents(sections, bodies, counts, draft))),
  );
  const starts = sections.map(({ title, blocks }) => {
    pdf.addPage();
    const page = pdf.bufferedPageRange().count;
    section(canvas, 'Sect', 'en', (sect) => writeBlocks(sect, [chapter(title), ...blocks]));
    return { title, page };
  });
  const closed = await closePdf(canvas, {
    footer: () => ({ left: titleOf(facts), right: facts.schoolYear }),
  });
  return { ...closed, starts, contentsPage };
}

/** Each section, letter and document with the page on which it begins; in the first pass the pages are not known. */
function contents(
  sections: readonly PacketSection[],
  bodies: readonly Body[],
  counts: readonly number[],
  draft: FrontPages | null,
): [string, string][] {
  const own = sections.map(({ title }, index): [string, string] => [
    title,
    String(draft?.starts[index]?.page ?? 0),
  ]);
  let next = (draft?.pages ?? 0) + 1;
  const behind = bodies.map(({ line }, index): [string, string] => {
    const page = next;
    next += counts[index] ?? 0;
    return [line, String(page)];
  });
  return [...own, ...behind];
}

/** Our own pages are one part, with what is on them. */
function ownParts(front: FrontPages | null): ManifestPart[] {
  if (front === null) return [];
  return [
    {
      kind: 'pages',
      title: 'Cover, contents and the record of the file',
      reference: null,
      date: null,
      firstPage: 1,
      lastPage: front.pages,
      mediaType: 'application/pdf',
      sha256: createHash('sha256').update(front.bytes).digest('hex'),
      bound: 'as-it-is',
      sections: [
        { title: 'Cover', page: 1 },
        { title: 'Contents', page: front.contentsPage },
        ...front.starts,
      ],
    },
  ];
}

async function pageInstead(facts: PacketFacts, title: string, reason: Unbound): Promise<Buffer> {
  const canvas = openPdf(documentOf(facts));
  canvas.pdf.addPage();
  section(canvas, 'Sect', 'en', (sect) =>
    writeBlocks(sect, [
      chapter(title),
      paragraph(
        `This document could not be bound, because ${unboundInWords(reason)}. It lies in the attendance file of the school; the manifest beside this file names its SHA-256. Ask the school for it: ${facts.school.phone}.`,
      ),
    ]),
  );
  const { bytes } = await closePdf(canvas, {
    footer: () => ({ left: titleOf(facts), right: facts.schoolYear }),
  });
  return bytes;
}

function aboutOf(facts: PacketFacts, mark: string | null): AboutBound {
  const running = facts.caseNumber === null ? 'no case' : `case ${facts.caseNumber}`;
  return { ...documentOf(facts), running, mark };
}

function documentOf(facts: PacketFacts) {
  return {
    title: titleOf(facts),
    author: facts.district.name,
    language: 'en',
    created: new Date(`${facts.date}T12:00:00Z`),
  };
}

function titleOf(facts: PacketFacts): string {
  return facts.caseNumber === null ? 'Attendance file' : `Attendance file, case ${facts.caseNumber}`;
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
