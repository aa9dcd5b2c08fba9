/** Whether an address may stand in an envelope. */
export type EmailVerdict =
  | { readonly kind: 'usable'; readonly address: string }
  | { readonly kind: 'unusable'; readonly reason: 'missing' | 'malformed' | 'several' | 'role-box' };

/** One mailbox, ASCII, dot-atoms only: quoted local parts and comments lead address parsers astray. */
const ADDRESS =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9])$/;
const LONGEST_ADDRESS = 254;
const LONGEST_LOCAL_PART = 64;

/** Boxes that an office reads, not a person, and what a clerk types where a family has no address. */
const ROLE_BOXES = new Set([
  'abuse',
  'admin',
  'attendance',
  'billing',
  'contact',
  'declined',
  'do-not-reply',
  'donotreply',
  'enquiries',
  'frontdesk',
  'hello',
  'help',
  'hr',
  'info',
  'mail',
  'mailer-daemon',
  'na',
  'no-email',
  'no-reply',
  'noemail',
  'noreply',
  'none',
  'nobody',
  'office',
  'postmaster',
  'reception',
  'refused',
  'registrar',
  'root',
  'sales',
  'secretary',
  'support',
  'team',
  'unknown',
  'webmaster',
]);

/** Judges what the SIS gives as an e-mail address. Several addresses in one field are ambiguous and not usable. */
export function usableAddress(text: string | null): EmailVerdict {
  const address = syntacticAddress(text);
  if (address.kind === 'unusable') return address;
  const local = address.address.slice(0, address.address.lastIndexOf('@')).toLowerCase();
  return ROLE_BOXES.has(local.split('+')[0] ?? local) ? { kind: 'unusable', reason: 'role-box' } : address;
}

/** The same without the question who reads the box: for staff and for the district's own addresses. */
export function syntacticAddress(text: string | null): EmailVerdict {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return { kind: 'unusable', reason: 'missing' };
  if ((trimmed.match(/@/g) ?? []).length > 1 || /[,;]/.test(trimmed))
    return { kind: 'unusable', reason: 'several' };
  const fits = trimmed.length <= LONGEST_ADDRESS && trimmed.indexOf('@') <= LONGEST_LOCAL_PART;
  return fits && ADDRESS.test(trimmed)
    ? { kind: 'usable', address: trimmed }
    : { kind: 'unusable', reason: 'malformed' };
}

/**
 * Whether a mail system's code says that there is no such mailbox (RFC 3463: 5.1.x, or 5.2.1, which is disabled). What it
 * says of a full one (5.2.2), of the sender (5.1.7, 5.1.8) or of a rule (5.7.x) is nothing against the address.
 */
export function isNoMailbox(status: string): boolean {
  return /^5\.(1\.(?![78]$)\d{1,3}|2\.1)$/.test(status);
}
