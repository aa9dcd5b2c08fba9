import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { UploadRefusal, UploadRules, UploadType } from '../../domain/uploads.ts';
import { withReceived } from './receive.ts';
import { runCheck } from './run-check.ts';
import { scanForMalware } from './scan-for-malware.ts';
import { sniff } from './sniff.ts';

/** A file that can be kept, shown and put into a packet. */
export interface ExaminedFile {
  readonly kind: 'examined';
  readonly type: UploadType;
  /** A PDF as it came; a picture made anew from its pixels. */
  readonly bytes: Buffer;
  readonly pages: number;
  /** Of the bytes as they came. */
  readonly receivedSha256: string;
}

const MEGABYTE = 1024 * 1024;

/**
 * Takes a file from outside off a stream and looks at it: size while it comes, then what it is by its content, then the
 * virus scanner, then what is in it. Nothing stays behind on the disk.
 * @throws whatever the stream throws, such as a connection that is lost
 */
export async function examineUpload(
  stream: Readable,
  rules: UploadRules,
  now: Date,
): Promise<ExaminedFile | UploadRefusal> {
  const maxBytes = rules.maxMegabytes * MEGABYTE;
  return withReceived(
    stream,
    { folder: rules.folder, maxBytes, now },
    async ({ path, head, sha256 }): Promise<ExaminedFile | UploadRefusal> => {
      const sniffed = sniff(head);
      if ('found' in sniffed) return { kind: 'refused', reason: 'wrong-type', found: sniffed.found };
      if (rules.clamav !== null) {
        const scanned = await scanForMalware(path, rules.clamav);
        if (scanned.kind === 'refused') return scanned;
      }
      const outPath = join(dirname(path), 'kept');
      const { maxPages } = rules;
      const checked = await runCheck({ path, outPath, type: sniffed.type, maxPages, maxBytes });
      if (checked.kind === 'refused') return checked;
      const { type, pages } = checked;
      // The path is ours, whatever the process says.
      const bytes = await readFile(sniffed.type === 'application/pdf' ? path : outPath);
      return { kind: 'examined', type, bytes, pages, receivedSha256: sha256 };
    },
  );
}
