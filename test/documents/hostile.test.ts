import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { csvText } from '../../src/cli/csv.ts';
import { controlSheet } from '../../src/documents/control-sheet.ts';
import { type LetterFacts, renderLetter } from '../../src/documents/letter.ts';
import { WINDOW } from '../../src/documents/letter-pdf.ts';
import { renderStaffMail } from '../../src/documents/staff-mail.ts';
import type { Templates } from '../../src/documents/template.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { buildMessage } from '../../src/mail/message.ts';
import { clean } from '../../src/sis/clean.ts';
import { HOSTILE } from '../support/hostile-text.ts';
import { aLetter } from '../support/letters.ts';
import { readPdf } from '../support/pdf.ts';
import { reviewedTemplates } from '../support/reviewed-templates.ts';

const PERCENT = '12.5';

let templates: Templates;
beforeAll(async () => {
  templates = await reviewedTemplates();
});

/** Texts as they come into every field that a record fills, one after the other. */
function hostileLetter(texts: readonly string[], from = 0): Partial<LetterFacts> {
  let next = from;
  const line = () => {
    const text = texts[next % texts.length] ?? '';
    next += 1;
    return clean(text);
  };
  return {
    student: { givenName: line(), familyName: line(), grade: line() },
    addressees: [{ givenName: line(), familyName: line() }],
    postalAddress: { lines: [line(), line()], city: line(), state: line(), postalCode: line() },
    school: { name: line(), phone: line(), addressLines: [line()] },
    signature: { name: line(), title: line() },
    contact: { name: line(), phone: line(), email: line() },
  };
}

/** The elements of a document, in order, without what stands in them. */
const tagsOf = (html: string) => html.match(/<\/?[a-z][a-z0-9]*/gi)?.filter((tag) => tag !== '<br') ?? [];
// biome-ignore lint/suspicious/noControlCharactersInRegex: that none is there is what is asked
const UNSEEN = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/;

async function rendered(facts: LetterFacts) {
  const letter = await renderLetter(templates, facts);
  if (letter.kind !== 'rendered') throw new Error(`not rendered: ${letter.characters.join(' ')}`);
  return letter;
}

