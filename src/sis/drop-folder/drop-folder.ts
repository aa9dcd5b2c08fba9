import { join } from 'node:path';
import type { Offer, ReadEnding, RefusedFile } from '../../domain/sis-records.ts';
import type { CsvRow } from '../csv/read-csv.ts';
import { SisError } from '../sis-error.ts';
import { inFolder } from './folder-error.ts';
import { writeLastUsed } from './last-used.ts';
import { type Look, type LookOptions, lookIntoFolder, nothingNew } from './look-into-folder.ts';
import { type Note, putAway } from './put-away.ts';
import { readPages } from './read-pages.ts';
import { removeOld } from './remove-old.ts';
import { type Identity, isSameFile, scanFile } from './scan-file.ts';
import { makeShelves, SHELVES, type Shelf } from './shelves.ts';
import type { WholeFile } from './verify-file.ts';
import { archiveWaiting } from './waiting-files.ts';

/** How a folder into which files are dropped is read, as a district configures it. */
export interface DropOptions extends Omit<LookOptions<unknown>, 'content' | 'readHeader'> {
  readonly keepDays: number;
  readonly now: () => Date;
}

export type DropFolderOptions<H> = DropOptions & LookOptions<H>;

export interface DropFolder<H> {
  /** Looks for the newest whole file. Nothing is moved before `end`. @throws SisError */
  offer(): Promise<Offer>;
  /** The file that was offered; null while there is none. */
  offered(): WholeFile<H> | null;
  /** Its rows, page by page. @throws SisError `cut-off` when the file changed since it was found whole */
  pages(): AsyncGenerator<readonly CsvRow[]>;
  /** What the last `offer` found that can never be used. */
  refusals(): readonly RefusedFile[];
  /** Puts away what was used, puts aside what can never be used, and what the run was stopped for. @throws SisError */
  end(ending: ReadEnding): Promise<void>;
}

/** A folder into which the district's SIS drops whole extracts as CSV files. */
export function openDropFolder<H>(options: DropFolderOptions<H>): DropFolder<H> {
  const { folder, content, now } = options;
  let look: Look<H> | null = null;

  const offered = () => look?.whole[0] ?? null;

  async function putAwayAll({ whole, used, refused }: Look<H>, ending: ReadEnding, at: Date): Promise<void> {
    const move = (shelf: Shelf, found: Pick<WholeFile<H>, 'candidate' | 'identity'>, note?: Note) =>
      moveIfSame(options, shelf, found, { now: at, ...(note && { note }) });
    for (const bad of refused) await move('refused', bad, refusal(bad.why));
    for (const file of used) await move('archive', file);
    const [newest, ...superseded] = whole;
    if (newest === undefined || ending.kind === 'left') return;
    if (ending.kind === 'applied') await writeLastUsed(join(folder, 'archive'), content, lastUsedOf(newest));
    // What waited is older than what has been read now.
    await archiveWaiting(options, at);
    if (ending.kind === 'applied') await move('archive', newest);
    else await move('waiting', newest, waitsForPerson(ending));
    for (const file of superseded) await move('archive', file);
  }

  return {
    async offer() {
      look = null;
      const found = await inFolder(folder, () => lookIntoFolder(options, now()));
      look = found;
      const [newest] = found.whole;
      const refused = refusedOf(found);
      const aside = refused.length === 0 ? {} : { refused };
      if (newest === undefined) return { kind: 'nothing-new', why: nothingNew(options, found), ...aside };
      return { kind: 'ready', file: { content, ...lastUsedOf(newest) }, ...aside };
    },
    offered,
    async *pages() {
      const file = offered();
      if (file === null) {
        throw new SisError('missing', `no file of ${folder} was offered, so that there is nothing to read`);
      }
      yield* readPages(file, options.delimiter);
    },
    refusals: () => (look === null ? [] : refusedOf(look)),
    async end(ending) {
      const found = look;
      if (found === null) return;
      look = null;
      const at = now();
      await inFolder(folder, async () => {
        await makeShelves(folder);
        await putAwayAll(found, ending, at);
        for (const shelf of SHELVES) await removeOld(join(folder, shelf), { ...options, now: at });
      });
    },
  };
}

function refusedOf({ refused }: Look<unknown>): RefusedFile[] {
  return refused.map(({ candidate, why }) => ({ file: candidate.name, why }));
}

function lastUsedOf({ candidate, digest, extractedAt }: WholeFile<unknown>) {
  return { file: candidate.name, digest, extractedAt: extractedAt.toISOString() };
}

function refusal(why: string): Note {
  return {
    state: 'Nothing of it is in force.',
    why,
    advice: 'Correct what the reason names and drop a new extract into the folder above.',
  };
}

function waitsForPerson({ runId, why }: ReadEnding & { readonly kind: 'waiting' }): Note {
  const run = runId.slice(0, 8);
  return {
    state: `Run ${run} has read it, and nothing of that run is in force.`,
    why,
    advice: `“rollcall runs show ${run}” shows the evidence. If the file is right, “rollcall runs release ${run} --by NAME --why …” lets the run into force. If it is wrong, have it corrected and drop a new extract into the folder above.`,
  };
}

/** A new file may have been dropped under the same name in the meantime; that one stays. */
async function moveIfSame(
  { folder, delimiter }: DropOptions,
  shelf: Shelf,
  { candidate, identity }: Pick<WholeFile<unknown>, 'candidate' | 'identity'>,
  how: { readonly now: Date; readonly note?: Note },
): Promise<void> {
  if (await isStillThere(candidate.path, identity, delimiter)) await putAway(folder, shelf, candidate, how);
}

async function isStillThere(
  path: string,
  identity: Identity,
  delimiter: DropOptions['delimiter'],
): Promise<boolean> {
  try {
    const scan = await scanFile(path, delimiter);
    try {
      return isSameFile(identity, await scan.identity());
    } finally {
      await scan.close();
    }
  } catch (error) {
    if (['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
