import type { UploadType } from '../../domain/uploads.ts';

/** So many bytes of the beginning are enough to tell. */
export const SNIFFED_BYTES = 64;

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);

/** What a file is by its first bytes; its name and what the sender calls it count for nothing. */
export function sniff(head: Buffer): { type: UploadType } | { found: string } {
  if (startsWith(head, '%PDF-')) return { type: 'application/pdf' };
  if (head.subarray(0, JPEG.length).equals(JPEG)) return { type: 'image/jpeg' };
  if (head.subarray(0, PNG.length).equals(PNG)) return { type: 'image/png' };
  const known = others.find(({ is }) => is(head));
  return { found: known?.name ?? 'something else' };
}

/** What people upload by mistake, so that the answer can say so. */
const others: readonly { readonly name: string; readonly is: (head: Buffer) => boolean }[] = [
  {
    name: 'a HEIC photo',
    is: (head) => /^ftyp(?:hei[cxs]|hev|mif1|msf1)/.test(head.toString('latin1', 4, 12)),
  },
  { name: 'a film', is: (head) => startsWith(head.subarray(4), 'ftyp') },
  { name: 'a WebP picture', is: (head) => startsWith(head, 'RIFF') && startsWith(head.subarray(8), 'WEBP') },
  { name: 'a GIF picture', is: (head) => startsWith(head, 'GIF8') },
  {
    name: 'a TIFF picture',
    is: (head) => startsWith(head, 'II*\0') || startsWith(head, 'MM\0*'),
  },
  { name: 'a Word, Excel or other ZIP file', is: (head) => startsWith(head, 'PK\x03\x04') },
  { name: 'an old Word or Excel file', is: (head) => head.readUInt32BE(0) === 0xd0cf11e0 },
  { name: 'an RTF text', is: (head) => startsWith(head, '{\\rtf') },
  { name: 'a program', is: (head) => startsWith(head, 'MZ') || startsWith(head, '\x7fELF') },
  { name: 'a web page or SVG', is: (head) => /^\s*<(?:!doctype|html|svg|\?xml|script)/i.test(text(head)) },
];

function startsWith(head: Buffer, text: string): boolean {
  return head.toString('latin1', 0, text.length) === text;
}

function text(head: Buffer): string {
  return head.toString('latin1').replace(/^\xef\xbb\xbf/, '');
}
