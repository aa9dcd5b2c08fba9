import { createHash } from 'node:crypto';
import { bindPdfs } from './bind-pdfs.ts';
import type { RenderedPacket } from './packet.ts';
import type { PacketFacts } from './packet-facts.ts';
import type { ManifestPart } from './packet-manifest.ts';

/** The same pages once more, with a mark on each that says what they are. */
export async function renderCopy(
  original: {
    readonly pdf: Buffer;
    readonly pages: number;
    readonly parts: readonly ManifestPart[];
    readonly facts: Pick<PacketFacts, 'caseNumber' | 'district'>;
  },
  mark: string,
  created: Date,
): Promise<RenderedPacket> {
  const title = `Attendance file, case ${original.facts.caseNumber}`;
  const sections = original.parts.flatMap((part) =>
    part.sections === undefined ? [{ title: part.title, page: part.firstPage }] : part.sections,
  );
  const bound = await bindPdfs({
    about: {
      title,
      author: original.facts.district.name,
      language: 'en',
      created,
      running: `case ${original.facts.caseNumber}`,
      mark,
    },
    parts: [],
    known: new Map(),
    front: async () => ({
      title,
      source: 'own',
      mediaType: 'application/pdf',
      sections,
      // Its pages have their numbers.
      stamp: null,
      pdf: original.pdf,
      pages: original.pages,
    }),
    instead: async () => {
      throw new Error('a copy has one part');
    },
  });
  return {
    pdf: bound.pdf,
    sha256: createHash('sha256').update(bound.pdf).digest('hex'),
    pages: bound.pages,
    parts: original.parts,
    unbound: [],
    memory: bound.memory,
  };
}
