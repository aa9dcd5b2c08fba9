import { type ShownContract, showContract } from '../../procedure/contracts.ts';
import { type FoundFile, findFile } from '../files/find-file.ts';
import type { PageAnswer, PageRequest } from '../site.ts';

export const CONTRACT_PATH = '/files/:file/contracts/:contract';

export interface FoundContract extends FoundFile {
  readonly shown: ShownContract;
}

/** The contract of the address, where it is one of the file’s and the person has the right. */
export async function findContract(
  request: PageRequest,
  right: 'view-file' | 'draft-contract' | 'manage-contract',
): Promise<FoundContract | PageAnswer> {
  const found = await findFile(request, right);
  if (found.kind !== 'found') return found;
  const ref = request.params.contract ?? '';
  const shown = await showContract(request.db, found.procedure, ref, request.moment);
  return shown?.contract.studentId === found.file.id ? { ...found, shown } : { kind: 'not-found' };
}
