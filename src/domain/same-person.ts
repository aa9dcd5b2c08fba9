import { householdOf } from './household.ts';
import { sameName } from './name-key.ts';
import type { PostalAddress } from './sis-records.ts';

/** By what name and where a person can be written to. */
export interface Reachable {
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string | null;
  readonly address: PostalAddress | null;
}

/** A guardian of today's records. */
export interface PersonRecord extends Reachable {
  readonly id: number;
}

/** Somebody to whom a letter of a round was planned: as the letter says, or as the records say now. */
export interface Addressee extends Reachable {
  readonly guardianId: number;
  /** The letter may still leave, or has left. */
  readonly live: boolean;
  /** Who got letters of their own by the same decision: two people, however alike. */
  readonly beside: readonly number[];
}

/** Whether the letter of the round went, or goes, to the same person under another record of the SIS only. */
export function hasItAlready(record: PersonRecord, addressees: readonly Addressee[]): boolean {
  return !hasOwn(record, addressees) && addressees.some((one) => one.live && isAlso(one, record));
}

/** Whether one of those who were written to has come to be this record by now, which has had no letter of its own. */
export function standsInFor(
  record: PersonRecord,
  gone: readonly number[],
  addressees: readonly Addressee[],
): boolean {
  return (
    !hasOwn(record, addressees) &&
    addressees.some((one) => gone.includes(one.guardianId) && isAlso(one, record))
  );
}

function hasOwn(record: PersonRecord, addressees: readonly Addressee[]): boolean {
  return addressees.some((one) => one.live && one.guardianId === record.id);
}

/** The same name with the same mailbox or behind the same door, unless both were written to side by side. */
function isAlso(one: Addressee, record: PersonRecord): boolean {
  if (one.guardianId === record.id || one.beside.includes(record.id) || !sameName(one, record)) return false;
  const mailbox = mailboxOf(record);
  const household = householdOf(record.address);
  return (
    (mailbox !== null && mailbox === mailboxOf(one)) ||
    (household !== null && household === householdOf(one.address))
  );
}

function mailboxOf({ email }: Reachable): string | null {
  return email?.trim().toLowerCase() || null;
}
