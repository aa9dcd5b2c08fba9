import sharp from 'sharp';
import type { UploadRefusal, UploadType } from '../../domain/uploads.ts';

export type ImageCheck =
  | { readonly kind: 'accepted'; readonly type: UploadType; readonly bytes: Buffer }
  | UploadRefusal;

/** More than any phone or scanner makes of one page; the pixels of a bomb are counted before one is read. */
const MOST_PIXELS = 60_000_000;
/** On the longer side: a letter page at 450 dots per inch. */
const LONGEST_SIDE = 5_000;
/** A larger picture is a photo, and is kept as one: a PDF takes a JPEG as it is, and has to unpack a PNG. */
const MOST_PNG_PIXELS = 8_000_000;

/**
 * Decodes a picture and makes a new one of its pixels: upright, on white, without place, camera or anything else that
 * stood beside them. Runs in a process of its own.
 */
export async function checkImage(
  bytes: Buffer,
  type: Exclude<UploadType, 'application/pdf'>,
  limits: { maxBytes: number },
): Promise<ImageCheck> {
  // One picture after the other, and nothing of it kept: the process ends with it.
  sharp.cache(false);
  sharp.concurrency(1);
  try {
    const { width = 0, height = 0 } = await sharp(bytes, { limitInputPixels: false }).metadata();
    if (width * height > MOST_PIXELS)
      return { kind: 'refused', reason: 'too-many-pixels', found: `${width} × ${height} pixels` };
    const upright = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error', pages: 1 })
      .autoOrient()
      .resize({ width: LONGEST_SIDE, height: LONGEST_SIDE, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb');
    if (type === 'image/png' && width * height <= MOST_PNG_PIXELS) {
      const png = await upright.clone().png({ compressionLevel: 9 }).toBuffer();
      if (png.length <= limits.maxBytes) return { kind: 'accepted', type, bytes: png };
    }
    const jpeg = await upright.jpeg({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer();
    if (jpeg.length <= limits.maxBytes) return { kind: 'accepted', type: 'image/jpeg', bytes: jpeg };
    const smaller = await sharp(jpeg).jpeg({ quality: 75 }).toBuffer();
    return { kind: 'accepted', type: 'image/jpeg', bytes: smaller };
  } catch {
    return { kind: 'refused', reason: 'unreadable' };
  }
}
