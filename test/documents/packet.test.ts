import { PDFDocument } from '@cantoo/pdf-lib';
import { describe, expect, test } from '@jest/globals';
import { renderLetter } from '../../src/documents/letter.ts';
import { mergePdfs } from '../../src/documents/merge.ts';
import { type PacketFacts, renderPacket } from '../../src/documents/packet.ts';
import { renderPrintRun } from '../../src/documents/print-run.ts';
import { loadTemplates } from '../../src/documents/template.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { aLetter, datesOf } from '../support/letters.ts';
import { aFile, bytesOf, keep } from '../support/packets.ts';
import { type ReadPdf, readPdf } from '../support/pdf.ts';
import { checkWithQpdf } from '../support/qpdf.ts';

async function letterPdf(reference: string): Promise<{ reference: string; pages: number; pdf: Buffer }> {
  const letter = await renderLetter(await loadTemplates('templates'), aLetter({ reference }));
  if (letter.kind !== 'rendered') throw new Error('not rendered');
  return { reference, pages: letter.pages, pdf: letter.pdf };
}

async function aPacket(changes: Partial<PacketFacts> = {}): Promise<PacketFacts> {
  const letter = await letterPdf('L-AAAA-BBBB');
  return aFile({
    student: {
      name: "Łukasz O'Brien-Sánchez",
      grade: '05',
      number: '100231',
      birthDate: schoolDate('2015-02-03'),
    },
    guardians: [{ name: 'Zoë Brontë', relationship: 'Mother', phone: '(303) 555-0199', language: 'es' }],
    summary: 'As of 2026-11-02 the student has been absent 11 days.',
    absences: datesOf(11).map(({ date }, index) => ({
      date,
      code: 'UNX',
      excuse: 'unexcused',
      days: '1',
      running: String(index + 1),
    })),
    contacts: [
      { date: schoolDate('2026-09-09'), by: 'Ana Silva', outcome: 'reached', note: 'Spoke by phone.' },
    ],
    letters: [
      {
        reference: letter.reference,
        kept: keep(letter.pdf),
        title: 'First Letter',
        to: 'Zoë Brontë',
        how: 'e-mail',
        date: schoolDate('2026-10-06'),
        proof: '250 2.0.0 Ok',
      },
    ],
    timeline: [{ date: schoolDate('2026-09-09'), what: 'Attendance file opened' }],
    unconfirmed: ['Letter L-CCCC-DDDD is uncertain: it may not have arrived.'],
    ...changes,
  });
}

async function readPacket(changes: Partial<PacketFacts> = {}) {
  const packet = await renderPacket(await aPacket(changes), bytesOf);
  return { ...packet, read: await readPdf(packet.pdf) };
}

function textsOn(pdf: ReadPdf, page: number): string[] {
  return (pdf.pages[page - 1]?.texts ?? []).map((piece) => piece.text);
}

