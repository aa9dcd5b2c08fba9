import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { deflateSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { checkImage } from '../../../src/documents/uploads/check-image.ts';
import { examineUpload } from '../../../src/documents/uploads/examine.ts';
import { runCheck } from '../../../src/documents/uploads/run-check.ts';
import { scanForMalware } from '../../../src/documents/uploads/scan-for-malware.ts';
import { sniff } from '../../../src/documents/uploads/sniff.ts';
import { cleanFileName, refusalInWords, type UploadRules } from '../../../src/domain/uploads.ts';
import { type ScannerManner, startClamd } from '../../support/clamd.ts';
import { aPdf } from '../../support/hostile-pdfs.ts';
import { aJpegHead, aPng } from '../../support/pictures.ts';

const NOW = new Date();
const home = mkdtempSync(join(tmpdir(), 'rollcall-examine-'));
const rules: UploadRules = { maxMegabytes: 1, maxPages: 50, clamav: null, folder: home };
const examine = (bytes: Buffer, own: Partial<UploadRules> = {}) =>
  examineUpload(Readable.from([bytes]), { ...rules, ...own }, NOW);
const leftovers = () => readdirSync(home).filter((name) => name.startsWith('upload-'));

afterAll(() => rmSync(home, { recursive: true, force: true }));
afterEach(() => expect(leftovers()).toEqual([]));

describe('what is taken', () => {
  test('a PDF stays as it came, to the byte', async () => {
    const bytes = await aPdf(3);
    const receivedSha256 = createHash('sha256').update(bytes).digest('hex');
    expect(await examine(bytes)).toEqual({
      kind: 'examined',
      type: 'application/pdf',
      bytes,
      pages: 3,
      receivedSha256,
    });
  });

  test('a picture is made anew: upright, without what stood beside its pixels', async () => {
    const photo = await sharp({ create: { width: 40, height: 20, channels: 3, background: '#f00' } })
      .jpeg()
      .withExif({ IFD0: { Make: 'Camera of the neighbours' }, IFD3: { GPSLatitude: '39/1' } })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const examined = await examine(Buffer.concat([photo, Buffer.from('<script>alert(1)</script>')]));
    if (examined.kind !== 'examined') throw new Error(examined.reason);
    expect(examined).toMatchObject({ type: 'image/jpeg', pages: 1 });
    expect(examined.bytes.includes('<script>')).toBe(false);
    const { width, height, exif, orientation } = await sharp(examined.bytes).metadata();
    expect({ width, height, exif, orientation }).toEqual({
      width: 20,
      height: 40,
      exif: undefined,
      orientation: undefined,
    });
  });
});

describe('pictures', () => {
  const check = (bytes: Buffer, type: 'image/png' | 'image/jpeg' = 'image/png') =>
    checkImage(bytes, type, { maxBytes: 1024 * 1024 });

  test('what can be seen through becomes white', async () => {
    const clear = await sharp({
      create: { width: 4, height: 4, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const checked = await check(clear);
    if (checked.kind !== 'accepted') throw new Error(checked.reason);
    const { channels, data } = await sharp(checked.bytes)
      .raw()
      .toBuffer({ resolveWithObject: true })
      .then(({ data, info }) => ({ data, channels: info.channels }));
    expect(channels).toBe(3);
    expect(data.every((byte) => byte === 255)).toBe(true);
  });

  test('a large one is kept as a photo, and no larger than a page needs', async () => {
    const checked = await check(await sharp(aPng(6_000, 3_000)).png().toBuffer());
    if (checked.kind !== 'accepted') throw new Error(checked.reason);
    expect(checked.type).toBe('image/jpeg');
    expect(await sharp(checked.bytes).metadata()).toMatchObject({ width: 5_000, height: 2_500 });
  });

  test.each([
    ['only the head of one', () => aJpegHead(10, 10), 'image/jpeg', 'unreadable'],
    ['half of one', () => aPng(300, 300).subarray(0, 80), 'image/png', 'unreadable'],
    ['noise', () => Buffer.alloc(500, 0xa7), 'image/png', 'unreadable'],
  ] as const)('%s is refused', async (_, make, type, reason) => {
    expect(await check(make(), type)).toMatchObject({ kind: 'refused', reason });
  });

  test('a bomb is refused by its head, before it is unpacked', async () => {
    const bomb = aPng(12_000, 6_000);
    expect(bomb.length).toBeLessThan(200_000);
    expect(await check(bomb)).toEqual({
      kind: 'refused',
      reason: 'too-many-pixels',
      found: '12000 × 6000 pixels',
    });
  });
});

describe('what is not taken', () => {
  test.each<[string, Buffer, object]>([
    ['nothing', Buffer.alloc(0), { reason: 'empty' }],
    ['one byte', Buffer.from('%'), { reason: 'wrong-type', found: 'something else' }],
    [
      'a ZIP',
      Buffer.from('PK\x03\x04 and so on'),
      { reason: 'wrong-type', found: 'a Word, Excel or other ZIP file' },
    ],
    ['a byte too many', Buffer.alloc(1024 * 1024 + 1, '%PDF-'), { reason: 'too-large' }],
    ['a program', Buffer.from('MZ\x90\0 and so on'), { reason: 'wrong-type', found: 'a program' }],
    [
      'a web page',
      Buffer.from('\ufeff <!DOCTYPE html><p>x'),
      { reason: 'wrong-type', found: 'a web page or SVG' },
    ],
    [
      'a PDF behind something else',
      Buffer.from('GIF89a%PDF-1.7'),
      { reason: 'wrong-type', found: 'a GIF picture' },
    ],
  ])('%s', async (_, bytes, refusal) => {
    expect(await examine(bytes)).toEqual({ kind: 'refused', ...refusal });
  });

  test.each([
    ['....ftypheic....', 'a HEIC photo'],
    ['....ftypisom....', 'a film'],
    ['RIFF....WEBP', 'a WebP picture'],
    ['II*\0', 'a TIFF picture'],
    ['\xd0\xcf\x11\xe0', 'an old Word or Excel file'],
    ['{\\rtf1', 'an RTF text'],
    ['<svg xmlns="x">', 'a web page or SVG'],
    ['%!PS', 'something else'],
  ])('%j is known for what it is', (head, found) => {
    expect(sniff(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.alloc(64)]))).toEqual({ found });
  });

  test('an upload that is cut off leaves nothing, and neither does one that is too large', async () => {
    const half = (await aPdf(2)).subarray(0, 400);
    let during: string[] = [];
    const cut = Readable.from(
      (async function* () {
        yield half;
        during = leftovers();
        throw new Error('connection lost');
      })(),
    );
    await expect(examineUpload(cut, rules, NOW)).rejects.toThrow('connection lost');
    expect(during).toHaveLength(1);
    let given = 0;
    const endless = Readable.from(
      (function* () {
        for (; given < 1_000; given += 1) yield Buffer.alloc(64 * 1024, '%PDF-');
      })(),
    );
    expect(await examineUpload(endless, rules, NOW)).toEqual({ kind: 'refused', reason: 'too-large' });
    expect(given).toBeLessThan(40);
  });

  test('what a process that was killed has left behind goes with a later upload', async () => {
    const old = join(home, 'upload-dead');
    mkdtempSync(`${old}-`);
    const [name = ''] = leftovers();
    expect(name).toMatch(/^upload-dead/);
    writeFileSync(join(home, name, 'x'), 'of a student');
    const yesterday = new Date(NOW.getTime() - 24 * 60 * 60_000);
    utimesSync(join(home, name), yesterday, yesterday);
    expect(await examine(Buffer.alloc(0))).toMatchObject({ reason: 'empty' });
  });
});

describe('the process that looks', () => {
  const inFile = async (bytes: Buffer, limits: Parameters<typeof runCheck>[1]) => {
    const path = join(home, 'file');
    writeFileSync(path, bytes);
    const task = { path, outPath: join(home, 'out'), maxPages: 50, maxBytes: 1024 * 1024 };
    return runCheck({ ...task, type: 'application/pdf' }, limits);
  };
  const refused = { kind: 'refused', reason: 'too-much-work' };

  test('is ended when its time is over', async () => {
    const limits = { wallClockMs: 50, heapMegabytes: 256, memoryMegabytes: 768 };
    expect(await inFile(await aPdf(), limits)).toEqual(refused);
  });

  test('is ended when a stream unpacks to more than it may hold', async () => {
    const packed = deflateSync(Buffer.alloc(300 * 1024 * 1024), { level: 1 });
    const bomb = Buffer.concat([
      Buffer.from(
        `%PDF-1.7\n1 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length ${packed.length} >>\nstream\n`,
      ),
      packed,
      Buffer.from('\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n'),
    ]);
    const before = process.memoryUsage().rss;
    const answer = await inFile(bomb, { wallClockMs: 15_000, heapMegabytes: 64, memoryMegabytes: 200 });
    expect(answer).toEqual(refused);
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
  });
});

describe('the virus scanner', () => {
  /** No answer, but something else instead. */
  const without = (act: () => unknown): null => {
    act();
    return null;
  };
  const scanned = async (manner: ScannerManner, bytes = Buffer.alloc(200_000, 'x')) => {
    const clamd = await startClamd(manner);
    const path = join(home, 'scanned');
    writeFileSync(path, bytes);
    try {
      return await scanForMalware(path, clamd.scanner, 300);
    } finally {
      await clamd.stop();
    }
  };

  test('gets the whole file, and lets it pass with a plain OK', async () => {
    let got: Buffer = Buffer.alloc(0);
    const answer = await scanned((file) => {
      got = file;
      return 'stream: OK';
    });
    expect(answer).toEqual({ kind: 'clean' });
    expect(got.equals(Buffer.alloc(200_000, 'x'))).toBe(true);
  });

  test.each<[string, ScannerManner, string]>([
    ['finds something', () => 'stream: Eicar-Test-Signature FOUND', 'malware'],
    ['has a limit', () => 'INSTREAM size limit exceeded. ERROR', 'scanner-away'],
    ['says something else', () => 'stream: OK, more or less', 'scanner-away'],
    ['says nothing', () => null, 'scanner-away'],
    ['hangs up', (_file, socket) => without(() => socket.destroy()), 'scanner-away'],
    ['talks without end', (_file, socket) => without(() => socket.write('x'.repeat(5_000))), 'scanner-away'],
  ])('that %s keeps the file out', async (_, manner, reason) => {
    expect(await scanned(manner)).toEqual({ kind: 'refused', reason });
  });

  test('that is away keeps every file out, before anything else looks at it', async () => {
    const clamd = await startClamd(() => 'stream: OK');
    await clamd.stop();
    const refused = { kind: 'refused', reason: 'scanner-away' };
    expect(await examine(await aPdf(), { clamav: clamd.scanner })).toEqual(refused);
  });

  test('may listen on a socket of this machine', async () => {
    const clamd = await startClamd(() => 'stream: OK', join(home, 'clamd.ctl'));
    try {
      expect(await scanForMalware(join(home, 'scanned'), clamd.scanner)).toEqual({ kind: 'clean' });
    } finally {
      await clamd.stop();
    }
  });
});

test.each([
  ['note.pdf', 'note.pdf'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\x\\note.pdf', 'note.pdf'],
  ['.bashrc', 'bashrc'],
  ['no\r\nte\u202e.fdp\0', 'note.fdp'],
  ['<img onerror="x">.pdf', '_img onerror=_x__.pdf'],
  ['  ', 'document'],
  ['..', 'document'],
  ['\ud800.pdf', '\ufffd.pdf'],
  [`${'x'.repeat(500)}.pdf`, 'x'.repeat(120)],
])('the name %j is shown as %j', (name, shown) => {
  expect(cleanFileName(name)).toBe(shown);
});

test('a refusal says what was found and what can be done', () => {
  const said = refusalInWords({ kind: 'refused', reason: 'too-many-pages', found: '80 pages' }, rules);
  expect(said).toBe('The PDF has 80 pages, and at most 50 are taken. Split it.');
  expect(refusalInWords({ kind: 'refused', reason: 'too-large' }, rules)).toContain('at most 1 MB');
});
