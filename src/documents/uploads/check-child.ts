import { readFileSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { UploadType } from '../../domain/uploads.ts';
import type { CheckedFile, CheckTask } from './run-check.ts';

/** The process in which a file is checked: it may fall without harm, and has nothing to tell and nobody to tell it to. */
Socket.prototype.connect = () => {
  throw new Error('a check of a file opens no connection');
};

const task = JSON.parse(process.argv[2] ?? '') as CheckTask;
process.stdout.write(JSON.stringify(await check(task)));

async function check({ path, type, outPath, maxPages, maxBytes }: CheckTask): Promise<CheckedFile> {
  const bytes = readFileSync(path);
  if (type === 'application/pdf') {
    const { checkPdf } = await import('./check-pdf.ts');
    const checked = await checkPdf(bytes, { maxPages });
    return checked.kind === 'refused' ? checked : { ...checked, type, path };
  }
  const { checkImage } = await import('./check-image.ts');
  const checked = await checkImage(bytes, type satisfies Exclude<UploadType, 'application/pdf'>, {
    maxBytes,
  });
  if (checked.kind === 'refused') return checked;
  writeFileSync(outPath, checked.bytes, { flag: 'wx', mode: 0o600 });
  return { kind: 'accepted', type: checked.type, pages: 1, path: outPath };
}
