/** A PNG or JPEG that has been looked at: its bytes are what they say, and not too many. */
export interface Picture {
  readonly bytes: Buffer;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** What a screen reader says of it. */
  readonly alt: string;
}

export interface Pictures {
  readonly logo: Picture | null;
  readonly signature: Picture | null;
}

export type ReadPicture =
  | { readonly kind: 'picture'; readonly width: number; readonly height: number }
  | { readonly kind: 'refused'; readonly found: string; readonly expected: string };

const LARGEST_SIDE = 3_000;

/** Whether bytes are a picture that a letter can bear: by what they are, not by the name of the file. */
export function readPicture(bytes: Buffer): ReadPicture {
  const size = pngSize(bytes) ?? jpegSize(bytes);
  if (size === null) {
    return { kind: 'refused', found: kindOf(bytes), expected: 'a whole PNG or JPEG' };
  }
  const { width, height } = size;
  if (width < 1 || height < 1 || width > LARGEST_SIDE || height > LARGEST_SIDE) {
    return {
      kind: 'refused',
      found: `${width} × ${height} pixels`,
      expected: `at most ${LARGEST_SIDE} on each side`,
    };
  }
  return { kind: 'picture', width, height };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const PNG_END = Buffer.from('IEND');

/** ISO/IEC 15948: IHDR is the first chunk, IEND the last. */
function pngSize(bytes: Buffer): Size | null {
  if (bytes.length < 45 || !bytes.subarray(0, 8).equals(PNG)) return null;
  if (bytes.toString('latin1', 12, 16) !== 'IHDR') return null;
  if (!bytes.subarray(-8, -4).equals(PNG_END)) return null;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** ISO/IEC 10918-1: a frame header SOF0 to SOF15, but for the three markers in between that are none. */
function jpegSize(bytes: Buffer): Size | null {
  if (bytes.length < 20 || bytes.readUInt16BE(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0xd9 || marker === 0xda) return null;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    }
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return null;
}

function kindOf(bytes: Buffer): string {
  const start = bytes.toString('latin1', 0, 12);
  if (bytes.length === 0) return 'an empty file';
  if (start.startsWith('GIF8')) return 'a GIF';
  if (start.startsWith('%PDF')) return 'a PDF';
  if (start.startsWith('RIFF')) return 'a WebP';
  if (/^\s*<(\?xml|svg)/.test(start)) return 'an SVG';
  if (start.startsWith('\x89PNG') || start.startsWith('\xff\xd8'))
    return 'a picture that is cut off or broken';
  return 'something else';
}
