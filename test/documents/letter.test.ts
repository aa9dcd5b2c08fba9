import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type RenderedLetter, renderLetter } from '../../src/documents/letter.ts';
import { WINDOW } from '../../src/documents/letter-pdf.ts';
import { type LetterFrame, letterVersion } from '../../src/documents/letter-version.ts';
import { loadTemplates, type Templates } from '../../src/documents/template.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { aLetter, datesOf } from '../support/letters.ts';
import { actualTexts, readPdf } from '../support/pdf.ts';
import { checkWithQpdf } from '../support/qpdf.ts';
import { reviewedTemplates } from '../support/reviewed-templates.ts';

/** An eighth of an inch: how far the sheet may slip in its envelope. */
const EIGHTH = 9;
/** Where the text of a letter begins, below its window. */
const BODY_TOP = 252;

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates('templates');
});

async function rendered(changes: Parameters<typeof aLetter>[0] = {}, from: Templates = templates) {
  const letter = await renderLetter(from, aLetter(changes));
  if (letter.kind !== 'rendered') throw new Error(`not rendered: ${letter.kind}`);
  return letter;
}

function footerOf(page: { texts: readonly { text: string; top: number }[] }): string {
  return page.texts
    .filter((text) => text.top > 740)
    .map((text) => text.text)
    .join(' ');
}

function everywhere(letter: Extract<RenderedLetter, { kind: 'rendered' }>, pdfText: string): string[] {
  return [pdfText, letter.html, letter.text];
}