describe('every letter template, whatever the records say', () => {
  const letters = [
    'first-letter-to-student',
    'medical-letter-to-student',
    'first-letter',
    'medical-letter',
    'first-term-letter',
    'second-letter',
    'third-letter',
  ];
  const wanted = letters.flatMap((name) =>
    (/^(first|medical)-letter$/.test(name) ? ['en', 'es'] : ['en']).map((language) => ({ name, language })),
  );

  test('the list is that of the templates', () => {
    expect(
      templates.letterNames.filter((name) => !letters.includes(name) && !/correction/.test(name)),
    ).toEqual([]);
  });

  test.each(wanted)('$name in $language: mail and subject', async ({ name, language }) => {
    const plain = await rendered(aLetter({ template: name, language, percent: PERCENT }));
    // Each round has every text in another field.
    for (const from of [0, 3, 8]) {
      const texts = Object.values(HOSTILE);
      const text = texts[from] ?? '';
      const facts = aLetter({ template: name, language, percent: PERCENT, ...hostileLetter(texts, from) });
      const letter = await rendered(facts);
      expect(letter.subject).toBe(plain.subject);
      expect(tagsOf(letter.html)).toEqual(tagsOf(plain.html));
      expect(letter.html).not.toMatch(/<script|<img|<a\s|\son\w+="/i);
      expect(letter.html).not.toMatch(UNSEEN);
      expect(letter.text).not.toMatch(UNSEEN);
      const raw = await buildMessage({
        kind: 'letter',
        ref: facts.reference,
        step: name,
        messageId: '<0123456789abcdef@mail.example.org>',
        date: new Date('2026-10-05T13:00:00Z'),
        from: { name: text, address: 'attendance@example.org' },
        to: { name: text, address: 'ana@families.example' },
        replyTo: null,
        subject: letter.subject,
        text: letter.text,
        html: letter.html,
        language,
        attachments: [],
      });
      const mail = await PostalMime.parse(raw);
      expect(mail.to?.map((one) => one.address)).toEqual(['ana@families.example']);
      expect(mail.bcc ?? []).toEqual([]);
      expect(mail.headers.map(({ key }) => key).filter((key) => /bcc|^cc$/.test(key))).toEqual([]);
    }
  });

  test.each(Object.entries(HOSTILE))(
    '%s: the PDF is tagged as ever, and the address stays in the window',
    async (_, text) => {
      const facts = aLetter(hostileLetter([text]));
      const letter = await rendered(facts);
      const pdf = await readPdf(letter.pdf);
      expect(pdf.tagged).toBe(true);
      expect(pdf.links).toEqual([]);
      expect(pdf.title).toBe(letter.subject);
      expect(letter.pdf.toString('latin1')).not.toMatch(/\/(JavaScript|JS|Launch|OpenAction|AA|URI)\b/);
      expect(pdf.text).not.toMatch(UNSEEN);
      const window = (pdf.pages[0]?.texts ?? []).filter(
        ({ x, top }) => top >= WINDOW.y && top < WINDOW.y + WINDOW.height && x < WINDOW.x + WINDOW.width,
      );
      expect(window.length).toBeGreaterThan(0);
      for (const piece of window) expect(piece.bottom).toBeLessThanOrEqual(WINDOW.y + WINDOW.height);
      expect(letter.pages).toBeLessThan(60);
    },
  );
});

describe('every mail to staff, whatever the records say', () => {
  const values = (text: string) =>
    Object.fromEntries(
      [
        'person.name',
        'tasks.count',
        'officer.name',
        'school.name',
        'delivery',
        'legalBasis',
        'contact.name',
        'contact.phone',
        'what',
        'detail',
        'advice',
        'answer.about',
        'answer.concerns',
        'answer.rest',
        'answer.sender',
      ].map((name) => [name, text]),
    );
  const frame = { district: 'Riverbend', reference: 'M-2222-3333' };
  const neutral = { date: 'October 5, 2026', case: 'R-2222-3333', sha256: 'ab' };

  const TABLE = (text: string) => [{ kind: 'table', head: ['task'], rows: [[text]] } as const];

  test.each([
    'digest',
    'task',
    'weekly-summary',
    'packet',
    'correction',
    'student-left',
    'alert',
    'trouble',
    'reply',
  ] as const)('%s', (name) => {
    const render = (text: string) =>
      renderStaffMail(
        templates,
        name,
        { ...values(text), ...neutral },
        {
          tasks: TABLE(text),
          figures: TABLE(text),
          answer: [{ kind: 'paragraph', spans: [{ text, bold: false, italic: false, href: null }] }],
        },
        frame,
      );
    const plain = render('Ada');
    for (const text of Object.values(HOSTILE).map((one) => clean(one))) {
      const mail = render(text);
      expect(tagsOf(mail.html)).toEqual(tagsOf(plain.html));
      expect(mail.html).not.toMatch(UNSEEN);
      expect(mail.text).not.toMatch(UNSEEN);
    }
  });
});

test.each(Object.entries(HOSTILE))('%s in the name of a school: the control sheet', async (_, text) => {
  const bytes = await controlSheet({
    reference: 'P-2222-3333',
    schoolName: clean(text),
    districtName: 'Riverbend',
    printedOn: schoolDate('2026-10-05'),
    asOf: schoolDate('2026-10-06'),
    letters: (['to-post', 'pull', 'pulled', 'posted', 'returned'] as const).map((state, index) => ({
      reference: `L-2222-333${index}`,
      pages: 1,
      envelope: 1 + Math.floor(index / 2),
      hasAddress: index % 2 === 0,
      state,
    })),
  });
  const pdf = await readPdf(bytes);
  expect(pdf.tagged).toBe(true);
  expect(pdf.text).toContain('Pull from the pile: do not post');
  expect(pdf.text).not.toMatch(UNSEEN);
  expect(bytes.toString('latin1')).not.toMatch(/\/(JavaScript|JS|Launch|OpenAction|AA)\b/);
});

test('CSV: a cell stays one cell, and none begins as a formula', () => {
  const cell = fc.oneof(
    fc.constantFrom(...Object.values(HOSTILE), '＝1+1', '＋1', '－1', '＠x', '\n=1', ' =1', '|x'),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 4 }), (rows) => {
      const read: string[][] = parse(csvText(['one', 'two'], rows), { recordDelimiter: '\r\n' });
      expect(read).toHaveLength(rows.length + 1);
      for (const [index, row] of rows.entries()) {
        const back = read[index + 1] ?? [];
        expect(back).toHaveLength(2);
        for (const [column, text] of row.entries()) {
          expect([text, `'${text}`]).toContain(back[column]);
          expect(back[column]?.trimStart()).not.toMatch(/^[=+\-@＝＋－＠]/);
        }
      }
    }),
    { numRuns: 200 },
  );
});
