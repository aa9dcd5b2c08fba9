import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from '@jest/globals';
import { ConfigError } from '../../src/config/config-error.ts';
import type { Config } from '../../src/config/config-types.ts';
import { loadConfig } from '../../src/config/load-config.ts';

export const projectPath = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const shippedFile = (name: string) => readFileSync(projectPath(`config/${name}`), 'utf8');

/** Replaces the first of `from` in a shipped file, which must be there. */
export type Edit = readonly [from: string, to: string];

export interface Changes {
  readonly district?: readonly Edit[] | string;
  readonly policy?: readonly Edit[] | string;
  readonly env?: Readonly<Record<string, string>>;
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  folders.push(folder);
  return folder;
}

export function aFile(content: string, mode = 0o600): string {
  const path = join(aFolder(), 'secret');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

/** Loads the shipped configuration with some changes. */
export function load(changes: Changes = {}): Config {
  const configDir = aFolder();
  writeFileSync(join(configDir, 'district.yaml'), changed('district.yaml', changes.district));
  writeFileSync(join(configDir, 'policy.yaml'), changed('policy.yaml', changes.policy));
  return loadFrom(configDir, changes.env);
}

export function loadFrom(configDir: string, env: Readonly<Record<string, string>> = {}): Config {
  return loadConfig({ configDir, dataDir: '/nowhere', env, shippedTemplatesDir: projectPath('templates') });
}

/** What is wrong with the changed configuration, one line each, without the folder; none when it is accepted. */
export function problemsWith(changes: Changes): string[] {
  try {
    load(changes);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return problemLines(error);
  }
}

export function problemLines(error: ConfigError): string[] {
  return error.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim().replace(/^\S*\/(?=(?:district|policy)\.yaml)/, ''));
}

function changed(name: string, edits: readonly Edit[] | string = []): string {
  if (typeof edits === 'string') return edits;
  let text = shippedFile(name);
  for (const [from, to] of edits) {
    if (!text.includes(from)) throw new Error(`${name} has no ${JSON.stringify(from)}`);
    text = text.replace(from, () => to);
  }
  return text;
}
