import type { StepVerdict } from '../domain/ladder-facts.ts';
import { addToFile } from '../store/attendance-files.ts';
import { cancelLetters, freeAddressees, liveBeside } from '../store/cancel-letters.ts';
import { type Db, inTransaction, type Tx } from '../store/database.ts';
import { type Letter, readLetter } from '../store/letters.ts';
import { lockStudent } from '../store/student-locks.ts';
import { closeTasks } from '../store/tasks.ts';
import { decideLocked } from './decide.ts';
import { meantNow } from './meant-now.ts';
import { type Decision, planLetters } from './plan-letters.ts';
import type { Moment, Procedure } from './procedure.ts';
import { FIX_POSTAL_ADDRESS } from './returned-post.ts';

/** Who wants a letter once more, and how. */
export interface ReissueRequest {
  readonly ref: string;
  readonly by: string;
  readonly because: string;
  /** On paper, whatever the e-mail address is. */
  readonly onPaper: boolean;
  /** Only one that the post has brought back. */
  readonly returnedOnly?: boolean;
  /** It is planned whatever keeps it back at present, and waits like every other letter. */
  readonly mayWait?: boolean;
}

export type Reissued =
  | { readonly kind: 'reissued'; readonly letters: readonly Letter[] }
  | { readonly kind: 'unknown' }
  /** `why`: a code word; `detail`: the state, or the reference of the letter that is meant instead. */
  | { readonly kind: 'refused'; readonly why: ReissueRefusal; readonly detail: string };

export type ReissueRefusal =
  /** It is still on its way by itself. */
  | 'under-way'
  | 'uncertain'
  | 'not-live'
  | 'cancelled'
  /** Another letter has taken its place; that one can be issued once more. */
  | 'reissued-before'
  /** The count has fallen, the step has begun anew, or it was skipped. */
  | 'no-longer-owed'
  | 'no-recipient'
  /** Its addressees have another letter of the step that was planned by itself. */
  | 'replaced'
  | 'not-returned'
  /** The records still have the address from which it came back. */
  | 'same-address'
  /** A hold, or whatever else would keep back a first letter. */
  | 'blocked';

/** What a letter must be for another one to be made of it. */
const refusedStates: Partial<Record<Letter['state'], ReissueRefusal>> = {
  planned: 'under-way',
  queued: 'under-way',
  claimed: 'under-way',
  transmitting: 'under-way',
  printed: 'under-way',
  uncertain: 'uncertain',
  shadowed: 'not-live',
  cancelled: 'cancelled',
};

/**
 * A named person has a letter issued once more: a new row with its own reference and Message-ID, to the same guardians
 * as they may be reached today. It passes everything that a first letter passes before it leaves.
 */
export async function reissueLetter(
  db: Db,
  procedure: Procedure,
  request: ReissueRequest,
  moment: Moment,
): Promise<Reissued> {
  return inTransaction(db, async (tx): Promise<Reissued> => {
    const found = await lockLetter(tx, request.ref);
    if (found === null) return { kind: 'unknown' };
    const why = refusedStates[found.state];
    if (why !== undefined) return { kind: 'refused', why, detail: found.state };
    if (request.returnedOnly === true && found.returnedOn === null)
      return { kind: 'refused', why: 'not-returned', detail: found.state };
    const later = await tx
      .selectFrom('letter')
      .select('ref')
      .where('reissue_of', '=', found.id)
      .where('state', '<>', 'cancelled')
      .executeTakeFirst();
    if (later !== undefined) return { kind: 'refused', why: 'reissued-before', detail: later.ref };
    return reissueLocked(tx, procedure, found, request, moment);
  });
}

/** @returns the letter by its reference, once nobody else decides about its student; null: there is none */
export async function lockLetter(tx: Tx, ref: string): Promise<Letter | null> {
  const row = await tx
    .selectFrom('letter')
    .select(['id', 'student_id'])
    .where('ref', '=', ref)
    .executeTakeFirst();
  if (row === undefined) return null;
  await lockStudent(tx, row.student_id);
  return readLetter(tx, row.id);
}

