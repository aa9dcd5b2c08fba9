/** What a row says of an absence, whatever the student and the school are called in its table. */
export const ABSENCE_SAYS = [
  'date',
  'kind',
  'period',
  'status',
  'excuse',
  'day_fraction',
  'minutes_absent',
  'minutes_scheduled',
  'code_sourced_id',
] as const;

/** What a read says of a guardian. Statements that list the values instead have them in this order. */
export const GUARDIAN_COLUMNS = [
  'sourced_id',
  'role',
  'given_name',
  'family_name',
  'email',
  'phone',
  'language',
  'address',
  'address_private',
  'mail_allowed',
  'no_contact',
  'wants_paper',
  'active',
  'digest',
] as const;