describe('a letter', () => {
  test('says the same as PDF, HTML and text, names and all', async () => {
    const letter = await rendered();
    const pdf = await readPdf(letter.pdf);
    for (const version of everywhere(letter, pdf.text)) {
      const plain = version.replaceAll('&#39;', "'");
      for (const part of [
        "Łukasz O'Brien-Sánchez",
        'Nguyễn Thị Minh',
        'Zoë Brontë',
        '7 days',
        'Ana Silva',
        'L-7F3K-2Q9M',
      ]) {
        expect(plain).toContain(part);
      }
    }
  });

  test('has a subject and a title without name or reason', async () => {
    const letter = await rendered();
    expect(letter.subject).toBe('About school attendance');
    expect((await readPdf(letter.pdf)).title).toBe('About school attendance');
  });

  test('is tagged, in its language, with headings, lists and paragraphs in the structure tree', async () => {
    const pdf = await readPdf((await rendered()).pdf);
    expect(pdf.tagged).toBe(true);
    expect(pdf.language).toBe('en');
    expect(pdf.pages[0]?.roles).toEqual(
      expect.arrayContaining(['Document', 'Sect', 'H1', 'H2', 'P', 'L', 'LI', 'LBody']),
    );
  });

  test('puts the address, and nothing else, into the window of a #10 envelope', async () => {
    const pdf = await readPdf((await rendered()).pdf);
    const inWindow = (pdf.pages[0]?.texts ?? []).filter(
      (text) =>
        text.top < WINDOW.y + WINDOW.height && text.bottom > WINDOW.y && text.x < WINDOW.x + WINDOW.width,
    );
    expect(inWindow.map((text) => text.text).join('\n')).toBe(
      'Nguyễn Thị Minh\nZoë Brontë\n4711 Long Meadow Boulevard\nApartment 12B\nRiverbend, CO 80001',
    );
    for (const text of inWindow) {
      expect(text.x).toBeGreaterThanOrEqual(WINDOW.x + EIGHTH);
      expect(text.top).toBeGreaterThanOrEqual(WINDOW.y + EIGHTH);
      expect(text.bottom).toBeLessThanOrEqual(WINDOW.y + WINDOW.height - EIGHTH);
    }
  });

  test('keeps a long address inside the window, to its last line', async () => {
    const person = { givenName: 'Maximiliano '.repeat(8), familyName: 'Featherstonehaugh-Cholmondeley' };
    const letter = await rendered({
      addressees: [person, { ...person, givenName: 'Wolfeschlegelsteinhausen '.repeat(6) }],
      postalAddress: {
        lines: ['Care of the family', '4711 Long Meadow Boulevard', 'Building 7', 'Apartment 12B'],
        city: 'Riverbend',
        state: 'CO',
        postalCode: '80001',
      },
    });
    const texts = (await readPdf(letter.pdf)).pages[0]?.texts ?? [];
    const lines = texts.filter(
      (text) => text.x < WINDOW.x + WINDOW.width && text.top > 140 && text.top < 240,
    );
    expect(lines.at(-1)?.text).toBe('Riverbend, CO 80001');
    for (const text of lines) {
      expect(text.bottom).toBeLessThanOrEqual(WINDOW.y + WINDOW.height - EIGHTH);
      expect(text.right).toBeLessThanOrEqual(WINDOW.x + WINDOW.width - EIGHTH);
    }
  });

  test('goes to a second page with its dates when they do not fit, each page with reference and number', async () => {
    const pdf = await readPdf((await rendered({ dates: datesOf(30), count: '28' })).pdf);
    expect(pdf.pages).toHaveLength(2);
    expect(pdf.pages.map(footerOf)).toEqual(['L-7F3K-2Q9M 2026–27 1 / 2', 'L-7F3K-2Q9M 2026–27 2 / 2']);
    expect(pdf.pages[1]?.texts[0]?.text).toBe('Absences counted through October 1, 2026');
  });

  test('shows each of many dates whole, also in a language that needs more room', async () => {
    const letter = await rendered({ dates: datesOf(30), language: 'es' }, await reviewedTemplates());
    const { text } = await readPdf(letter.pdf);
    expect(text).not.toContain('…');
    expect(text.match(/\(medio día\)/g)).toHaveLength(7);
    expect(text.match(/\(half day\)/g)).toHaveLength(7);
  });

  test('greets both guardians of a household in one sentence', async () => {
    const letter = await rendered({ language: 'es' }, await reviewedTemplates());
    expect(letter.text).toContain('Dear Nguyễn Thị Minh and Zoë Brontë,');
    expect(letter.text).toContain('Estimada familia: Nguyễn Thị Minh y Zoë Brontë');
  });

  test('never shows the address in a mail: only paper needs it', async () => {
    const letter = await rendered();
    expect(letter.html + letter.text).not.toContain('Long Meadow');
  });

  test('marks half days and lists every date once', async () => {
    const letter = await rendered();
    expect(letter.text).toContain('- Fri, Sep 4, 2026 (half day)');
    expect(letter.text.match(/^- \w{3}, Sep/gm)).toHaveLength(7);
  });

  test('without a date to list has no empty list', async () => {
    const letter = await rendered({ dates: [] });
    expect(letter.html).not.toMatch(/<ul[^>]*><\/ul>/);
  });

  test('gives the same bytes for the same facts', async () => {
    const [first, second] = [await rendered(), await rendered()];
    expect(first.pdf.equals(second.pdf)).toBe(true);
    expect(first.html).toBe(second.html);
  });

  test('is held rather than printed with a wrong glyph', async () => {
    const letter = await renderLetter(
      templates,
      aLetter({ addressees: [{ givenName: 'አበበ', familyName: 'በቀለ' }] }),
    );
    expect(letter).toEqual({ kind: 'missing-glyph', characters: ['ለ', 'ቀ', 'በ', 'አ'] });
  });
});

