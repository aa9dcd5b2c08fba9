import { sendLetter } from '../../../jobs/send-letter.ts';
import { onRecord } from '../../../src/cli/on-record.ts';
import { addHold, endHold } from '../../../src/procedure/holds.ts';
import { resolveLetter } from '../../../src/procedure/resolve-letter.ts';
import { numberOf } from '../decision-model/tell-sis.ts';
import { type District, tell } from './district.ts';
import { BrokenError, type Family } from './family.ts';
import type { SeenLetter } from './letters.ts';
import type { Worker } from './worker.ts';

/** A person finds out what became of a letter, or places a hold on the student, or ends it. */
export async function askPerson(district: District, family: Family): Promise<void> {
  const { random } = family;
  const [worker] = district.workers;
  if (worker === undefined || family.known === null) return;
  const uncertain = [...district.letters.values()].filter(
    (letter) => district.students.get(letter.student) === family && letter.state === 'uncertain',
  );
  if (uncertain.length > 0 && random.chance(0.7)) await findOut(district, family, worker, uncertain);
  else if (random.chance(0.1)) await hold(district, family, worker);
}

/** Who looks at the mail server's log sees what it has, and waits until nobody is on the line with it any more. */
async function findOut(
  district: District,
  family: Family,
  { deps }: Worker,
  uncertain: readonly SeenLetter[],
): Promise<void> {
  const letter = family.random.pick(
    [...uncertain].sort((a, b) => (a.guardians.join() < b.guardians.join() ? -1 : 1)),
  );
  const isOnLine = family.inHand.some(
    ({ item: { job, payload } }) =>
      job.name === sendLetter.name && (payload as { letterId: string }).letterId === letter.id,
  );
  if (isOnLine) return;
  const delivered = district.mail.kept.has(letter.ref);
  const finding = {
    ref: letter.ref,
    delivered,
    by: 'Clerk',
    because: 'the log of the mail server',
    onPaper: false,
  };
  const procedure = await deps.procedure();
  const moment = deps.moment();
  const resolved = await onRecord(
    deps.db,
    { by: finding.by, now: moment.now },
    (tx) => resolveLetter(tx, procedure, finding, moment),
    () => ({ action: 'letter-resolved', subject: letter.ref }),
  );
  tell(district, family, `the clerk finds ${letter.ref} ${resolved.kind}`);
}

async function hold(district: District, family: Family, { deps }: Worker): Promise<void> {
  const { child } = family;
  const desk = { db: deps.db, procedure: await deps.procedure(), people: [] };
  const by = 'Counselor';
  const at = { by, now: deps.moment().now };
  const [standing] = child.holds;
  if (standing !== undefined) {
    const ended = { ref: standing.ref, by, because: 'over' };
    const { kind } = await onRecord(
      deps.db,
      at,
      (db) => endHold({ ...desk, db }, ended, deps.moment()),
      () => ({ action: 'hold-ended', subject: standing.ref }),
    );
    if (kind !== 'ended') throw new BrokenError(family, 'a hold did not end', { kind });
    child.holds.shift();
    tell(district, family, 'the hold ends');
    return;
  }
  const asked = {
    student: numberOf(child.name),
    kind: 'no-contact',
    scope: null,
    from: null,
    until: null,
    owner: 'counselor',
    reason: 'as the family wants it',
    by,
  };
  const added = await onRecord(
    deps.db,
    at,
    (db) => addHold({ ...desk, db }, asked, deps.moment()),
    () => ({ action: 'hold-placed' }),
  );
  if (added.kind !== 'added') throw new BrokenError(family, 'a hold was not placed', { kind: added.kind });
  child.holds.push({ ref: added.ref, scope: 'letters' });
  tell(district, family, 'a hold on letters');
}
