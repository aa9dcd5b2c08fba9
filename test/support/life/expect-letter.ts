import { sql } from 'kysely';
import { clockTimeInZone, type SchoolDate } from '../../../src/domain/school-date.ts';
import type { LetterClaim } from '../../../src/procedure/claim.ts';
import type { Moment } from '../../../src/procedure/procedure.ts';
import {
  addressOf,
  type Child,
  countFor,
  isSendingDay,
  nameOf,
  obstacles,
  recipients,
  threshold,
} from '../decision-model/world.ts';
import { type District, tell } from './district.ts';
import { BrokenError, type Family } from './family.ts';
import type { SeenLetter } from './letters.ts';
import type { Worker } from './worker.ts';

/** What a plain count over what the SIS has told says of a claim, at the clock of who claims. */
export function expectMayBeClaimed(district: District, { moment, name }: Worker, outcome: unknown): void {
  const claim = outcome as LetterClaim;
  if (claim.kind !== 'claimed') return;
  const { letter } = claim;
  const family = district.students.get(letter.studentId);
  if (family === undefined) throw new BrokenError(null, 'a letter about nobody', { ref: letter.ref });
  tell(district, family, `${name} claims ${letter.ref}`);
  const told = { ref: letter.ref, step: letter.step, to: letter.email, by: name };
  expectStands(family, letter.step, moment(), told);
  const known = asKnown(family);
  if (!recipients(known).some((parent) => addressOf(parent) === letter.email))
    throw new BrokenError(family, 'a letter to somebody who may not get one was claimed', told);
  const { now, today } = moment();
  const time = clockTimeInZone(now, 'America/Denver');
  if (!isSendingDay(today) || time < '08:00' || time >= '16:00')
    throw new BrokenError(family, 'a letter was claimed at a time at which none may leave', { ...told, now });
}

/** The same for one that was put into a print run. */
export function expectMayBePrinted(family: Family, letter: SeenLetter, moment: Moment): void {
  const told = { ref: letter.ref, step: letter.step };
  expectStands(family, letter.step, moment, told);
  const allowed = recipients(asKnown(family)).map(({ name }) => name);
  if (!letter.guardians.every((guardian) => allowed.includes(nameOf(guardian))))
    throw new BrokenError(family, 'a letter to somebody who may not get one was printed', told);
}

function expectStands(family: Family, step: string, { today }: { today: SchoolDate }, told: object): void {
  const known = asKnown(family);
  const count = countFor(known, step, today);
  const at = threshold('shipped', step);
  if (count < at)
    throw new BrokenError(family, 'a letter was claimed below its step', { ...told, today, count, at });
  const inTheWay = obstacles(known);
  if (inTheWay.length > 0)
    throw new BrokenError(family, 'a letter was claimed in spite of what is in its way', {
      ...told,
      inTheWay,
    });
}

/** What the SIS told last, and what the staff said since. */
export function asKnown({ known, child }: Family): Child {
  if (known === null) throw new RangeError('nobody has read of the family yet');
  return { ...known, holds: child.holds, called: child.called };
}

/** The first byte is about to leave: the mark is there for everybody to see, and nobody has stopped the letters. */
export async function expectMayBegin(district: District, family: Family, ref: string): Promise<void> {
  tell(district, family, `the first byte of ${ref} leaves`);
  if (district.isStopped)
    throw new BrokenError(family, 'a letter began to leave while sending was stopped', { ref });
  const { rows } = await sql<{ state: string }>`select state from letter where ref = ${ref}`.execute(
    district.office.db,
  );
  if (rows[0]?.state !== 'transmitting')
    throw new BrokenError(family, 'a letter began to leave without its mark', { ref, ...rows[0] });
}
