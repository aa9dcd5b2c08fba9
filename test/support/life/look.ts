import { sql } from 'kysely';
import { dateInZone } from '../../../src/domain/school-date.ts';
import { auditAnchor } from '../../../src/store/audit-chain.ts';
import { nameOf } from '../decision-model/world.ts';
import type { District } from './district.ts';
import { expectMayBePrinted } from './expect-letter.ts';
import { BrokenError } from './family.ts';
import { type SeenLetter, seeLetters } from './letters.ts';

/** What may be true of a letter that the mail server has. */
const HAVE_LEFT = new Set(['sent', 'uncertain', 'transmitting']);
/** A letter that is none any more. */
const OVER = new Set(['cancelled']);

/** What holds for every family after every step, asked of the database at once. */
export async function look(district: District): Promise<void> {
  const before = district.letters;
  const letters = await seeLetters(district.office.db);
  district.letters = letters;
  const living = new Map<string, SeenLetter>();
  const left = new Map<string, SeenLetter>();
  for (const letter of letters.values()) {
    const broken = (rule: string, told: object = {}) =>
      new BrokenError(district.students.get(letter.student) ?? null, rule, { ...letter, ...told });
    if (letter.state === 'uncertain') district.uncertain.add(letter.ref);
    const isKept = district.mail.kept.has(letter.ref);
    if (letter.state === 'sent' && letter.channel === 'email' && !isKept)
      throw broken('sent, and the server does not have it');
    if (isKept && !HAVE_LEFT.has(letter.state)) throw broken('the server has it, and nobody says so');
    for (const guardian of new Set(letter.guardians.map(nameOf))) {
      const key = `${guardian} ${letter.step} ${letter.round}`;
      const other = OVER.has(letter.state) ? undefined : living.get(key);
      if (other !== undefined) throw broken('two living letters of one step for one guardian', { other });
      if (!OVER.has(letter.state)) living.set(key, letter);
      const second = isKept || letter.state === 'posted' ? left.get(key) : undefined;
      if (second !== undefined) throw broken('a guardian has two letters of one step', { second });
      if (isKept || letter.state === 'posted') left.set(key, letter);
    }
    if (letter.state === 'printed' && before.get(letter.id)?.state !== 'printed') {
      const family = district.students.get(letter.student);
      const { now } = district;
      if (family !== undefined)
        expectMayBePrinted(family, letter, { now, today: dateInZone(now, 'America/Denver') });
    }
  }
  await lookAtAudit(district);
}

/** The log of what people did only grows, and what it said it goes on saying. */
async function lookAtAudit(district: District): Promise<void> {
  const { db } = district.office;
  const end = await auditAnchor(db);
  const { audit } = district;
  district.audit = end;
  if (audit === null) return;
  const { rows } = await sql<{ hash: Buffer }>`select hash from audit_chain where seq = ${audit.seq}`.execute(
    db,
  );
  if (end === null || end.seq < audit.seq || rows[0]?.hash.toString('hex') !== audit.hash)
    throw new BrokenError(null, 'the audit log does not go on where it was', { audit, end });
}

/** Right after somebody has looked for what was abandoned. */
export async function expectNothingHeldByTheGone(district: District): Promise<void> {
  for (const letter of (await seeLetters(district.office.db)).values()) {
    if (letter.owner === null || !district.goneOwners.has(letter.owner)) continue;
    const family = district.students.get(letter.student) ?? null;
    throw new BrokenError(family, 'a letter is held by somebody who is gone', letter);
  }
}