describe('what was counted', () => {
  /** The shipped templates with one more letter, in English and Spanish. */
  async function withLetter(body: string): Promise<Templates> {
    const dir = await mkdtemp(join(tmpdir(), 'rollcall-templates-'));
    try {
      await cp('templates', dir, { recursive: true });
      for (const [language, review] of [
        ['en', ''],
        ['es', 'reviewed: { by: "Language office", on: 2026-08-01 }\n'],
      ])
        await writeFile(
          join(dir, 'letters', `counted.${language}.md`),
          `---\nsubject: "About attendance"\nversion: 1\n${review}---\n\n${body}\n`,
        );
      return await loadTemplates(dir);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }
  const term = { template: 'counted', countedFrom: schoolDate('2027-01-04'), asOf: schoolDate('2027-02-12') };

  test('is told with its dates, in each language', async () => {
    const from = await withLetter('Counted: {{ absence.window }}.');
    expect((await rendered(term, from)).text).toContain('Counted: January 4 – February 12, 2027.');
    const spanish = await rendered({ ...term, language: 'es' }, from);
    expect(spanish.text).toContain('Counted: 4 de enero – 12 de febrero de 2027.');
    expect((await readPdf(spanish.pdf)).text).toContain('4 de enero – 12 de febrero de 2027');
  });

  test('is told in percent, in each language', async () => {
    const from = await withLetter('That is {{ absence.percent }} of the days.');
    expect((await rendered({ ...term, percent: '12.25' }, from)).text).toContain(
      'That is 12.25% of the days.',
    );
    expect((await rendered({ ...term, percent: '10', language: 'es' }, from)).text).toContain(
      'That is 10 % of the days.',
    );
  });

  test('is not written where the step counts days and the letter speaks of percent', async () => {
    const from = await withLetter('That is {{ absence.percent }} of the days.');
    await expect(rendered(term, from)).rejects.toThrow('no value for the placeholder absence.percent');
  });
});

describe('the version of a letter', () => {
  const picture = (byte: number) => ({ bytes: Buffer.from([byte]), width: 1, height: 1, alt: 'Logo' });
  const frame = (changes: Partial<LetterFrame> = {}) => ({
    letterhead: ['Cedar Valley High School'],
    signature: { name: 'Ana Silva', title: 'Principal' },
    pictures: { logo: picture(1), signature: null },
    ...changes,
  });
  const version = (from: Templates, changes: Partial<LetterFrame> = {}, help: string | null = null) => {
    const template = from.letter('first-letter', 'en');
    if (template === null) throw new Error('there is no first letter');
    const line = help === null ? null : { language: help, text: 'filled in' };
    return letterVersion(from, [{ template, help: line, blocks: [] }], frame(changes));
  };

  test.each<[string, Partial<LetterFrame>, string | null]>([
    ['letterhead', { letterhead: ['Cedar Valley High School', '555-0100'] }, null],
    ['signature', { signature: { name: 'Ben Ode', title: 'Principal' } }, null],
    ['logo', { pictures: { logo: picture(2), signature: null } }, null],
    ['picture of the signature', { pictures: { logo: picture(1), signature: picture(3) } }, null],
    ['help line', {}, 'es'],
  ])('is another one with another %s', (_what, changes, help) => {
    expect(version(templates, changes, help)).not.toBe(version(templates));
  });

  test('is another one with other words of the language, and the same for every student', async () => {
    const words = (language: string) => {
      const known = templates.words(language);
      return known === null ? null : { ...known, days: 'school days' };
    };
    expect(version({ ...templates, words })).not.toBe(version(templates));
    const others = { reference: 'L-AAAA-BBBB', count: '5', dates: datesOf(5), language: 'vi' };
    const one = await rendered({ language: 'vi' });
    expect((await rendered(others)).templateVersion).toBe(one.templateVersion);
  });
});

describe('a letter that takes back another one', () => {
  const corrected = { reference: 'L-AAAA-BBBB', date: schoolDate('2026-09-28'), count: '7' };

  test('says which one, what it said, and what stands now, in both languages', async () => {
    const letter = await rendered(
      { corrected, count: '1', dates: datesOf(1), language: 'es' },
      await reviewedTemplates(),
    );
    expect(letter.languages).toEqual(['es', 'en']);
    const text = letter.text.replace(/\s+/g, ' ');
    for (const part of [
      'On September 28, 2026 we wrote to you',
      'It said 7 days.',
      'as of October 1, 2026: 1 day.',
      'L-AAAA-BBBB',
      'El 28 de septiembre de 2026 les escribimos',
      'Decía 7 días.',
      'hasta el 1 de octubre de 2026: 1 día.',
    ])
      expect(text).toContain(part);
    expect(letter.templateVersion).toMatch(
      /^correction-letter\.es v2 \([0-9a-f]{8}\) \+ correction-letter\.en v2 \([0-9a-f]{8}\)$/,
    );
    expect(letter.subject).not.toContain('Łukasz');
  });

  test('lists nothing where no absence is left', async () => {
    const letter = await rendered({ corrected, count: '0', dates: [] });
    expect(letter.text).toContain('0 days.');
    expect(letter.pages).toBe(1);
  });
});

test('a family whose contract was kept hears so in both languages, with no word of absences or of a count', async () => {
  const kept = {
    reference: 'C-AAAA-BBBB',
    begins: schoolDate('2026-10-01'),
    ends: schoolDate('2026-12-01'),
  };
  const letter = await rendered({ kept, count: '0', dates: [], language: 'es' }, await reviewedTemplates());
  expect(letter.languages).toEqual(['es', 'en']);
  const text = letter.text.replace(/\s+/g, ' ');
  for (const part of [
    'ran from October 1, 2026 to December 1, 2026. It was kept to its end.',
    'fue del 1 de octubre de 2026 al 1 de diciembre de 2026. Se cumplió hasta el final.',
  ])
    expect(text).toContain(part);
  expect(text).not.toMatch(/absen|ausen|\b0 d/i);
  expect([letter.subject, letter.pages]).toEqual(['Sobre el contrato de asistencia', 2]);
});

describe('languages', () => {
  test('a translation that nobody has reviewed is not sent: English with a help line', async () => {
    const letter = await rendered({ language: 'es' });
    expect(letter.languages).toEqual(['en']);
    expect(letter.untranslated).toBe(true);
    expect(letter.text).toContain('Para recibir ayuda en español, llame al (303) 555-0111.');
    expect(letter.text).not.toContain('Estimada familia');
  });

  test('a reviewed translation of an older version is not sent either', async () => {
    const letter = await rendered({ language: 'es' }, await reviewedTemplates({ englishVersion: 3 }));
    expect(letter.languages).toEqual(['en']);
    expect(letter.untranslated).toBe(true);
  });

  test('a reviewed translation comes first, with an English copy behind it', async () => {
    const letter = await rendered({ language: 'es-MX' }, await reviewedTemplates());
    expect(letter.languages).toEqual(['es', 'en']);
    expect(letter.untranslated).toBe(false);
    expect(letter.subject).toBe('Sobre la asistencia a la escuela');
    expect(letter.text.indexOf('7 días')).toBeLessThan(letter.text.indexOf('7 days'));
    expect(letter.text).toContain('1 de octubre de 2026');
    const pdf = await readPdf(letter.pdf);
    expect(pdf.language).toBe('es');
    expect(pdf.pages).toHaveLength(2);
  });

  test.each(['vi', 'so', 'ru', 'pt', 'ht', 'hmn'])(
    'a family that reads %s gets a line in its language',
    async (language) => {
      const letter = await rendered({ language });
      expect(letter.html).toContain(`<p lang="${language}"`);
      expect(letter.untranslated).toBe(true);
    },
  );
});

describe('scripts', () => {
  test.each([
    ['ar', 'ar', /للمساعدة باللغة العربية/],
    ['zh', 'zh', /如需中文协助/],
    ['zh-TW', 'zh-TW', /如需中文協助/],
    ['ru', 'ru', /Чтобы получить помощь/],
    ['vi', 'vi', /Để được giúp bằng/],
  ])('%s: mails and paper carry the help line in its own script', async (language, tag, line) => {
    const letter = await rendered({ language });
    expect(letter.html).toContain(`<p lang="${tag}" dir="auto"`);
    expect(letter.html).toMatch(line);
    expect(letter.text).toMatch(line);
    const pdf = await readPdf(letter.pdf);
    expect(pdf.text).toMatch(line);
    expect(pdf.text).not.toContain('Help in');
    await checkWithQpdf(letter.pdf);
  });

  const names = {
    addressees: [
      { givenName: 'فاطمة', familyName: 'عبد الله' },
      { givenName: '小龙', familyName: '王' },
      { givenName: 'Дмитрий', familyName: 'Щербаков' },
    ],
    student: { givenName: 'محمد', familyName: '(أحمد)', grade: null },
  };

  test('of names stand in the window and in the text, and are copied as they are written', async () => {
    const { pages, text } = await readPdf((await rendered(names)).pdf);
    const window = (pages[0]?.texts ?? []).filter((one) => one.top > WINDOW.y && one.bottom < BODY_TOP);
    const shown = window.map((one) => one.text).join(' ');
    for (const name of ['فاطمة عبد الله', '小龙', '王', 'Дмитрий Щербаков']) expect(shown).toContain(name);
    expect(text).toContain('محمد');
  });

  test('from right to left are read aloud in their order, whatever the order of the glyphs', async () => {
    const letter = await rendered({ ...names, language: 'ar' });
    const texts = await actualTexts(letter.pdf);
    expect(texts).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^فاطمة عبد الله 小龙 王 Дмитрий Щербаков 4711 Long Meadow Boulevard/),
        expect.stringMatching(/^تتعلق .* اتصلوا على الرقم \(303\) 555-0111\. .* مجانية\.$/),
        expect.stringMatching(/^محمد \(أحمد\) has been absent 7 days this school year/),
      ]),
    );
    expect(texts.join('')).not.toMatch(/[\u2066-\u2069]/);
  });

  test('from right to left are drawn from the right, and a number among them from the left', async () => {
    const { pages } = await readPdf((await rendered({ language: 'ar' })).pdf);
    const line = (pages[0]?.texts ?? []).filter((one) => one.top > 250 && one.top < 275);
    const [first, phone] = [/^تتعلق/, /555-0111/].map((part) => line.find(({ text }) => part.test(text)));
    expect(first?.right).toBeGreaterThan(520);
    expect(phone?.text).toContain('(303) 555-0111');
    expect(phone?.right).toBeLessThan(first?.x ?? 0);
  });

  test('give the same bytes, whatever was set before', async () => {
    const first = await rendered(names);
    await rendered({ ...names, language: 'ar', student: { givenName: 'هدى', familyName: 'ة', grade: null } });
    expect((await rendered(names)).pdf.equals(first.pdf)).toBe(true);
  });

  test('a language without a line of its own is named in English', async () => {
    const letter = await rendered({ language: 'am' });
    expect(letter.untranslated).toBe(true);
    expect(letter.text).toContain('Help in Amharic: call (303) 555-0111.');
  });

  test.each(['en', 'en-US', 'EN'])('%s needs no help line', async (language) => {
    const letter = await rendered({ language });
    expect(letter.untranslated).toBe(false);
    expect(letter.text).not.toContain('Help in');
  });
});

