/** Columns of a contacts file, by our names; a district may name its own headers for them. */
export const CONTACT_COLUMNS = [
  'studentSourcedId',
  'studentNumber',
  'studentStateId',
  'studentPersonId',
  'contactSourcedId',
  'contactPersonId',
  'givenName',
  'familyName',
  'relationship',
  'guardian',
  'mailing',
  'noContact',
  'private',
  'wantsPaper',
  'language',
  'addressLine1',
  'addressLine2',
  'city',
  'state',
  'postalCode',
  'email',
  'homePhone',
  'cellPhone',
] as const;

export type ContactColumn = (typeof CONTACT_COLUMNS)[number];
