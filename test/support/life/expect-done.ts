import { sql } from 'kysely';
import { sealAudit } from '../../../src/store/audit-chain.ts';
import { verifyAudit } from '../../../src/store/audit-verify.ts';
import { brokenInvariants } from '../../../src/store/invariants.ts';
import { countFor, LETTER_STEPS, obstacles, STEPS, threshold } from '../decision-model/world.ts';
import { type District, todayOf } from './district.ts';
import { asKnown } from './expect-letter.ts';
import { BrokenError, type Family } from './family.ts';
import type { SeenLetter } from './letters.ts';

interface Standing {
  readonly student: number;
  readonly step: string;
  readonly state: string;
  readonly superseded: boolean;
  readonly isBlocked: boolean;
  readonly hasReferral: boolean;
}

/** The ledger is the SIS, each step is where a plain count wants it, and whatever waits for a person has a task. */
export async function expectAllDone(district: District): Promise<void> {
  await expectLedger(district);
  const standings = await standingsOf(district);
  const asked = await lettersWithTask(district);
  for (const family of district.families) {
    const letters = [...district.letters.values()].filter(
      ({ student }) => district.students.get(student) === family,
    );
    expectSteps(district, family, standings.get(family) ?? [], letters);
    for (const letter of letters) expectAtRest(family, letter, asked);
  }
  await expectSoundDatabase(district);
}

function expectSteps(
  district: District,
  family: Family,
  standings: readonly Standing[],
  letters: readonly SeenLetter[],
): void {
  const child = asKnown(family);
  const isFree = obstacles(child).length === 0;
  for (const step of STEPS) {
    const count = countFor(child, step, todayOf(district));
    const isReached = count >= threshold('shipped', step);
    const standing = standings.find((one) => one.step === step);
    const is = standing?.superseded ? 'superseded' : (standing?.state ?? 'none');
    const told = { step, count, is, obstacles: obstacles(child), letters };
    const allowed = isReached ? ['owed', 'taken', 'skipped'] : ['none', 'withdrawn', 'superseded', 'skipped'];
    if (!allowed.includes(is)) throw new BrokenError(family, 'a step is not where the count wants it', told);
    if (is !== 'owed') continue;
    const waits =
      standing?.isBlocked ||
      (step === 'referral' && standing?.hasReferral) ||
      (LETTER_STEPS.includes(step) &&
        letters.some((letter) => letter.step === step && isLeftToPerson(letter)));
    if (!waits || (isFree && step === 'contact'))
      throw new BrokenError(family, 'what is owed was neither done nor waits for anybody', told);
  }
}

/** On its way to nowhere, unless a person does something. */
function isLeftToPerson({ state, reason }: SeenLetter): boolean {
  return state === 'uncertain' || (state === 'held' && reason === 'too-many-attempts');
}

function expectAtRest(family: Family, letter: SeenLetter, asked: ReadonlySet<string>): void {
  if (letter.state === 'claimed' || letter.state === 'transmitting')
    throw new BrokenError(family, 'a letter is still claimed', letter);
  if (isLeftToPerson(letter)) {
    if (!asked.has(letter.id))
      throw new BrokenError(family, 'a letter waits for a person whom nobody asks', letter);
    return;
  }
  const isUnfinished = ['planned', 'queued', 'held', 'printed'].includes(letter.state);
  if (isUnfinished && obstacles(asKnown(family)).length === 0)
    throw new BrokenError(family, 'a letter was forgotten', letter);
}

async function expectLedger({ office: { db }, families }: District): Promise<void> {
  const rows = await db
    .selectFrom('absence_record')
    .select('sourced_id')
    .where('ended_at', 'is', null)
    .where('code_sourced_id', '=', 'unx')
    .execute();
  const kept = new Set(rows.map((row) => row.sourced_id));
  for (const family of families) {
    const { name, rows: told } = family.child;
    for (const [date, isThere] of told) {
      const id = `${name}/${date}`;
      if (kept.delete(id) !== isThere)
        throw new BrokenError(family, 'the ledger is not what the SIS says', { date, isThere });
    }
  }
  if (kept.size > 0)
    throw new BrokenError(null, 'the ledger has rows that the SIS has not', { rows: [...kept] });
}

async function standingsOf({ office: { db }, students }: District): Promise<ReadonlyMap<Family, Standing[]>> {
  const { rows } = await sql<Standing>`
    select l.student_id as student, l.step, l.state, l.superseded, l.blocks <> '[]' as "isBlocked",
      exists (select from referral r where r.student_id = l.student_id) as "hasReferral"
    from ladder_step l`.execute(db);
  const standings = new Map<Family, Standing[]>();
  for (const row of rows) {
    const family = students.get(row.student);
    if (family !== undefined) standings.set(family, [...(standings.get(family) ?? []), row]);
  }
  return standings;
}

async function lettersWithTask({ office: { db } }: District): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('task')
    .select('letter_id')
    .where('state', '=', 'open')
    .where('letter_id', 'is not', null)
    .execute();
  return new Set(rows.flatMap((row) => row.letter_id ?? []));
}

async function expectSoundDatabase({ office: { db }, audit }: District): Promise<void> {
  const broken = await brokenInvariants(db);
  if (broken.length > 0) throw new BrokenError(null, 'the database is not sound', broken);
  await sealAudit(db);
  const verdict = await verifyAudit(db, audit === null ? [] : [audit]);
  if (verdict.kind !== 'intact' || verdict.waiting > 0)
    throw new BrokenError(null, 'the audit log is not whole', verdict);
}
