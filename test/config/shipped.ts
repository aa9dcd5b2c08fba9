import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach } from '@jest/globals';
import { ConfigError } from '../../src/config/config-error.ts';
import type { Config } from '../../src/config/config-types.ts';
import { loadConfig } from '../../src/config/load-config.ts';

export type FileName = 'district.yaml' | 'policy.yaml';
/** What is replaced in the shipped files: file, text that must be there, new text. */
export type Edit = readonly [file: FileName, from: string, to: string];

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-config-'));
  folders.push(folder);
  return folder;
}

/** A copy of the shipped configuration with these edits. */
export function shippedWith(edits: readonly Edit[]): string {
  const folder = newFolder();
  for (const file of ['district.yaml', 'policy.yaml']) cpSync(resolve('config', file), join(folder, file));
  for (const [file, from, to] of edits) {
    const text = readFileSync(join(folder, file), 'utf8');
    if (!text.includes(from)) throw new Error(`the shipped ${file} has no ${JSON.stringify(from)}`);
    writeFileSync(
      join(folder, file),
      text.replace(from, () => to),
    );
  }
  return folder;
}

export function load(configDir: string, env: NodeJS.ProcessEnv = {}): Config {
  return loadConfig({
    configDir,
    dataDir: join(configDir, 'data'),
    env,
    shippedTemplatesDir: resolve('templates'),
  });
}

export function loadWith(...edits: Edit[]): Config {
  return load(shippedWith(edits));
}

/** The error with which a configuration must be refused. */
export function refusalOf(configDir: string, env: NodeJS.ProcessEnv = {}): ConfigError {
  try {
    load(configDir, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('expected the configuration to be refused');
}

/** The number of the first line with this text. */
export function lineWith(path: string, text: string): number {
  const lines = readFileSync(path, 'utf8').split('\n');
  const index = lines.findIndex((line) => line.includes(text));
  if (index < 0) throw new Error(`no line of ${path} has ${JSON.stringify(text)}`);
  return index + 1;
}
