import { SisError } from '../sis-error.ts';
import type { DropFolder } from './drop-folder.ts';
import type { WholeFile } from './verify-file.ts';

/** The file to read. Without one there is nothing to say, which must never read as "there are no rows". @throws SisError */
export async function expectOffered<H>(drop: DropFolder<H>): Promise<WholeFile<H>> {
  const already = drop.offered();
  if (already !== null) return already;
  const offer = await drop.offer();
  const file = drop.offered();
  if (file === null) {
    throw new SisError('missing', offer.kind === 'nothing-new' ? offer.why : 'there is no file to read');
  }
  return file;
}
