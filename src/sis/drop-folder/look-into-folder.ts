import { join } from 'node:path';
import type { SourceFile } from '../../domain/sis-records.ts';
import { clean } from '../clean.ts';
import { SisError } from '../sis-error.ts';
import { type LastUsed, readLastUsed } from './last-used.ts';
import { type Candidate, listCandidates } from './list-candidates.ts';
import type { Identity } from './scan-file.ts';
import { expectShelves } from './shelves.ts';
import { type VerifyOptions, verifyFile, type WholeFile } from './verify-file.ts';

export interface LookOptions<H> extends Omit<VerifyOptions<H>, 'timeZone'> {
  readonly content: SourceFile['content'];
  readonly folder: string;
  /** Names of the files; `*` stands for anything. */
  readonly files: string;
  readonly stableSeconds: number;
  /** IANA name; extract times without an offset are on its clock. Default: UTC. */
  readonly timeZone?: string;
}

/** What lies in a folder. */
export interface Look<H> {
  /** Whole files that were not used yet, the newest first. */
  readonly whole: readonly WholeFile<H>[];
  /** The file that was used last, still there: a crash came before its way to the archive. */
  readonly used: readonly WholeFile<H>[];
  readonly refused: readonly FoundBad[];
  /** Files that may still become whole, in words. */
  readonly pending: readonly string[];
  readonly lastUsed: LastUsed | null;
}

export interface FoundBad {
  readonly candidate: Candidate;
  readonly identity: Identity;
  readonly why: string;
}

/** Looks at every file of the pattern and changes nothing. @throws SisError */
export async function lookIntoFolder<H>(options: LookOptions<H>, now: Date): Promise<Look<H>> {
  const { folder, content } = options;
  await expectShelves(folder);
  const lastUsed = await readLastUsed(join(folder, 'archive'), content);
  const listing = await listCandidates(folder, { ...options, now });
  const pending = listing.pending.map(beingWritten);
  const whole: WholeFile<H>[] = [];
  const used: WholeFile<H>[] = [];
  const refused: FoundBad[] = [];
  for (const candidate of listing.stable) {
    const verdict = await verifyFile(
      candidate,
      { ...options, timeZone: options.timeZone ?? 'UTC' },
      { now, lastUsed: lastUsed === null ? null : new Date(lastUsed.extractedAt) },
    );
    if (verdict.kind === 'changing') pending.push(beingWritten(candidate.name));
    else if (verdict.kind === 'unproved') pending.push(`${clean(candidate.name)} waits: ${verdict.why}`);
    else if (verdict.kind === 'refused') refused.push({ candidate, ...verdict });
    else if (isTheOne(verdict.file, lastUsed)) used.push(verdict.file);
    else whole.push(verdict.file);
  }
  return { whole: whole.sort(newestFirst), used, refused, pending, lastUsed };
}

/** Why there is nothing to read. @throws SisError when there has never been anything */
export function nothingNew(options: LookOptions<unknown>, look: Look<unknown>): string {
  const { folder, content, files } = options;
  const refused = look.refused.map(({ candidate, why }) => `${clean(candidate.name)} was refused: ${why}`);
  const why = [`no new file ${files} in ${folder}`, ...look.pending, ...refused].join('; ');
  if (look.lastUsed !== null) return `${why}; the last one is of ${look.lastUsed.extractedAt}`;
  throw new SisError(
    'missing',
    `${why}; none was ever used. Expected a whole ${content} extract of that name in the folder`,
  );
}

function beingWritten(name: string): string {
  return `${clean(name)} is still being written`;
}

/** A side file may say that the same bytes were extracted anew, which is news. */
function isTheOne(file: WholeFile<unknown>, lastUsed: LastUsed | null): boolean {
  return file.digest === lastUsed?.digest && file.extractedAt.toISOString() === lastUsed.extractedAt;
}

function newestFirst(a: WholeFile<unknown>, b: WholeFile<unknown>): number {
  const later = b.extractedAt.getTime() - a.extractedAt.getTime();
  return later === 0 ? Number(b.identity.modified - a.identity.modified) : later;
}
