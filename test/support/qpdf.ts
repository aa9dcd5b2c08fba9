import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A second opinion from another program, where it is installed. */
export async function checkWithQpdf(pdf: Buffer): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-pdf-'));
  const path = join(dir, 'checked.pdf');
  try {
    await writeFile(path, pdf);
    runInstalled('qpdf', ['--check', path]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * What a program prints that a machine may lack, which is said then, and in CI is a failure.
 * @returns null: it is not installed
 */
export function runInstalled(program: string, args: readonly string[]): string | null {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    // No `instanceof`: the error comes from outside the tests' own realm.
    const missing = (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';
    if (!missing || process.env.CI !== undefined) throw error;
    process.stderr.write(`${program} is not installed: the file was not looked at with it\n`);
    return null;
  }
}
