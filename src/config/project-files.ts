import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file or folder of the project, wherever it is run from: from the sources or from the compiled `dist/`. */
export function findUp(name: string): string {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    const path = join(dir, name);
    if (existsSync(path)) return path;
    if (dirname(dir) === dir) throw new Error(`${name} is missing from the installation`);
  }
}
