import { createHmac, timingSafeEqual } from 'node:crypto';
import { syntacticAddress } from '../domain/email-address.ts';

/** The longest local part of a base that leaves room for a token. */
export const LONGEST_BASE = 32;

/**
 * What stands behind the plus sign in the return path of one mail: its reference, and a seal that nobody outside can
 * make: `L-7F3K-2Q9M-0f1e2d3c4b5a6978`.
 */
export function sealedReference(secret: string, ref: string): string {
  return `${ref}-${sealOf(secret, ref)}`;
}

/**
 * The reference that a return path of ours names, when its seal is right. Mail servers on the way may have changed
 * upper and lower case.
 * @returns null for every other address
 */
export function referenceIn(secret: string, address: string): string | null {
  const match = /\+([lm]-[a-z0-9]{4}-[a-z0-9]{4})-([0-9a-f]{16})@/i.exec(address.slice(0, 320));
  const [, written = '', seal = ''] = match ?? [];
  if (match === null || syntacticAddress(address).kind !== 'usable') return null;
  const ref = written.toUpperCase();
  const expected = sealOf(secret, ref);
  return timingSafeEqual(Buffer.from(expected), Buffer.from(seal.toLowerCase())) ? ref : null;
}

function sealOf(secret: string, ref: string): string {
  return createHmac('sha256', secret).update(`return-path:${ref}`).digest('hex').slice(0, 16);
}