describe('the packet', () => {
  test('has a cover with the case, the student, the guardians, the officer, the legal basis and what is asked', async () => {
    const { read } = await readPacket();
    const cover = textsOn(read, 1).join(' ');
    for (const part of [
      'R-AAAA-BBBB',
      "Łukasz O'Brien-Sánchez",
      'Officer K. Moreno, County Truancy Office',
      'FERPA, 34 CFR 99.31',
      'Zoë Brontë',
      '(303) 555-0199',
      'Spanish',
      'Please review this file and decide how to proceed.',
      'Letter L-CCCC-DDDD is uncertain',
    ]) {
      expect(cover).toContain(part);
    }
  });

  test('names the true page of each part, in the contents and as bookmarks', async () => {
    const { read, pages } = await readPacket();
    const contents = textsOn(read, 2);
    const parts = [
      ['Attendance', 3],
      ['Contact log', 4],
      ['Letters', 5],
      ['Meetings', 6],
      ['Documents', 7],
      ['Timeline', 8],
    ] as const;
    for (const [title, page] of parts) {
      expect(textsOn(read, page)[0]).toBe(title);
      expect(contents[contents.indexOf(title) + 1]).toBe(String(page));
    }
    expect(contents[contents.indexOf('First Letter L-AAAA-BBBB, as sent') + 1]).toBe('9');
    expect(textsOn(read, 9).join(' ')).toContain('About attendance this school year');
    expect(pages).toBe(9);
    expect(read.bookmarks).toEqual([
      'Cover',
      'Contents',
      ...parts.map(([title]) => title),
      'First Letter L-AAAA-BBBB',
    ]);
  });

  test('numbers every page, the letters too, without touching what they say', async () => {
    const { read } = await readPacket();
    const letter = await letterPdf('L-AAAA-BBBB');
    const alone = textsOn(await readPdf(letter.pdf), 1);
    expect(textsOn(read, 2).at(-1)).toBe('Page 2 of 9, case R-AAAA-BBBB');
    expect(textsOn(read, 9)).toEqual([...alone, 'Page 9 of 9, case R-AAAA-BBBB']);
    const stamp = read.pages[8]?.texts.at(-1);
    expect(stamp?.bottom).toBeLessThan(read.pages[8]?.texts[0]?.top ?? 0);
  });

  test('stays tagged through the merge: a screen reader finds the headings of the letters', async () => {
    const { read, pdf } = await readPacket();
    expect([read.tagged, read.language, read.title]).toEqual([
      true,
      'en',
      'Attendance file, case R-AAAA-BBBB',
    ]);
    expect(read.pages[2]?.roles).toEqual(expect.arrayContaining(['Table', 'TR', 'TH', 'TD']));
    expect(read.pages[8]?.roles).toEqual(expect.arrayContaining(['Part', 'Sect', 'H1', 'L', 'LI']));
    await checkWithQpdf(pdf);
  });

  test('goes on over pages with many absences and long notes, loses nothing, and gives the same bytes again', async () => {
    const words = Array.from({ length: 1500 }, (_, index) => `word${index}`);
    const facts = await aPacket({
      absences: Array.from({ length: 120 }, (_, index) => ({
        date: schoolDate('2026-09-09'),
        code: 'UNX',
        excuse: 'unexcused',
        days: '0.5',
        running: `sum${index}`,
      })),
      contacts: [
        { date: schoolDate('2026-09-09'), by: 'Ana Silva', outcome: 'reached', note: words.join(' ') },
        { date: schoolDate('2026-09-10'), by: 'Ana Silva', outcome: 'reached', note: 'x'.repeat(6000) },
      ],
    });
    const [first, second] = [await renderPacket(facts, bytesOf), await renderPacket(facts, bytesOf)];
    expect(first.pdf.equals(second.pdf)).toBe(true);
    const read = await readPdf(first.pdf);
    const found = read.text.match(/word\d+/g);
    expect(found).toEqual(words);
    expect(read.text.match(/sum\d+/g)).toHaveLength(120);
    expect(read.text.match(/x{3,}/g)?.join('')).toHaveLength(6000);
    for (const page of read.pages) {
      for (const text of page.texts) expect(text.bottom).toBeLessThan(770);
    }
    const attendance = read.pages.filter((page) => page.texts.some((text) => text.text.startsWith('sum')));
    expect(attendance.length).toBeGreaterThan(3);
    for (const page of attendance) expect(page.texts.map((text) => text.text)).toContain('Excuse');
  });

  test('lists tasks where they are given', async () => {
    const { read } = await readPacket({
      tasks: [
        {
          openedOn: schoolDate('2026-09-08'),
          what: 'Contact the family',
          role: 'attendance clerk',
          closedOn: null,
          outcome: null,
        },
      ],
    });
    expect(textsOn(read, 9)).toEqual(expect.arrayContaining(['Tasks', 'Contact the family', 'open']));
  });

  test('shows a contract with its terms and the days that count against it', async () => {
    const { read } = await readPacket({
      contracts: [
        {
          reference: 'C-7F3K-2Q9M',
          terms: 'at most 2 days may be missed',
          agreed: 'signed on September 21, 2026',
          agreedBy: 'Dana Ruiz',
          note: 'Meeting on Monday',
          standing: 'It is violated.',
          days: [
            { date: schoolDate('2026-09-30'), days: '0.5', countsOn: schoolDate('2026-10-05') },
            { date: schoolDate('2027-05-28'), days: '1', countsOn: null },
          ],
        },
      ],
    });
    expect(textsOn(read, 2)).toContain('Attendance contract');
    for (const text of [
      'Contract C-7F3K-2Q9M',
      'at most 2 days may be missed',
      'signed on September 21, 2026',
      'Dana Ruiz',
      'Meeting on Monday',
      'It is violated.',
      'October 5, 2026',
      'not before the school year ends',
    ]) {
      expect(read.text.replaceAll(/\s+/g, ' ')).toContain(text);
    }
  });

  test('without contacts and letters says so', async () => {
    const { read } = await readPacket({ contacts: [], letters: [] });
    expect(read.text).toContain('No contact is on record.');
    expect(read.text).toContain('No letter has been sent.');
  });

  test('spells out what no font has in a note, and says so on the cover', async () => {
    const { read } = await readPacket({
      contacts: [
        { date: schoolDate('2026-09-09'), by: 'Ana Silva', outcome: 'reached', note: 'All is well 👍' },
      ],
    });
    expect(read.text).toContain('All is well [U+1F44D]');
    expect(textsOn(read, 1).join(' ')).toContain('Characters that cannot be printed here');
  });

  test('is not made with a name that cannot be printed as it is written', async () => {
    const facts = await aPacket({
      guardians: [{ name: 'አበ', relationship: null, phone: null, language: 'zh' }],
    });
    await expect(renderPacket(facts, bytesOf)).rejects.toThrow(/2 characters in names that no font has/);
  });
});

