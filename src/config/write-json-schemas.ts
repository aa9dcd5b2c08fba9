import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { manifestSchemaFile } from '../documents/packet-manifest.ts';
import { editorFiles } from './editor-schemas.ts';

/** `npm run schemas`: brings what is made from the schemas up to date. */
const folder = new URL('../../config/', import.meta.url);
const readme = readFileSync(new URL('README.md', folder), 'utf8');
const files = { ...editorFiles(readme), 'packet-manifest.schema.json': manifestSchemaFile() };
for (const [name, content] of Object.entries(files)) {
  writeFileSync(fileURLToPath(new URL(name, folder)), content);
}
