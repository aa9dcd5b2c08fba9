import { type ContractRefusal, isJudgedToItsEnd, judgeTerms } from '../domain/contract-terms.ts';
import { termsInWords } from '../domain/contract-words.ts';
import { primaryEnrolment } from '../domain/counting.ts';
import { formatDays } from '../domain/days.ts';
import { renewedTerms } from '../domain/renew-contract.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { addToFile } from '../store/attendance-files.ts';
import { refuseDraft as refuseStored, removeDraft, saveScan, startDraft } from '../store/contract-drafts.ts';
import { findContract, type StoredContract } from '../store/contracts.ts';
import type { Db, Tx } from '../store/database.ts';
import { loadStudentFacts } from '../store/student-facts.ts';
import { closeTasks } from '../store/tasks.ts';
import {
  type AddedContract,
  addContract,
  aroundTerms,
  changeContract,
  closeAgreed,
  fileContract,
} from './contracts.ts';
import { endsTaskKey } from './follow-contracts.ts';
import type { Moment, Procedure } from './procedure.ts';

export type ChangedDraft =
  | { readonly kind: 'changed'; readonly contract: StoredContract; readonly judgedToItsEnd: boolean }
  | { readonly kind: 'unknown' | 'not-a-draft' | 'not-enrolled' }
  | ({ readonly kind: 'refused' } & ContractRefusal);

/**
 * A draft is agreed, signed or not: from now on it is watched. Its terms are judged once more, since other contracts may
 * have been agreed meanwhile.
 */
export async function startContract(
  db: Db,
  procedure: Procedure,
  started: { readonly ref: string; readonly signedOn: SchoolDate | null; readonly by: string },
  moment: Moment,
): Promise<ChangedDraft> {
  const { signedOn, by } = started;
  return onDraft(db, started.ref, async (tx, contract) => {
    const facts = await loadStudentFacts(tx, { id: contract.studentId, schoolYear: contract.schoolYear });
    const primary = primaryEnrolment(facts?.enrolments ?? [], moment.today);
    if (primary === null) return { kind: 'not-enrolled' };
    const calendar = procedure.calendarOf(primary.schoolSourcedId);
    const asked = { ...contract, allowedDays: formatDays(contract.allowedDays), signedOn, refused: false };
    const judged = judgeTerms(asked, await aroundTerms(tx, procedure, contract, calendar, moment));
    if (judged.kind === 'refused') return judged;
    if (!(await startDraft(tx, contract.id, { signedOn, by, now: moment.now })))
      return { kind: 'not-a-draft' };
    const how = signedOn === null ? 'agreed' : `signed on ${signedOn}`;
    const title = `Attendance contract ${contract.ref} ${how}, recorded by ${by}: ${termsInWords(contract)}`;
    await fileContract(tx, contract, title, moment);
    await closeAgreed(tx, procedure, contract, 'contract-agreed', moment);
    if (contract.followsId !== null) {
      const closed = { reason: 'contract-renewed', on: moment.today, now: moment.now };
      await closeTasks(tx, { keys: [endsTaskKey(contract.followsId)] }, closed);
    }
    return { kind: 'changed', contract, judgedToItsEnd: isJudgedToItsEnd(judged.terms, calendar) };
  });
}

/** The family does not agree to what was written down. It stays on record and is never watched. */
export async function refuseContract(
  db: Db,
  procedure: Procedure,
  refused: { readonly ref: string; readonly by: string; readonly note: string | null },
  moment: Moment,
): Promise<ChangedDraft> {
  return onDraft(db, refused.ref, async (tx, contract) => {
    if (!(await refuseStored(tx, contract.id, moment.now))) return { kind: 'not-a-draft' };
    const note = refused.note === null ? '' : `: ${refused.note}`;
    const title = `Attendance contract ${contract.ref} refused by the family, recorded by ${refused.by}${note}`;
    await fileContract(tx, contract, title, moment);
    await closeAgreed(tx, procedure, contract, 'contract-refused', moment);
    return { kind: 'changed', contract, judgedToItsEnd: true };
  });
}

