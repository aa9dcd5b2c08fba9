/** A mail to staff or to the truancy officer. */
export type StaffMailKind =
  | 'digest'
  | 'task'
  | 'approval'
  | 'packet'
  | 'alert'
  | 'copy'
  | 'code'
  | 'meeting'
  | 'summary';

/** What a mail is, for machines that read it (`X-Rollcall-Kind`). */
export type MailKind = StaffMailKind | 'letter';
