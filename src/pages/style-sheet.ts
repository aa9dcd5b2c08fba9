import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findUp } from '../config/project-files.ts';

export interface StyleSheet {
  /** With a hash in its name: browsers keep it for ever. */
  readonly path: string;
  readonly text: string;
}

export function readStyleSheet(): StyleSheet {
  const text = readFileSync(join(findUp('templates'), 'pages', 'style.css'), 'utf8');
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { path: `/style.${hash}.css`, text };
}
