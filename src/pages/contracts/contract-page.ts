import { writeContractForm } from '../../procedure/contract-form.ts';
import type { StoredContract } from '../../store/contracts.ts';
import { readDocument } from '../../store/documents.ts';
import { html } from '../html.ts';
import type { FileAnswer, PageAnswer, Site } from '../site.ts';
import { registerContractActs } from './contract-acts.ts';
import { contractPage } from './contract-view.ts';
import { CONTRACT_PATH, findContract } from './find-contract.ts';

/** `/files/<ref>/contracts/C-…`: one contract, how it stands and why, its form, and what can be done about it. */
export function registerContractPage(site: Site): void {
  const { deps } = site;
  site.get(CONTRACT_PATH, async (request): Promise<PageAnswer> => {
    const found = await findContract(request, 'view-file');
    if (found.kind !== 'found') return found;
    const { ref } = found.shown.contract;
    await request.viewed({ action: 'file-viewed', studentId: found.file.id, subject: ref });
    return contractPage(request, found);
  });
  site.get(`${CONTRACT_PATH}/form`, async (request): Promise<PageAnswer> => {
    const found = await findContract(request, 'draft-contract');
    if (found.kind !== 'found') return found;
    const { ref } = found.shown.contract;
    const written = await writeContractForm({ ...deps.letterbox }, { ref, language: null }, request.moment);
    if (written.kind !== 'rendered') return noForm(written.kind);
    await request.viewed({ action: 'document-viewed', studentId: found.file.id, subject: ref });
    return pdf(`contract-${ref}.pdf`, written.pdf);
  });
  for (const [name, of] of [
    ['evidence', ({ evidenceDocumentId }: StoredContract) => evidenceDocumentId],
    ['scan', ({ documentId }: StoredContract) => documentId],
  ] as const) {
    site.get(`${CONTRACT_PATH}/${name}`, async (request): Promise<PageAnswer> => {
      const found = await findContract(request, 'view-file');
      if (found.kind !== 'found') return found;
      const { contract } = found.shown;
      const id = of(contract);
      if (id === null) return { kind: 'not-found' };
      await request.viewed({ action: 'document-viewed', studentId: found.file.id, subject: contract.ref });
      const { bytes, mediaType } = await readDocument(request.db, id);
      return {
        kind: 'file',
        fileName: `${name}-${contract.ref}.${mediaType.split('/')[1]}`,
        mediaType,
        bytes,
        inline: true,
      };
    });
  }
  registerContractActs(site);
}

function pdf(fileName: string, bytes: Buffer): FileAnswer {
  return { kind: 'file', fileName, mediaType: 'application/pdf', bytes, inline: true };
}

function noForm(why: 'no-template' | 'missing-glyph' | 'unknown' | 'not-enrolled'): PageAnswer {
  const text = {
    'no-template': 'The folder with templates has no form. The IT contact can copy it from the shipped ones.',
    'missing-glyph': 'A name has a character that cannot be printed.',
    unknown: 'There is no such contract any more.',
    'not-enrolled': 'The student is enrolled at no school today.',
  }[why];
  return { kind: 'page', title: 'The form cannot be printed', within: '/files', body: html`<p>${text}</p>` };
}
