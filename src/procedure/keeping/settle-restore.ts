import { atCommandLine } from '../../domain/audit.ts';
import { messageId } from '../../mail/message-id.ts';
import { recordAudit } from '../../store/audit-log.ts';
import type { Db, Tx } from '../../store/database.ts';
import {
  backInLine,
  bareId,
  type DoubtfulLetter,
  doubtfulLetters,
  knownMessageIds,
  makeUncertain,
  takeBackReleases,
} from '../../store/restored-letters.ts';
import { endSafeMode, readSafeMode, type SafeMode } from '../../store/safe-mode.ts';
import { liftSendEpoch } from '../../store/send-epoch.ts';
import { askAboutLetters } from '../ask-about-letters.ts';
import { readEpochFile, writeEpochFile } from '../keep-send-epoch.ts';
import type { Moment, Procedure } from '../procedure.ts';
import { resolveLetter } from '../resolve-letter.ts';
import { openAfterRestore } from './carry-over.ts';
import { doubtfulMails, nobodySignedIn } from './enter-restored.ts';

/** Above whatever another process may have noted in a file of its own. */
const EPOCH_STEP = 1_000_000;

export interface SettleOptions {
  readonly dataDir: string;
  /** With which the ids of mails are made, and were made before. */
  readonly secretKeys: readonly string[];
  readonly messageIdDomain: string;
  /** Ids of mails that have left, as a mail server names them. */
  readonly sent: ReadonlySet<string>;
  /** They are of everything that has left since the backup: what is not among them has not left. */
  readonly complete: boolean;
  /** Somebody has put back what the database does not know of stops, holds and destructions. */
  readonly holdsChecked: boolean;
  readonly by: string;
  readonly because: string;
}

/** What becomes of the letters that had not left when the backup was made. */
export interface Settlement {
  /** Found among what has left: they count as sent. */
  readonly found: number;
  /** A person has to find out about each. */
  readonly uncertain: number;
  /** They have not left, or lie on paper: they wait for one yes. */
  readonly inLine: number;
  /** Mails that have left and that the database does not know. */
  readonly unknown: number;
  /** Releases of packets that do not hold any more. */
  readonly releases: number;
}

export interface Doubt {
  readonly mode: SafeMode;
  readonly letters: readonly DoubtfulLetter[];
  readonly referrals: number;
}

/** Whether somebody has to look for stops, holds and destructions that the database does not know. */
export function isToBeChecked({ undone }: SafeMode): boolean {
  return undone === null || !undone.complete || openAfterRestore(undone).length > 0;
}

/** What there is to settle; null: nothing. */
export async function readDoubt(db: Db): Promise<Doubt | null> {
  const mode = await readSafeMode(db);
  if (mode === null) return null;
  const letters = await doubtfulLetters(db, mode.knowsUntil);
  const row = await db
    .selectFrom('referral')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('state', '=', 'gathering')
    .where('shadow', '=', false)
    .executeTakeFirst();
  return { mode, letters, referrals: Number(row?.count ?? 0) };
}

/**
 * A named person settles what has left in the time that a restored database does not know, and lets mail leave again.
 * What is found has left; of what is not, a person has to find out, unless the evidence is complete. Whatever is planned
 * up to the first read of the SIS afterwards waits for one yes, since letters may have left of which nothing is known.
 * @param procedure null: nothing was ever synced, so there is no letter
 * @returns null when there was nothing to settle; `holds-unchecked`: nothing was settled, since stops and holds may be
 * missing and nobody says that they were looked for
 */
export async function settleRestore(
  db: Db,
  procedure: Procedure | null,
  options: SettleOptions,
  moment: Moment,
): Promise<Settlement | 'holds-unchecked' | null> {
  const settled = await db.transaction().execute(async (tx) => {
    const mode = await readSafeMode(tx);
    if (mode === null) return null;
    if (isToBeChecked(mode) && !options.holdsChecked) return 'holds-unchecked';
    // A backup that `restore` has brought in was gone through as it came.
    if (mode.why === 'older-than-file')
      for (const one of [...doubtfulMails(mode.since), ...nobodySignedIn(moment.now)]) await one.execute(tx);
    const letters = await doubtfulLetters(tx, mode.knowsUntil);
    const { found, others } = split(letters, options);
    const mailed = others.filter(({ channel }) => channel === 'email');
    const uncertain = options.complete ? [] : mailed;
    const inLine = others.filter((letter) => !uncertain.includes(letter));
    await makeUncertain(tx, idsOf([...found, ...uncertain]));
    await backInLine(tx, idsOf(inLine), moment.now);
    const releases = await takeBackReleases(tx);
    if (procedure !== null) await tell(tx, procedure, found, options, moment);
    const known = await knownMessageIds(tx);
    const made = new Set(letters.flatMap((letter) => possibleIds(letter, options)));
    const unknown = [...options.sent].filter((id) => !known.has(id) && !made.has(id)).length;
    const settlement = {
      found: found.length,
      uncertain: uncertain.length,
      inLine: inLine.length,
      unknown,
      releases,
    };
    const { by, because } = options;
    await endSafeMode(tx, { by, because, found: settlement, now: moment.now });
    await recordAudit(tx, {
      at: moment.now,
      actor: atCommandLine(by),
      from: null,
      action: 'restore-settled',
      detail: { ...settlement, complete: options.complete, holdsChecked: options.holdsChecked },
    });
    const above = Math.max(readEpochFile(options.dataDir) ?? 0, 0) + EPOCH_STEP;
    return { settlement, epoch: await liftSendEpoch(tx, above) };
  });
  if (settled === null || settled === 'holds-unchecked') return settled;
  await writeEpochFile(options.dataDir, settled.epoch);
  return settled.settlement;
}

async function tell(
  tx: Tx,
  procedure: Procedure,
  found: readonly DoubtfulLetter[],
  { by, because }: SettleOptions,
  moment: Moment,
): Promise<void> {
  for (const { ref } of found) {
    const finding = { ref, delivered: true, by, because, onPaper: false };
    await resolveLetter(tx, procedure, finding, moment);
  }
  await askAboutLetters(tx, procedure, moment);
}

function split(letters: readonly DoubtfulLetter[], options: SettleOptions) {
  const isFound = (letter: DoubtfulLetter) => possibleIds(letter, options).some((id) => options.sent.has(id));
  return { found: letters.filter(isFound), others: letters.filter((letter) => !isFound(letter)) };
}

/** The id that a letter has, or would have got: it follows from the letter's own. */
function possibleIds(letter: DoubtfulLetter, { secretKeys, messageIdDomain }: SettleOptions): string[] {
  if (letter.channel === 'paper') return [];
  const made = secretKeys.map((key) => messageId(key, letter.id, messageIdDomain));
  return [letter.messageId, ...made].flatMap((id) => (id === null ? [] : bareId(id)));
}

function idsOf(letters: readonly DoubtfulLetter[]): string[] {
  return letters.map(({ id }) => id);
}
