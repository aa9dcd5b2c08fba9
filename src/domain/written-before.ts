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

/**
 * Whether somebody who is about to be written to has the letter already, under another record of the SIS: the same name
 * with the same mailbox or behind the same door is the same person.
 */
export function hasBeenReached(now: Reachable, before: readonly Reachable[]): boolean {
  const household = householdOf(now.address);
  const mailbox = mailboxOf(now);
  return before.some(
    (one) =>
      sameName(one, now) &&
      ((mailbox !== null && mailbox === mailboxOf(one)) ||
        (household !== null && household === householdOf(one.address))),
  );
}

function mailboxOf({ email }: Reachable): string | null {
  return email?.trim().toLowerCase() || null;
}
