import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { degrees, PDFDocument, PDFName, PDFString, rgb } from '@cantoo/pdf-lib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { type RenderedPacket, renderPacket } from '../../src/documents/packet.ts';
import type { KeptBytes } from '../../src/documents/packet-facts.ts';
import { aDocument, aFile, bytesOf, keep } from '../support/packets.ts';
import { readPdf } from '../support/pdf.ts';
import { checkWithQpdf, runInstalled } from '../support/qpdf.ts';

/** A scan with text, on pages of any size and turn. */
async function aScan(
  words: string,
  { pages = 1, size = [612, 792] as [number, number], turn = 0 } = {},
): Promise<Buffer> {
  const pdf = await PDFDocument.create();
  for (let page = 1; page <= pages; page += 1) {
    const made = pdf.addPage(size);
    made.drawText(`${words} ${page}`, { x: 40, y: size[1] - 60, size: 24 });
    made.drawRectangle({ x: 0, y: 0, width: 20, height: 20, color: rgb(1, 0, 0) });
    made.setRotation(degrees(turn));
  }
  return Buffer.from(await pdf.save());
}

/** A photo of a page that no compression makes small. */
async function aPhoto(width: number, height: number): Promise<Buffer> {
  const raw = Buffer.alloc(width * height * 3);
  let seed = 7;
  for (let index = 0; index < raw.length; index += 1) {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    raw[index] = seed >> 16;
  }
  return sharp(raw, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 92 })
    .toBuffer();
}

const packetOf = async (
  documents: readonly { kept: KeptBytes; own?: boolean }[],
  mark: string | null = null,
) =>
  renderPacket(aFile({ documents: documents.map((one, index) => aDocument(index + 1, one)) }), bytesOf, mark);

