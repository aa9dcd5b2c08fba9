import { lstat, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Offer, ReadEnding, RefusedFile } from '../../domain/sis-records.ts';
import { clean } from '../clean.ts';
import type { CsvRow } from '../csv/read-csv.ts';
import { SisError } from '../sis-error.ts';
import { inFolder } from './folder-error.ts';
import { type LastUsed, readLastUsed, writeLastUsed } from './last-used.ts';
import { type Candidate, listCandidates } from './list-candidates.ts';
import { putAway } from './put-away.ts';
import { readPages } from './read-pages.ts';
import { removeOld } from './remove-old.ts';
import { isSameFile, scanFile } from './scan-file.ts';
import { type VerifyOptions, verifyFile, type WholeFile } from './verify-file.ts';

/** How a folder into which files are dropped is read, as a district configures it. */
export interface DropOptions extends Omit<VerifyOptions<unknown>, 'readHeader' | 'timeZone'> {
  readonly folder: string;
  /** Names of the files; `*` stands for anything. */
  readonly files: string;
  readonly stableSeconds: number;
  readonly keepDays: number;
  /** IANA name; extract times without an offset are on its clock. Default: UTC. */
  readonly timeZone?: string;
  readonly now: () => Date;
}

export interface DropFolderOptions<H> extends DropOptions {
  /** What the files hold: `attendance`. */
  readonly content: string;
  /** Understands the first line. @throws FileRefusal */
  readonly readHeader: (headers: readonly string[]) => H;
}

export interface DropFolder<H> {
  /** Looks for the newest whole file and refuses those that can never be used. @throws SisError */
  offer(): Promise<Offer>;
  /** The file that was offered; null while there is none. */
  offered(): WholeFile<H> | null;
  /** Its rows, page by page. @throws SisError `cut-off` when the file changed since it was found whole */
  pages(): AsyncGenerator<readonly CsvRow[]>;
  /** What the last `offer` refused. */
  refusals(): readonly RefusedFile[];
  /** Puts the file away as the run ended. */
  end(ending: ReadEnding): Promise<void>;
}

/** A folder into which the district's SIS drops whole extracts as CSV files. */
export function openDropFolder<H>(options: DropFolderOptions<H>): DropFolder<H> {
  const { folder, content, now } = options;
  const archive = join(folder, 'archive');
  let offered: WholeFile<H> | null = null;
  let superseded: readonly WholeFile<H>[] = [];
  let refusals: RefusedFile[] = [];

  async function look(): Promise<Offer> {
    await prepare(folder);
    const at = now();
    const lastUsed = await readLastUsed(archive, content);
    const listing = await listCandidates(folder, { ...options, now: at });
    const pending = [...listing.pending];
    const whole: WholeFile<H>[] = [];
    for (const candidate of listing.stable) {
      const verdict = await verifyFile(
        candidate,
        { ...options, timeZone: options.timeZone ?? 'UTC' },
        { now: at, lastUsed: lastUsed === null ? null : new Date(lastUsed.extractedAt) },
      );
      if (verdict.kind === 'changing') pending.push(candidate.name);
      else if (verdict.kind === 'refused') await refuse(candidate, verdict.why, at);
      // A crash came between the use of a file and its way to the archive.
      else if (isTheOne(verdict.file, lastUsed)) await putAway(folder, 'archive', candidate, { now: at });
      else whole.push(verdict.file);
    }
    [offered = null, ...superseded] = whole.sort(newestFirst);
    const refused = refusals.length === 0 ? {} : { refused: refusals };
    if (offered !== null) return { kind: 'ready', ...refused };
    const why = [`no new file ${options.files} in ${folder}`, ...details(pending, refusals)].join('; ');
    if (lastUsed !== null) {
      return {
        kind: 'nothing-new',
        why: `${why}; the last one is of ${lastUsed.extractedAt}`,
        ...refused,
      };
    }
    throw new SisError(
      'missing',
      `${why}; none was ever used. Expected a whole ${content} extract of that name in the folder`,
    );
  }

  async function refuse(candidate: Candidate, why: string, at: Date): Promise<void> {
    if (!(await putAway(folder, 'refused', candidate, { now: at, why }))) return;
    refusals.push({ file: candidate.name, why });
  }

  async function putAwayUsed(file: WholeFile<H>, ending: 'applied' | 'quarantined', at: Date): Promise<void> {
    if (ending === 'applied') {
      const extractedAt = file.extractedAt.toISOString();
      await writeLastUsed(archive, content, { file: file.candidate.name, digest: file.digest, extractedAt });
    }
    // A new file may have been dropped under the same name in the meantime.
    if (!(await isStillThere(file, options))) return;
    if (ending === 'applied') await putAway(folder, 'archive', file.candidate, { now: at });
    else await putAway(folder, 'refused', file.candidate, { now: at, why: STOPPED });
  }

  return {
    async offer() {
      offered = null;
      superseded = [];
      refusals = [];
      return inFolder(folder, look);
    },
    offered: () => offered,
    async *pages() {
      if (offered === null) {
        throw new SisError('missing', `no file of ${folder} was offered, so that there is nothing to read`);
      }
      yield* readPages(offered, options.delimiter);
    },
    refusals: () => refusals,
    async end(ending) {
      if (ending === 'failed') return;
      const at = now();
      await inFolder(folder, async () => {
        await prepare(folder);
        if (offered !== null) await putAwayUsed(offered, ending, at);
        if (ending === 'applied') {
          for (const { candidate } of superseded) await putAway(folder, 'archive', candidate, { now: at });
        }
        for (const shelf of SHELVES) await removeOld(join(folder, shelf), { ...options, now: at });
      });
      offered = null;
      superseded = [];
    },
  };
}

const SHELVES = ['archive', 'refused'] as const;
const STOPPED =
  'a guard stopped the run, since what this file says differs too much from what was known; `rollcall status` and the log of the run name the guard';

/** Both shelves have to be there and ours to write in before anything is read. */
async function prepare(folder: string): Promise<void> {
  if (!(await stat(folder)).isDirectory()) {
    throw new SisError(
      'missing',
      `${folder} is no folder; expected the folder into which the files are dropped`,
    );
  }
  for (const shelf of SHELVES) {
    const path = join(folder, shelf);
    await mkdir(path, { recursive: true });
    if (!(await lstat(path)).isDirectory()) {
      throw new SisError('refused', `${path} is a link; expected a folder, or nothing, under that name`);
    }
  }
}

async function isStillThere(file: WholeFile<unknown>, { delimiter }: DropOptions): Promise<boolean> {
  try {
    const scan = await scanFile(file.candidate.path, delimiter);
    try {
      return isSameFile(file.identity, await scan.identity());
    } finally {
      await scan.close();
    }
  } catch (error) {
    if (['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** A side file may say that the same bytes were extracted anew, which is news. */
function isTheOne(file: WholeFile<unknown>, lastUsed: LastUsed | null): boolean {
  return file.digest === lastUsed?.digest && file.extractedAt.toISOString() === lastUsed.extractedAt;
}

function newestFirst(a: WholeFile<unknown>, b: WholeFile<unknown>): number {
  const later = b.extractedAt.getTime() - a.extractedAt.getTime();
  return later === 0 ? Number(b.identity.modified - a.identity.modified) : later;
}

function details(pending: readonly string[], refusals: readonly RefusedFile[]): string[] {
  return [
    ...pending.map((name) => `${clean(name)} is still being written`),
    ...refusals.map(({ file, why }) => `${clean(file)} was refused: ${why}`),
  ];
}
