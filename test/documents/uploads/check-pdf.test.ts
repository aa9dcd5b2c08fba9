import { PDFDocument, PDFName, PDFString } from '@cantoo/pdf-lib';
import { describe, expect, test } from '@jest/globals';
import { checkPdf } from '../../../src/documents/uploads/check-pdf.ts';
import type { RefusalReason } from '../../../src/domain/uploads.ts';
import { aPackedPdf, aPdf, inCatalog, type Literal, onPage, script } from '../../support/hostile-pdfs.ts';

const check = (bytes: Buffer) => checkPdf(bytes, { maxPages: 50 });
const words = (text: string) => PDFString.of(text) as unknown as Literal;

describe('a PDF that does nothing by itself is taken', () => {
  test.each<[string, () => Promise<Buffer>, number]>([
    ['of one page', () => aPdf(), 1],
    ['of fifty pages', () => aPdf(50), 50],
    ['packed', () => aPackedPdf(() => {}), 1],
    [
      'that opens at a place in it',
      () => aPdf(1, inCatalog('OpenAction', { S: 'GoTo', D: ['x'] } as never)),
      1,
    ],
    [
      'that opens at a page',
      () => aPdf(1, (pdf) => inCatalog('OpenAction', [pdf.getPage(0).ref, 'Fit'] as never)(pdf)),
      1,
    ],
    [
      'with a link to a web site',
      () => aPdf(1, onPage({ Subtype: 'Link', A: { S: 'URI', URI: words('https://example.org') } } as never)),
      1,
    ],
    [
      'with fonts called AA, EF and JS',
      () =>
        aPdf(1, (pdf) => {
          const font = pdf.context.obj({ Type: 'Font', Subtype: 'Type1', BaseFont: 'Helvetica' });
          pdf
            .getPage(0)
            .node.set(PDFName.of('Resources'), pdf.context.obj({ Font: { AA: font, EF: font, JS: font } }));
        }),
      1,
    ],
    ['with a line break behind its end', async () => Buffer.concat([await aPdf(), Buffer.from('\r\n\0')]), 1],
  ])('%s', async (_, make, pages) => {
    expect(await check(await make())).toEqual({ kind: 'accepted', pages });
  });
});

/** A PDF as text: for what no library writes. */
const byHand = (catalog: string, more = '') =>
  Buffer.from(
    `%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R ${catalog} >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>\nendobj\n${more}trailer\n<< /Root 1 0 R /Size 9 >>\n%%EOF\n`,
    'latin1',
  );

describe('a PDF that acts, hides or cannot be read is refused with its reason', () => {
  test.each<[string, RefusalReason, () => Buffer | Promise<Buffer>]>([
    ['a script at opening', 'script', () => aPdf(1, inCatalog('OpenAction', script))],
    [
      'a script in the tree of names',
      'script',
      () => aPdf(1, (pdf) => pdf.addJavaScript('x', 'app.alert(1)')),
    ],
    ['a script on a page', 'script', () => aPdf(1, onPage({ Subtype: 'Link', A: script } as never))],
    [
      'a script in a packed object',
      'script',
      () => aPackedPdf((pdf) => pdf.context.register(pdf.context.obj(script as never))),
    ],
    [
      'a script that its name spells with signs',
      'script',
      () => byHand('/OpenAction << /S /J#61v#61Script /J#53 (app.alert(1)) >>'),
    ],
    [
      'a script that nothing points to',
      'script',
      () => byHand('', '4 0 obj\n<< /S /JavaScript /JS (x) >>\nendobj\n'),
    ],
    [
      'a script in an object that a later one replaces',
      'script',
      () => byHand('', '4 0 obj\n<< /S /JavaScript /JS (x) >>\nendobj\n4 0 obj\n<< >>\nendobj\n'),
    ],
    ['a program to launch', 'launch', () => byHand('/OpenAction << /S /Launch /F (cmd.exe) >>')],
    [
      'an action as the page is seen',
      'launch',
      () =>
        aPdf(1, (pdf) =>
          pdf
            .getPage(0)
            .node.set(
              PDFName.of('AA'),
              pdf.context.obj({ O: { S: 'URI', URI: words('https://example.org') } } as never),
            ),
        ),
    ],
    [
      'an address to open at once',
      'launch',
      () => aPdf(1, inCatalog('OpenAction', { S: 'URI', URI: words('https://example.org') } as never)),
    ],
    [
      'a form that is sent',
      'launch',
      () =>
        aPdf(
          1,
          onPage({ Subtype: 'Link', A: { S: 'SubmitForm', F: words('https://example.org') } } as never),
        ),
    ],
    [
      'another file that it opens',
      'launch',
      () => aPdf(1, onPage({ Subtype: 'Link', A: { S: 'GoToR', F: words('x.pdf') } } as never)),
    ],
    ['a file inside', 'attachments', () => aPdf(1, (pdf) => pdf.attach(Buffer.from('MZ'), 'x.exe'))],
    [
      'a file on a page',
      'attachments',
      () => aPdf(1, onPage({ Subtype: 'FileAttachment', FS: { EF: { F: 1 } } } as never)),
    ],
    [
      'a form of the other kind',
      'xfa-form',
      () => aPdf(1, inCatalog('AcroForm', { Fields: [], XFA: [] } as never)),
    ],
    ['a film', 'media', () => aPdf(1, onPage({ Subtype: 'RichMedia' } as never))],
    ['a sound', 'media', () => aPdf(1, onPage({ Subtype: 'Sound' } as never))],
    ['no pages', 'no-pages', () => aPdf(0)],
    ['fifty-one pages', 'too-many-pages', () => aPdf(51)],
    ['a page without size', 'unreadable', () => aPdf(1, (pdf) => pdf.getPage(0).setSize(0, 0))],
    [
      'a tree of pages that goes round',
      'unreadable',
      () => byHand('').subarray(0).toString('latin1').replace('/Kids [3 0 R]', '/Kids [2 0 R]') as never,
    ],
    ['nothing behind its head', 'unreadable', () => Buffer.from('%PDF-1.7\n')],
    ['half of it missing', 'unreadable', async () => (await aPdf(3)).subarray(0, 300)],
    [
      'noise',
      'unreadable',
      () => Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(5_000, 0xa7), Buffer.from('\n%%EOF')]),
    ],
    [
      'a ZIP behind its end',
      'two-in-one',
      async () => Buffer.concat([await aPdf(), Buffer.from('PK\x05\x06'), Buffer.alloc(18)]),
    ],
    [
      'a web page behind its end',
      'two-in-one',
      async () => Buffer.concat([await aPdf(), Buffer.from('<script>alert(1)</script>')]),
    ],
    [
      'a ZIP inside that reaches its end',
      'two-in-one',
      () => byHand('', '4 0 obj\n(PK\x05\x06\0\0)\nendobj\n'),
    ],
  ])('%s', async (_, reason, make) => {
    expect(await check(Buffer.from(await make()))).toMatchObject({ kind: 'refused', reason });
  });

  test('encrypted, with and without a password to open it', async () => {
    for (const passwords of [{ userPassword: 'open' }, { ownerPassword: 'own' }]) {
      const pdf = await PDFDocument.create({ updateMetadata: false });
      pdf.addPage();
      pdf.encrypt({ userPassword: '', ownerPassword: 'owner', ...passwords });
      const bytes = Buffer.from(await pdf.save({ useObjectStreams: false }));
      expect(await check(bytes)).toEqual({ kind: 'refused', reason: 'encrypted' });
    }
  });
});