describe('a link in a template', () => {
  test('can be followed in the PDF and in the mail', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'rollcall-templates-'));
    try {
      await cp('templates', dir, { recursive: true });
      const path = join(dir, 'letters', 'first-letter.en.md');
      const text = await readFile(path, 'utf8');
      await writeFile(
        path,
        text.replace('Thank you', 'Read [our rules](https://example.org/a?b=1&c=2) first. Thank you'),
      );
      const letter = await rendered({}, await loadTemplates(dir));
      expect(letter.html).toContain('<a href="https://example.org/a?b=1&amp;c=2">our rules</a>');
      expect(letter.text).toContain('our rules <https://example.org/a?b=1&c=2>');
      const pdf = await readPdf(letter.pdf);
      expect(pdf.links).toEqual(['https://example.org/a?b=1&c=2']);
      expect(pdf.pages[0]?.roles).toContain('Link');
      expect(pdf.text).toContain('first. Thank you for working with us.');
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

describe('hostile names stay names', () => {
  test.each([
    '{{ student.name }}',
    '**bold** _it_',
    '<script>alert(1)</script>',
    '[x](javascript:alert(1))',
    '"><img src=x onerror=alert(1)>',
    'x'.repeat(200),
  ])('%s', async (name) => {
    const letter = await rendered({ student: { givenName: name, familyName: 'Doe', grade: null } });
    expect(letter.html).not.toMatch(/<script|<img|javascript:[^<]*"/i);
    expect(letter.text.replace(/\s+/g, '')).toContain(name.replace(/\s+/g, ''));
    const pdf = await readPdf(letter.pdf);
    expect(pdf.text.replace(/\s+/g, '')).toContain(name.replace(/\s+/g, ''));
    expect(pdf.links).toEqual([]);
  });
});