/** A draft is thrown away; the file keeps that there was one. */
export async function discardDraft(
  db: Db,
  discarded: { readonly ref: string; readonly by: string; readonly because: string },
  moment: Moment,
): Promise<ChangedDraft> {
  return onDraft(db, discarded.ref, async (tx, contract) => {
    if (!(await removeDraft(tx, contract.id))) return { kind: 'not-a-draft' };
    const { by, because } = discarded;
    await fileContract(tx, contract, `Draft ${contract.ref} discarded by ${by}: ${because}`, moment);
    return { kind: 'changed', contract, judgedToItsEnd: true };
  });
}

/** The signed scan, which lies in the file as a document already. */
export async function attachScan(
  db: Db,
  scan: { readonly ref: string; readonly documentId: string; readonly by: string },
  moment: Moment,
): Promise<'attached' | 'unknown'> {
  const attached = await changeContract(db, scan.ref, async (tx, contract) => {
    await saveScan(tx, contract.id, scan.documentId, moment.now);
    const { studentId, schoolYear } = contract;
    const title = `Signed scan of attendance contract ${contract.ref} attached by ${scan.by}`;
    await addToFile(
      tx,
      { studentId, schoolYear, now: moment.now },
      { onDate: moment.today, kind: 'document', title, documentId: scan.documentId },
    );
    return { kind: 'changed', contract };
  });
  return attached.kind === 'changed' ? 'attached' : 'unknown';
}

/** Terms in which a contract may go on; null where there is none, or the school year leaves no day. */
export async function proposeRenewal(
  db: Db,
  procedure: Procedure,
  ref: string,
  { today }: Moment,
): Promise<{ readonly contract: StoredContract; readonly terms: ReturnType<typeof renewedTerms> } | null> {
  const contract = await findContract(db, ref);
  if (contract === null) return null;
  const facts = await loadStudentFacts(db, { id: contract.studentId, schoolYear: contract.schoolYear });
  const primary = primaryEnrolment(facts?.enrolments ?? [], today);
  const calendar = procedure.calendarOf(primary?.schoolSourcedId ?? null);
  const { begins, ends, allowedDays, basis, graceDays, exceptCodes, endedOn } = contract;
  const terms = { begins, ends, allowedDays, basis, graceDays, exceptCodes, endedOn };
  return { contract, terms: renewedTerms(terms, calendar, today) };
}

/** A draft that takes up a contract. @param changed terms that are not those proposed */
export async function renewContract(
  db: Db,
  procedure: Procedure,
  renewed: {
    readonly ref: string;
    readonly by: string;
    readonly changed: {
      readonly begins?: SchoolDate;
      readonly ends?: SchoolDate;
      readonly allowedDays?: string;
    };
  },
  moment: Moment,
): Promise<AddedContract | { readonly kind: 'unknown' | 'no-day-left' }> {
  const proposed = await proposeRenewal(db, procedure, renewed.ref, moment);
  if (proposed === null) return { kind: 'unknown' };
  const { contract, terms } = proposed;
  if (terms === null) return { kind: 'no-day-left' };
  const { sourced_id: student } = await db
    .selectFrom('student')
    .select('sourced_id')
    .where('id', '=', contract.studentId)
    .executeTakeFirstOrThrow();
  const asked = {
    ...terms,
    allowedDays: formatDays(terms.allowedDays),
    ...renewed.changed,
    student,
    by: renewed.by,
    signedOn: null,
    refused: false,
    note: null,
    draft: true,
    follows: contract.ref,
  };
  return addContract(db, procedure, asked, moment);
}

async function onDraft(
  db: Db,
  ref: string,
  use: (tx: Tx, contract: StoredContract) => Promise<ChangedDraft>,
): Promise<ChangedDraft> {
  let outcome: ChangedDraft = { kind: 'unknown' };
  await changeContract(db, ref, async (tx, contract) => {
    outcome = contract.state === 'draft' ? await use(tx, contract) : { kind: 'not-a-draft' };
    return { kind: 'changed', contract };
  });
  return outcome;
}
