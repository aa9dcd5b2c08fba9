import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Mails that came later than the first copies of the templates: where such a copy has none, ours are sent. */
export const LATER_MAILS: readonly string[] = ['task', 'weekly-summary', 'trouble'];

/** Our own mails, wherever we are run from: from the sources or from the compiled `dist/`. */
export function shippedMails(): string {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    const path = join(dir, 'templates', 'mails');
    if (existsSync(path)) return path;
    if (dirname(dir) === dir) throw new Error('templates/mails is missing from the installation');
  }
}
