import { type Header, type HeaderRules, resolveHeader } from '../csv/resolve-header.ts';
import { CONTACT_COLUMNS, type ContactColumn } from './contact-columns.ts';

/** Usual headers, those of Infinite Campus' `v_CensusContactSummary` among them, where `personID` is the student. */
const USUAL: Readonly<Record<ContactColumn, readonly string[]>> = {
  studentSourcedId: ['studentSourcedId', 'studentGUID', 'personGUID'],
  studentNumber: ['studentNumber'],
  studentStateId: ['studentStateId', 'stateID', 'studentStateNumber'],
  studentPersonId: ['studentPersonId', 'personID'],
  contactSourcedId: ['contactSourcedId', 'contactGUID', 'contactPersonGUID'],
  contactPersonId: ['contactPersonId'],
  givenName: ['givenName', 'firstName', 'contactFirstName'],
  familyName: ['familyName', 'lastName', 'contactLastName'],
  relationship: ['relationship', 'relationshipType'],
  guardian: ['guardian'],
  mailing: ['mailing', 'mailAllowed'],
  noContact: ['noContact'],
  private: ['private', 'addressPrivate'],
  wantsPaper: ['wantsPaper'],
  language: ['language', 'communicationLanguage', 'preferredLanguage'],
  addressLine1: ['addressLine1', 'address1'],
  addressLine2: ['addressLine2', 'address2'],
  city: ['city'],
  state: ['state'],
  postalCode: ['postalCode', 'zip', 'zipCode'],
  email: ['email', 'emailAddress'],
  homePhone: ['homePhone'],
  cellPhone: ['cellPhone', 'mobilePhone'],
};

const NEEDED: readonly (readonly ContactColumn[])[] = [
  ['studentSourcedId', 'studentPersonId', 'studentNumber', 'studentStateId'],
  ['contactSourcedId', 'contactPersonId'],
  ['givenName'],
  ['familyName'],
];

/** @param own the district's own headers @throws FileRefusal */
export function contactHeader(
  headers: readonly string[],
  own: HeaderRules<ContactColumn>['own'],
): Header<ContactColumn> {
  return resolveHeader(headers, { columns: CONTACT_COLUMNS, usual: USUAL, own, needed: NEEDED });
}
