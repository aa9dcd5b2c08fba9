import { readFileSync } from 'node:fs';
import { findUp } from './project-files.ts';

const manifest = JSON.parse(readFileSync(findUp('package.json'), 'utf8')) as { version: string };

export const VERSION = manifest.version;
