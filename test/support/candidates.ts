import type { Candidate } from '../../src/domain/recipients.ts';
import type { PostalAddress } from '../../src/domain/sis-records.ts';

export const OAK: PostalAddress = { lines: ['12 Oak St.'], city: 'Salida', state: 'CO', postalCode: '81201' };

/** A guardian to whom nothing is in the way of an e-mail. */
export function aCandidate(id: number, candidate: Partial<Candidate> = {}): Candidate {
  return {
    id,
    sourcedId: `g-${id}`,
    role: 'guardian',
    active: true,
    email: `parent${id}@example.org`,
    language: 'en',
    address: OAK,
    addressPrivate: false,
    mailAllowed: true,
    noContact: false,
    wantsPaper: false,
    isGuardian: null,
    emailShared: false,
    emailBounced: false,
    ...candidate,
  };
}
