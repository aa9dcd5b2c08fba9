import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { editorFiles } from './editor-schemas.ts';

/** `npm run schemas`: brings what is made from the schemas up to date. */
const folder = new URL('../../config/', import.meta.url);
const readme = readFileSync(new URL('README.md', folder), 'utf8');
for (const [name, content] of Object.entries(editorFiles(readme))) {
  writeFileSync(fileURLToPath(new URL(name, folder)), content);
}