describe('a print run', () => {
  const aRun = async (references: readonly string[]) =>
    renderPrintRun({
      reference: 'P-AAAA-BBBB',
      schoolName: 'Cottonwood Elementary',
      districtName: 'Riverbend District',
      date: schoolDate('2026-10-06'),
      letters: (await Promise.all(references.map(letterPdf))).map((letter, index) => ({
        ...letter,
        envelope: index + 1,
        hasAddress: true,
      })),
    });

  test('is a control sheet and the letters in the given order, whole', async () => {
    const run = await aRun(['L-2222-3333', 'L-4444-5555']);
    const pdf = await readPdf(run.pdf);
    expect(textsOn(pdf, 1).join(' ')).toContain(
      '2 letters on 2 pages (2 sheets of paper), from L-2222-3333 to L-4444-5555.',
    );
    expect(pdf.bookmarks).toEqual(['Control sheet', 'L-2222-3333', 'L-4444-5555']);
    expect(textsOn(pdf, 3).join(' ')).toContain('L-2222-3333');
    expect(textsOn(pdf, 5).join(' ')).toContain('L-4444-5555');
    expect(pdf.pages[4]?.roles).toEqual(expect.arrayContaining(['H1', 'P', 'LI']));
    await checkWithQpdf(run.pdf);
  });

  test("never has one family's letter on the back of another's", async () => {
    const run = await aRun(['L-2222-3333', 'L-4444-5555', 'L-6666-7777']);
    const pdf = await readPdf(run.pdf);
    expect(run.pages).toBe(8);
    expect([2, 4, 6, 8].flatMap((page) => textsOn(pdf, page))).toEqual([]);
  });

  test('names no student on its control sheet, and is the same file each time', async () => {
    const [first, second] = [await aRun(['L-2222-3333']), await aRun(['L-2222-3333'])];
    const sheet = textsOn(await readPdf(first.pdf), 1).join(' ');
    expect(sheet).not.toMatch(/Łukasz|Brontë|truancy|absen/i);
    expect(first.pdf.equals(second.pdf)).toBe(true);
  });
});

describe('merging', () => {
  test('refuses a PDF without tags: the result would claim to be accessible and not be', async () => {
    const untagged = await PDFDocument.create();
    untagged.addPage();
    const pdf = Buffer.from(await untagged.save());
    const about = {
      title: 'x',
      author: 'x',
      language: 'en',
      created: new Date('2026-10-06T12:00:00Z'),
      wholeSheets: false,
    };
    await expect(mergePdfs([{ pdf, title: 'a scan', stamp: null }], about)).rejects.toThrow(
      /"a scan" has no tags/,
    );
  });
});
