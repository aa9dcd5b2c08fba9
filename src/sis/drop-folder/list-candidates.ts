import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of the pattern to which nothing has been written for a while. */
export interface Candidate {
  readonly name: string;
  readonly path: string;
  /** The `.done` file beside it, if there is one. */
  readonly sidePath: string | null;
  /** The side file is older than the file beside which it lies, so that it may be that of an earlier one. */
  readonly sideIsOlder: boolean;
  /** How long nothing was written to it, nor to its side file. */
  readonly quietSeconds: number;
}

export interface Listing {
  readonly stable: readonly Candidate[];
  /** Names of files that are too young or still empty. */
  readonly pending: readonly string[];
}

/** The longest side file that is read. */
const LONGEST_SIDE_FILE = 64_000;
const TEMPORARY =
  /^[.~]|~$|\.(?:tmp|temp|part|partial|filepart|crdownload|download|swp|lock|done)$|\.why\.txt$/i;

/** Files of the folder that match. Links, folders, hidden and temporary names are passed over. */
export async function listCandidates(
  folder: string,
  { files, stableSeconds, now }: { files: string; stableSeconds: number; now: Date },
): Promise<Listing> {
  const stable: Candidate[] = [];
  const pending: string[] = [];
  const matches = matcher(files);
  const names = (await readdir(folder)).filter((name) => matches(name) && !TEMPORARY.test(name));
  for (const name of names.sort()) {
    const path = join(folder, name);
    const age = await ageOf(path, now);
    if (age === null) continue;
    const side = await ageOf(`${path}.done`, now, LONGEST_SIDE_FILE);
    const youngest = Math.min(age, side ?? Number.POSITIVE_INFINITY);
    if (stableSeconds > 0 ? youngest < stableSeconds : youngest === EMPTY) pending.push(name);
    else {
      stable.push({
        name,
        path,
        sidePath: side === null ? null : `${path}.done`,
        sideIsOlder: side !== null && side > age,
        quietSeconds: youngest,
      });
    }
  }
  return { stable, pending };
}

/** Whether a name matches a pattern in which `*` stands for anything. Case does not matter. */
export function matcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`, 'is');
  return (name) => expression.test(name);
}

const EMPTY = Number.NEGATIVE_INFINITY;

/** Seconds since the last write; null for what is no plain file. */
async function ageOf(path: string, now: Date, longest = Number.POSITIVE_INFINITY): Promise<number | null> {
  try {
    const found = await lstat(path);
    if (!found.isFile() || found.size > longest) return null;
    return found.size === 0 ? EMPTY : (now.getTime() - found.mtimeMs) / 1000;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