/** The same for a letter whose student is locked already. Where it is refused, nothing has changed for the letter. */
export async function reissueLocked(
  tx: Tx,
  procedure: Procedure,
  letter: Letter,
  request: ReissueRequest,
  moment: Moment,
): Promise<Reissued> {
  const decided = await decideLocked(tx, procedure, letter.studentId, moment);
  const verdict = decided?.assessment.evaluation.steps.find(({ step }) => step === letter.step);
  const stands =
    verdict !== undefined &&
    (verdict.state === 'owed' || verdict.state === 'taken') &&
    !verdict.superseded &&
    verdict.round === letter.round &&
    letter.schoolYear === procedure.schoolYear.id;
  if (decided === null || !stands || (await readLetter(tx, letter.id))?.state !== letter.state)
    return { kind: 'refused', why: 'no-longer-owed', detail: wordFor(verdict) };
  if (decided.assessment.evaluation.mode !== 'live')
    return { kind: 'refused', why: 'not-live', detail: decided.assessment.evaluation.mode };
  const obstacle = await findObstacle(tx, decided, letter, request);
  if (obstacle !== null) return { kind: 'refused', ...obstacle };
  if (letter.state === 'held') await cancelLetters(tx, { letterId: letter.id }, 'reissued');
  else await freeAddressees(tx, letter.id);
  const { by, because, onPaper } = request;
  const reissue = { of: letter.id, by, because, onPaper };
  const planned = await planLetters(tx, procedure, decided, letter, moment, letter.guardianIds, reissue);
  if (planned.length === 0) throw new Error(`nothing was planned in place of the letter ${letter.ref}`);
  const letters: Letter[] = [];
  for (const id of planned) {
    const made = await readLetter(tx, id);
    if (made !== null) letters.push(made);
  }
  const keys = ['letter-held', 'resolve-letter', FIX_POSTAL_ADDRESS].map((kind) => `${kind}:${letter.id}`);
  await closeTasks(tx, { keys }, { reason: 'reissued', on: moment.today, now: moment.now });
  await addToFile(
    tx,
    { studentId: letter.studentId, schoolYear: letter.schoolYear, now: moment.now },
    {
      onDate: moment.today,
      kind: 'letter',
      title: `Letter ${letter.ref} (${letter.step}) issued once more as ${letters.map(({ ref }) => ref).join(', ')} by ${by}`,
      detail: because,
      letterId: letter.id,
    },
  );
  return { kind: 'reissued', letters };
}

/** What the people say against it who would get it now. */
async function findObstacle(
  tx: Tx,
  decision: Decision,
  letter: Letter,
  { onPaper, mayWait = false }: ReissueRequest,
): Promise<{ why: ReissueRefusal; detail: string } | null> {
  const { assessment } = decision;
  const meant = await meantNow(tx, decision, letter, letter.guardianIds);
  const to = assessment.recipients.letters.filter(({ guardianIds, toStudent }) =>
    letter.toStudent ? toStudent : guardianIds.some((id) => meant.includes(id)),
  );
  if (to.length === 0 || assessment.primarySchoolId === null)
    return { why: 'no-recipient', detail: letter.state };
  const beside = await liveBeside(tx, letter.id);
  const people = letter.toStudent
    ? [null]
    : meant.filter((id) => to.some(({ guardianIds }) => guardianIds.includes(id)));
  const [other] = beside;
  if (other !== undefined && people.every((id) => beside.some(({ guardianId }) => guardianId === id)))
    return { why: 'replaced', detail: other.ref };
  const noAddress = to.every(({ channel, address }) => (onPaper || channel === 'paper') && address === null);
  if (letter.returnedOn !== null && noAddress) return { why: 'same-address', detail: letter.state };
  const block = assessment.letterBlocks(letter.step)[0];
  return mayWait || block === undefined ? null : { why: 'blocked', detail: block.kind };
}

function wordFor(verdict: StepVerdict | undefined): string {
  if (verdict === undefined) return 'unknown';
  return verdict.superseded ? 'superseded' : (verdict.state ?? 'unknown');
}
