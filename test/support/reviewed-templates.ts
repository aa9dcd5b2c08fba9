import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTemplates, type Templates } from '../../src/documents/template.ts';

/** The shipped templates, with their Spanish marked as reviewed. @param changed the version of the First Letter in English */
export async function reviewedTemplates(changed?: { readonly englishVersion: number }): Promise<Templates> {
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-templates-'));
  try {
    await cp('templates', dir, { recursive: true });
    for (const name of [
      'letters/first-letter.es.md',
      'letters/medical-letter.es.md',
      'notices/correction-letter.es.md',
      'notices/contract-kept.es.md',
      'forms/contract-form.es.md',
    ]) {
      const path = join(dir, name);
      const text = await readFile(path, 'utf8');
      await writeFile(
        path,
        text.replace('---\n', '---\nreviewed: { by: "Language office", on: 2026-08-01 }\n'),
      );
    }
    if (changed !== undefined) {
      const path = join(dir, 'letters/first-letter.en.md');
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace(/^version: \d+$/m, `version: ${changed.englishVersion}`));
    }
    return await loadTemplates(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
