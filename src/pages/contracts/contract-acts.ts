import { z } from 'zod';
import { notTakenBackInWords } from '../../domain/undo-words.ts';
import {
  attachScan,
  type ChangedDraft,
  discardDraft,
  refuseContract,
  startContract,
} from '../../procedure/contract-drafts.ts';
import { type ChangedContract, endContract, signContract } from '../../procedure/contracts.ts';
import { undoSignature } from '../../procedure/take-outcome-back.ts';
import type { Tx } from '../../store/database.ts';
import { listUploads } from '../../store/uploads.ts';
import {
  neededDate,
  neededLine,
  neededNote,
  optionalDate,
  optionalLine,
  optionalNote,
} from '../form-fields.ts';
import { shownAgain } from '../shown-again.ts';
import type { AuditedAct, PageAnswer, PageRequest, Site } from '../site.ts';
import { contractPage } from './contract-view.ts';
import { termsProblem } from './draft-page.ts';
import { CONTRACT_PATH, type FoundContract, findContract } from './find-contract.ts';

const startSchema = z.strictObject({ signedOn: optionalDate('the day of the signature') });
const signSchema = z.strictObject({ signedOn: neededDate('the day of the signature') });
const undoSchema = z.strictObject({ because: optionalLine('the reason', 500) });
const refuseSchema = z.strictObject({ note: optionalNote('the note', 500) });
const endSchema = z.strictObject({ because: neededNote('the reason', 500) });
const scanSchema = z.strictObject({ document: neededLine('a document', 20) });

/** What is sent from the page of a contract: it is started, signed, refused, ended, or its scan is named. */
export function registerContractActs(site: Site): void {
  const again = shownAgain((request) => findContract(request, 'view-file'), contractPage);
  const act = async (
    request: PageRequest,
    tx: Tx,
    action: AuditedAct['action'],
    right: 'draft-contract' | 'manage-contract',
    change: (found: FoundContract) => Promise<ChangedDraft | ChangedContract>,
  ): Promise<PageAnswer> => {
    const found = await findContract(request, right);
    if (found.kind !== 'found') return found;
    const { file, shown } = found;
    const { ref } = shown.contract;
    const changed = await change(found);
    if (changed.kind === 'refused') return again(request, [termsProblem(changed)], {});
    if (changed.kind !== 'changed') {
      const text = {
        unknown: 'There is no such contract any more.',
        'not-a-draft': 'It is no draft any more.',
        'not-enrolled': 'The student is enrolled at no school today.',
        over: 'It is over: it was refused, ended or kept before.',
        'signed-before': 'A signature is on record already.',
        draft: 'It is a draft: start it, with the day of the signature.',
        'day-to-come': 'The day of the signature is today or before.',
      }[changed.kind];
      return again(request, [{ field: '', text }], {});
    }
    await request.audit(tx, { action, studentId: file.id, subject: ref });
    const isGone = action === 'contract-ended' && shown.contract.state === 'draft';
    const to = isGone ? `/files/${file.ref}` : `/files/${file.ref}/contracts/${ref}`;
    return { kind: 'redirect', to, notice: `Attendance contract ${ref} is recorded so.` };
  };

  site.post(
    `${CONTRACT_PATH}/start`,
    startSchema,
    ({ signedOn }, request, tx) =>
      act(request, tx, 'contract-started', 'manage-contract', ({ procedure, shown: { contract } }) =>
        startContract(
          tx,
          procedure,
          { ref: contract.ref, signedOn, by: request.person.name },
          request.moment,
        ),
      ),
    { again },
  );
  site.post(
    `${CONTRACT_PATH}/sign`,
    signSchema,
    async ({ signedOn: on }, request, tx) => {
      if (on > request.moment.today) {
        const text = 'The day of the signature is today or before.';
        return again(request, [{ field: 'signedOn', text }], { signedOn: on });
      }
      return act(request, tx, 'contract-signed', 'manage-contract', ({ shown: { contract } }) =>
        signContract(tx, { ref: contract.ref, on, by: request.person.name }, request.moment),
      );
    },
    { again },
  );
  site.post(
    `${CONTRACT_PATH}/unsign`,
    undoSchema,
    async ({ because }, request, tx): Promise<PageAnswer> => {
      const found = await findContract(request, 'manage-contract');
      if (found.kind !== 'found') return found;
      const { file, procedure } = found;
      const { ref } = found.shown.contract;
      const asked = { ref, by: request.person.name, because };
      const undone = await undoSignature(tx, procedure, asked, request.moment);
      if (undone.kind === 'unknown') return { kind: 'not-found' };
      if (undone.kind !== 'taken-back') {
        const text = notTakenBackInWords(undone, 'signature');
        return again(request, [{ field: '', text }], { because: because ?? '' });
      }
      await request.audit(tx, { action: 'contract-signature-undone', studentId: file.id, subject: ref });
      const to = `/files/${file.ref}/contracts/${ref}`;
      return { kind: 'redirect', to, notice: `The signature of attendance contract ${ref} is taken back.` };
    },
    { again },
  );
  site.post(
    `${CONTRACT_PATH}/refuse`,
    refuseSchema,
    ({ note }, request, tx) =>
      act(request, tx, 'contract-ended', 'manage-contract', ({ procedure, shown: { contract } }) =>
        refuseContract(tx, procedure, { ref: contract.ref, by: request.person.name, note }, request.moment),
      ),
    { again },
  );
  site.post(
    `${CONTRACT_PATH}/end`,
    endSchema,
    ({ because }, request, tx) =>
      act(request, tx, 'contract-ended', 'manage-contract', ({ shown: { contract } }) => {
        const ended = { ref: contract.ref, by: request.person.name, because };
        return contract.state === 'draft'
          ? discardDraft(tx, ended, request.moment)
          : endContract(tx, ended, request.moment);
      }),
    { again },
  );
  site.post(
    `${CONTRACT_PATH}/scan`,
    scanSchema,
    async ({ document: ref }, request, tx): Promise<PageAnswer> => {
      const found = await findContract(request, 'draft-contract');
      if (found.kind !== 'found') return found;
      const { file, shown, procedure } = found;
      const student = { studentId: file.id, schoolYear: procedure.schoolYear.id };
      const upload = (await listUploads(tx, student)).find((one) => one.ref === ref);
      if (upload === undefined)
        return again(request, [{ field: 'document', text: 'Please choose a document of the file.' }], {});
      const { contract } = shown;
      const scan = { ref: contract.ref, documentId: upload.documentId, by: request.person.name };
      if ((await attachScan(tx, scan, request.moment)) === 'unknown') return { kind: 'not-found' };
      await request.audit(tx, {
        action: 'document-added',
        studentId: file.id,
        subject: contract.ref,
        detail: { document: ref },
      });
      const to = `/files/${file.ref}/contracts/${contract.ref}`;
      return { kind: 'redirect', to, notice: 'The signed scan lies with the contract.' };
    },
    { again },
  );
}
