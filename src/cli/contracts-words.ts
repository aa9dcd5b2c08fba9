import { formatDays } from '../domain/days.ts';
import { type StoredContract, shownState } from '../store/contracts.ts';

export function withoutPeople(contract: StoredContract & { readonly student: string }) {
  const {
    ref,
    student,
    begins,
    ends,
    allowedDays,
    basis,
    graceDays,
    exceptCodes,
    signedOn,
    violatedOn,
    endedOn,
  } = contract;
  const state = shownState(contract);
  const terms = { begins, ends, allowedDays: formatDays(allowedDays), basis, graceDays, exceptCodes };
  return { ref, student, state, ...terms, signedOn, violatedOn, endedOn };
}