describe('forty documents, some of them photos of 10 MB', () => {
  let packet: RenderedPacket;

  beforeAll(async () => {
    const photo = keep(await aPhoto(4_000, 3_000), 'image/jpeg');
    expect(bytesOf.sizeOf(photo)).toBeGreaterThan(10_000_000);
    const scan = keep(await aScan('scan', { pages: 2 }));
    const documents = Array.from({ length: 40 }, (_, index) => ({ kept: index % 8 === 0 ? photo : scan }));
    packet = await packetOf(documents);
  }, 90_000);

  test('are bound with less than 300 MB of memory', () => {
    expect(packet.unbound).toEqual([]);
    expect(packet.memory).toBeGreaterThan(0);
    expect(packet.memory).toBeLessThan(300 * 1024 * 1024);
  });

  test('give a file that pdfinfo and qpdf take, with every page in its place and shown', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-packet-'));
    try {
      const file = join(folder, 'packet.pdf');
      writeFileSync(file, packet.pdf);
      const info = runInstalled('pdfinfo', [file]);
      if (info !== null) expect(info).toMatch(new RegExp(`Pages:\\s+${packet.pages}\\b`));
      await checkWithQpdf(packet.pdf);
      const last = packet.parts.at(-1);
      expect(last).toMatchObject({ reference: 'D-0040', lastPage: packet.pages, bound: 'as-it-is' });
      const page = ['-r', '20', '-png', '-f', String(packet.pages), file, join(folder, 'page')];
      if (runInstalled('pdftoppm', page) === null) return;
      const shown = readdirSync(folder).find((name) => name.endsWith('.png'));
      const { channels } = await sharp(join(folder, shown ?? '')).stats();
      expect(channels[1]?.min).toBeLessThan(100);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('the manifest accounts for every page and every byte', () => {
    let next = 1;
    for (const part of packet.parts) {
      expect(part.firstPage).toBe(next);
      next = part.lastPage + 1;
    }
    expect(next - 1).toBe(packet.pages);
    expect(packet.sha256).toBe(createHash('sha256').update(packet.pdf).digest('hex'));
  });
});

describe('what was handed in', () => {
  test('is shown whole, upright and under the running page numbers, with tags and bookmarks', async () => {
    const tall = keep(await aScan('tall', { size: [300, 1200] }));
    const turned = keep(await aScan('turned', { turn: 90 }));
    const picture = keep(
      await sharp({ create: { width: 40, height: 30, channels: 4, background: '#3366ff' } })
        .png()
        .toBuffer(),
      'image/png',
    );
    const packet = await packetOf(
      [{ kept: tall }, { kept: turned }, { kept: picture }],
      'Copy 2 of case R-AAAA-BBBB',
    );
    const read = await readPdf(packet.pdf);
    await checkWithQpdf(packet.pdf);
    expect(packet.unbound).toEqual([]);
    const pages = read.pages.slice(-3);
    for (const [index, page] of pages.entries()) {
      const number = packet.pages - 2 + index;
      const texts = page.texts.map(({ text }) => text).join(' ');
      expect(texts).toContain(`Page ${number} of ${packet.pages}, case R-AAAA-BBBB`);
      expect(texts).toContain('Copy 2 of case R-AAAA-BBBB');
      expect(page.roles).toEqual(expect.arrayContaining(['Part', 'Figure']));
    }
    expect(pages[0]?.texts.map(({ text }) => text)).toContain('tall 1');
    expect(read.bookmarks.slice(-3)).toEqual([
      'Medical note D-0001',
      'Medical note D-0002',
      'Medical note D-0003',
    ]);
    const again = await packetOf(
      [{ kept: tall }, { kept: turned }, { kept: picture }],
      'Copy 2 of case R-AAAA-BBBB',
    );
    expect(again.pdf.equals(packet.pdf)).toBe(true);
  });

  test('brings nothing along that acts, and what was filled in is shown', async () => {
    const pdf = await PDFDocument.create();
    const page = pdf.addPage();
    const field = pdf.getForm().createTextField('note');
    field.setText('filled in by the doctor');
    field.addToPage(page, { x: 50, y: 500, width: 300, height: 30 });
    pdf.addJavaScript('open', 'app.alert(1)');
    const uri = pdf.context.obj({ Type: 'Action', S: 'URI', URI: PDFString.of('https://evil.example.org') });
    page.node.addAnnot(
      pdf.context.register(
        pdf.context.obj({ Type: 'Annot', Subtype: 'Link', Rect: [0, 0, 600, 700], A: uri }),
      ),
    );
    page.node.set(PDFName.of('AA'), pdf.context.obj({ O: uri }));
    const packet = await packetOf([{ kept: keep(Buffer.from(await pdf.save())) }]);
    expect(packet.unbound).toEqual([]);
    const read = await readPdf(packet.pdf);
    expect(
      read.pages
        .at(-1)
        ?.texts.map(({ text }) => text)
        .join(' '),
    ).toContain('filled in by the doctor');
    expect(read.links).toEqual([]);
    const raw = packet.pdf.toString('latin1');
    for (const word of ['/JavaScript', '/JS', '/AA', '/OpenAction', 'evil.example.org', '/AcroForm'])
      expect(raw).not.toContain(word);
  });

  test('and cannot be bound has a page in its place that says so, and its hash in the manifest', async () => {
    const good = keep(await aScan('good'));
    const hostile = [
      keep(Buffer.from('%PDF-1.7\nthis is no document')),
      keep(Buffer.alloc(0)),
      keep(Buffer.from('not a picture'), 'image/png'),
    ];
    const packet = await packetOf([{ kept: good }, ...hostile.map((kept) => ({ kept })), { kept: good }]);
    expect(packet.unbound.map(({ documentId }) => documentId)).toEqual(hostile.map(({ sha256 }) => sha256));
    expect(packet.parts.slice(-5).map(({ bound, sha256 }) => [bound, sha256])).toEqual([
      ['as-it-is', good.sha256],
      ...hostile.map(({ sha256 }) => ['unreadable', sha256]),
      ['as-it-is', good.sha256],
    ]);
    const read = await readPdf(packet.pdf);
    expect(read.text.match(/This document could not be bound, because it cannot be read/g)).toHaveLength(3);
    expect(read.text).toContain('good 1');
  });

  test('of which it is known that it cannot be bound is not tried again', async () => {
    const good = keep(await aScan('never read'));
    const facts = aFile({ documents: [{ ...aDocument(1, { kept: good }), unbound: 'took-too-long' }] });
    const packet = await renderPacket(facts, bytesOf);
    expect(packet.unbound).toEqual([{ documentId: good.documentId, reason: 'took-too-long' }]);
    expect((await readPdf(packet.pdf)).text).not.toContain('never read');
  });
});
