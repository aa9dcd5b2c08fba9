import { type PDFContext, PDFName, PDFRawStream, type PDFRef } from '@cantoo/pdf-lib';

/** A picture that somebody handed in, as it is printed. */
export interface ReceivedPicture {
  readonly ref: PDFRef;
  readonly width: number;
  readonly height: number;
}

/** 300 dots per inch on a page: what a printer can show. The file keeps the picture as it was handed in. */
const LONGEST_SIDE = 3_000;
const LARGEST_AS_IT_IS = 1_500_000;
const MOST_PIXELS = 120_000_000;

/** @throws Error when it is no picture, or too large a one */
export async function receivedPicture(bytes: Uint8Array, into: PDFContext): Promise<ReceivedPicture> {
  // Thirty megabytes that a process without pictures need not have.
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  sharp.concurrency(1);
  const open = () => sharp(bytes, { limitInputPixels: MOST_PIXELS, sequentialRead: true, failOn: 'error' });
  const about = await open().metadata();
  const longest = Math.max(about.width, about.height);
  const asItIs =
    about.format === 'jpeg' &&
    (about.space === 'srgb' || about.space === 'b-w') &&
    (about.orientation ?? 1) === 1 &&
    longest <= LONGEST_SIDE &&
    bytes.length <= LARGEST_AS_IT_IS;
  const { data, info } = asItIs
    ? { data: bytes, info: { width: about.width, height: about.height, channels: about.channels } }
    : await open()
        .rotate()
        .resize({ width: LONGEST_SIDE, height: LONGEST_SIDE, fit: 'inside', withoutEnlargement: true })
        .flatten({ background: '#ffffff' })
        .toColourspace('srgb')
        .jpeg({ quality: 85, chromaSubsampling: '4:4:4' })
        .toBuffer({ resolveWithObject: true });
  const picture = PDFRawStream.of(
    into.obj({
      Type: 'XObject',
      Subtype: 'Image',
      Width: info.width,
      Height: info.height,
      ColorSpace: info.channels === 1 ? 'DeviceGray' : 'DeviceRGB',
      BitsPerComponent: 8,
    }),
    data,
  );
  picture.dict.set(PDFName.of('Filter'), PDFName.of('DCTDecode'));
  return { ref: into.register(picture), width: info.width, height: info.height };
}
