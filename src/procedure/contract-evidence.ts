import { evidencePdf } from '../documents/contract-evidence.ts';
import { longDate } from '../documents/dates.ts';
import type { ContractStanding } from '../domain/contract.ts';
import { contractEvidence } from '../domain/contract-evidence.ts';
import { contractInWords, termsInWords } from '../domain/contract-words.ts';
import { saveEvidence } from '../store/contract-drafts.ts';
import type { StoredContract } from '../store/contracts.ts';
import type { Tx } from '../store/database.ts';
import { saveDocument } from '../store/documents.ts';
import type { StoredFacts } from '../store/student-facts.ts';
import type { Assessment } from './assess.ts';
import type { Moment, Procedure } from './procedure.ts';

/** Keeps what the standing of a contract rests on at this moment, as a page in the file. @returns the document's id */
export async function keepEvidence(
  tx: Tx,
  procedure: Procedure,
  {
    contract,
    standing,
    facts,
    assessment,
  }: {
    contract: StoredContract;
    standing: ContractStanding;
    facts: StoredFacts;
    assessment: Assessment;
  },
  { today, now }: Moment,
): Promise<string> {
  const { evaluation, homeSchoolId } = assessment;
  const titles = new Map(facts.codes.map(({ sourcedId, title }) => [sourcedId, title]));
  const codes = new Map(facts.records.map(({ id, codeId }) => [id, titles.get(codeId ?? '') ?? '']));
  const school = await tx
    .selectFrom('school')
    .select('name')
    .where('id', '=', homeSchoolId ?? 0)
    .executeTakeFirst();
  const bytes = await evidencePdf({
    ...contractEvidence(standing, evaluation, (record) => codes.get(record) ?? ''),
    reference: contract.ref,
    student: { name: `${facts.givenName} ${facts.familyName}`, number: facts.number },
    school: school?.name ?? '',
    date: today,
    violatedOn: standing.on,
    standing: contractInWords(standing, today),
    terms: termsInWords(contract),
    agreed: `${contract.signedOn === null ? 'no signature is on record' : `signed on ${longDate(contract.signedOn, 'en')}`}, recorded by ${contract.agreedBy}`,
    graceDays: contract.graceDays,
    policyVersion: evaluation.policyVersion,
    calendarVersion: procedure.calendarVersion,
  });
  const document = await saveDocument(tx, {
    mediaType: 'application/pdf',
    kind: 'contract-evidence',
    bytes,
    students: [facts.studentId],
    now,
  });
  await saveEvidence(tx, contract.id, document.id, now);
  return document.id;
}
