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
    execFileSync('qpdf', ['--check', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    // No `instanceof`: the error comes from outside the tests' own realm.
    const missing = (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';
    if (!missing || process.env.CI !== undefined) throw error;
    process.stderr.write('qpdf is not installed: the file was not checked with it\n');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
