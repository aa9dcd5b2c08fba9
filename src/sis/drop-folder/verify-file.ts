import { readFile } from 'node:fs/promises';
import { FileRefusal } from '../csv/file-refusal.ts';
import type { Delimiter } from '../csv/read-csv.ts';
import type { Candidate } from './list-candidates.ts';
import { extractInstant, type Proof, proofInSideFile } from './proof.ts';
import { type FileScan, type Identity, isSameFile, scanFile } from './scan-file.ts';

export interface VerifyOptions<H> {
  readonly delimiter: Delimiter;
  readonly completeness: 'trailer' | 'side-file' | 'either';
  /** How long what proves that a file is whole may come after it. */
  readonly proofMinutes: number;
  /** IANA name; extract times without an offset are on its clock. */
  readonly timeZone: string;
  /** Understands the first line. @throws FileRefusal */
  readonly readHeader: (headers: readonly string[]) => H;
}

/** A file that is known to be whole. */
export interface WholeFile<H> {
  readonly candidate: Candidate;
  readonly identity: Identity;
  readonly digest: string;
  readonly rows: number;
  readonly extractedAt: Date;
  readonly header: H;
}

export type Verdict<H> =
  | { readonly kind: 'whole'; readonly file: WholeFile<H> }
  | { readonly kind: 'refused'; readonly why: string; readonly identity: Identity }
  /** What proves that it is whole may still come. */
  | { readonly kind: 'unproved'; readonly why: string }
  /** Somebody wrote to it, or took it away, while we looked. */
  | { readonly kind: 'changing' };

/** What would prove that the file is whole has not come, or not yet. */
class NotProved extends FileRefusal {}

const CLOCK_TOLERANCE_MS = 5 * 60_000;
const GONE = ['ENOENT', 'ELOOP'];

/**
 * Reads a file to its end to learn whether it is whole: encoding, quotes, header, and as many rows as its writer
 * counted.
 */
export async function verifyFile<H>(
  candidate: Candidate,
  options: VerifyOptions<H>,
  { now, lastUsed }: { readonly now: Date; readonly lastUsed: Date | null },
): Promise<Verdict<H>> {
  let scan: FileScan | null = null;
  let identity: Identity | null = null;
  try {
    scan = await scanFile(candidate.path, options.delimiter);
    identity = await scan.identity();
    const file = await readWhole(scan, identity, candidate, options);
    if (file === null) return { kind: 'changing' };
    if (file.extractedAt.getTime() > now.getTime() + CLOCK_TOLERANCE_MS) {
      const time = file.extractedAt.toISOString();
      throw new FileRefusal(`its extract time ${time} is in the future; it is ${now.toISOString()} now`);
    }
    if (lastUsed !== null && file.extractedAt < lastUsed) {
      const times = `extracted at ${file.extractedAt.toISOString()}, and one of ${lastUsed.toISOString()}`;
      throw new FileRefusal(`it is older than what was used already: it was ${times} was used`);
    }
    return { kind: 'whole', file };
  } catch (error) {
    if (GONE.includes((error as NodeJS.ErrnoException).code ?? '')) return { kind: 'changing' };
    if (!(error instanceof FileRefusal) || identity === null) throw error;
    if (error instanceof NotProved && candidate.quietSeconds < options.proofMinutes * 60) {
      return { kind: 'unproved', why: `${error.message}, at most ${options.proofMinutes} minutes after it` };
    }
    return { kind: 'refused', why: error.message, identity };
  } finally {
    await scan?.close();
  }
}

async function readWhole<H>(
  scan: FileScan,
  identity: Identity,
  candidate: Candidate,
  options: VerifyOptions<H>,
): Promise<WholeFile<H> | null> {
  let header: { readonly value: H } | null = null;
  for await (const row of scan.rows()) header ??= { value: options.readHeader(row.cells) };
  const { dataRows, trailer, digest } = scan.found();
  if (!isSameFile(identity, await scan.identity())) return null;
  const side = await sideProof(candidate);
  const proof = proofFor(
    dataRows,
    { trailer, side, sideIsOlder: candidate.sideIsOlder },
    options.completeness,
  );
  const extractedAt = extractInstant(proof.extractedAt, options.timeZone);
  if (header === null)
    throw new FileRefusal('it has no header line; expected the names of the columns first');
  return { candidate, identity, digest, rows: dataRows, extractedAt, header: header.value };
}

async function sideProof({ sidePath }: Candidate): Promise<Proof | null> {
  return sidePath === null ? null : proofInSideFile(await readFile(sidePath, 'utf8'));
}

/** Whatever counts the rows has to agree, also where it is not the proof that was asked for. */
function proofFor(
  dataRows: number,
  { trailer, side, sideIsOlder }: { trailer: Proof | null; side: Proof | null; sideIsOlder: boolean },
  completeness: VerifyOptions<unknown>['completeness'],
): Proof {
  const accepted =
    completeness === 'trailer' ? trailer : completeness === 'side-file' ? side : (trailer ?? side);
  if (accepted === null) {
    const expected = {
      trailer: 'a last line TRAILER,<rows>,<extract time>',
      'side-file': 'a file of the same name with .done behind it, with rows and extract time',
      either: 'a last line TRAILER,<rows>,<extract time>, or a file of the same name with .done behind it',
    }[completeness];
    throw new NotProved(`nothing proves that it is complete (it has ${dataRows} rows); expected ${expected}`);
  }
  for (const [name, proof] of [
    ['trailer', trailer],
    ['side file', side],
  ] as const) {
    if (proof !== null && proof.rows !== dataRows) {
      const why = `it has ${dataRows} rows, but its ${name} counts ${proof.rows}; expected the same number`;
      // The side file of an earlier file of this name may still lie there.
      throw name === 'side file' && sideIsOlder ? new NotProved(why) : new FileRefusal(why);
    }
  }
  return accepted;
}
