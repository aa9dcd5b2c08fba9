import type { Unbound } from './bind-pdfs.ts';

const REASONS: Record<Unbound, string> = {
  encrypted: 'it is encrypted',
  unreadable: 'it cannot be read as what it says it is',
  'took-too-long': 'it takes too long to read',
  'too-large': 'it is too large',
};

/** As a clause behind "it could not be bound, because". */
export function unboundInWords(reason: string): string {
  return REASONS[reason as Unbound] ?? reason;
}
