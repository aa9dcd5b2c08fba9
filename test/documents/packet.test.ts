import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { renderLetter } from '../../src/documents/letter.ts';
import { type PacketFacts, renderPacket } from '../../src/documents/packet.ts';
import { renderPrintRun } from '../../src/documents/print-run.ts';
import { loadTemplates } from '../../src/documents/template.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { aLetter, datesOf } from '../support/letters.ts';
import { readPdf } from '../support/pdf.ts';

async function letterPdf(reference: string): Promise<{ reference: string; pages: number; pdf: Buffer }> {
  const letter = await renderLetter(await loadTemplates('templates'), aLetter({ reference }));
  if (letter.kind !== 'rendered') throw new Error('not rendered');
  return { reference, pages: letter.pages, pdf: letter.pdf };
}

async function aPacket(changes: Partial<PacketFacts> = {}): Promise<PacketFacts> {
  const letter = await letterPdf('L-AAAA-BBBB');
  return {
    caseNumber: 'R-AAAA-BBBB',
    date: schoolDate('2026-11-02'),
    schoolYear: '2026–27',
    district: { name: 'Riverbend District', phone: '(303) 555-0100' },
    school: { name: 'Cottonwood Elementary', phone: '(303) 555-0110' },
    officer: { name: 'Officer K. Moreno', agency: 'County Truancy Office' },
    legalBasis: 'FERPA, 34 CFR 99.31',
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
        ...letter,
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
  };
}

describe('the packet', () => {
  test('has cover, contents with true page numbers, attendance, contacts, timeline and the letters as sent', async () => {
    const packet = await renderPacket(await aPacket());
    const pdf = await readPdf(packet.pdf);
    expect(packet.pages).toBe(5);
    const page = (text: string) =>
      pdf.pages.findIndex((one) => one.texts.some((piece) => piece.text === text)) + 1;
    expect([page('Attendance file for the truancy officer'), page('Unexcused')]).toEqual([1, 0]);
    const cover = (pdf.pages[0]?.texts ?? []).map((piece) => piece.text);
    for (const part of [
      'R-AAAA-BBBB',
      "Łukasz O'Brien-Sánchez",
      'FERPA, 34 CFR 99.31',
      'Zoë Brontë',
      '(303) 555-0199',
    ]) {
      expect(cover).toContain(part);
    }
    for (const [title, number] of [
      ['Attendance', 2],
      ['Contact log', 3],
      ['Timeline', 4],
    ] as const) {
      expect(pdf.pages[number - 1]?.texts[0]?.text).toBe(title);
      expect(cover[cover.lastIndexOf(title) + 1]).toBe(String(number));
    }
    expect(cover[cover.indexOf('First Letter L-AAAA-BBBB, as sent') + 1]).toBe('5');
    expect(pdf.pages[4]?.texts.map((piece) => piece.text).join(' ')).toContain('L-AAAA-BBBB');
    expect(pdf.text).toContain('250 2.0.0 Ok');
    expect(pdf.text).toContain('Letter L-CCCC-DDDD is uncertain');
  });

  test('goes on over pages with many absences and long notes, and gives the same bytes again', async () => {
    const facts = await aPacket({
      absences: Array.from({ length: 120 }, (_, index) => ({
        date: schoolDate('2026-09-09'),
        code: 'UNX',
        excuse: 'unexcused',
        days: '0.5',
        running: String(index),
      })),
      contacts: [
        { date: schoolDate('2026-09-09'), by: 'Ana Silva', outcome: 'reached', note: 'word '.repeat(400) },
      ],
    });
    const [first, second] = [await renderPacket(facts), await renderPacket(facts)];
    expect(first.pages).toBeGreaterThan(7);
    expect(first.pdf.equals(second.pdf)).toBe(true);
  });

  test('without contacts says so', async () => {
    const pdf = await readPdf((await renderPacket(await aPacket({ contacts: [], letters: [] }))).pdf);
    expect(pdf.text).toContain('No contact is on record.');
  });
});

describe('a print run', () => {
  test('is a control sheet and the letters in the given order, whole', async () => {
    const letters = [await letterPdf('L-2222-3333'), await letterPdf('L-4444-5555')];
    const run = await renderPrintRun({
      reference: 'P-AAAA-BBBB',
      schoolName: 'Cottonwood Elementary',
      districtName: 'Riverbend District',
      date: schoolDate('2026-10-06'),
      letters,
    });
    expect(run.pages).toBe(3);
    const pdf = await readPdf(run.pdf);
    expect(pdf.pages[0]?.texts.map((piece) => piece.text).join(' ')).toContain(
      '2 letters on 2 pages, from L-2222-3333 to L-4444-5555.',
    );
    expect(pdf.text).not.toMatch(/truancy|reason/i);
    expect(pdf.pages[1]?.texts.map((piece) => piece.text)).toContain('L-2222-3333');
    expect(pdf.pages[2]?.texts.map((piece) => piece.text)).toContain('L-4444-5555');
    await checkWithQpdf(run.pdf);
  });
});

/** A second opinion from another program, where it is installed. */
async function checkWithQpdf(pdf: Buffer): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-pdf-'));
  const path = join(dir, 'run.pdf');
  try {
    await writeFile(path, pdf);
    execFileSync('qpdf', ['--check', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing || process.env.CI !== undefined) throw error;
    process.stderr.write('qpdf is not installed: the print run was not checked with it\n');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
