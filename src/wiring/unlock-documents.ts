import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import type { Config } from '../config/config-types.ts';
import { keyFileError, makeKeyFile, readKeyFile } from '../config/key-file.ts';
import type { Db } from '../store/database.ts';
import { readVaultMark, unlockWith } from '../store/document-keys.ts';
import { openVault } from '../store/document-vault.ts';

/** Where a key may come from: of a whole configuration, what is asked here. */
type KeySource = Pick<Config, 'dataDir'> & {
  readonly environment: Pick<Config['environment'], 'documentKey'>;
};

/**
 * Gives an open database the key of its documents: from the environment, else from `document.key` in the data folder,
 * which is made (mode 0600) when the database has no document yet.
 * @throws ConfigError when there is no key, or another one than the documents were encrypted with
 */
export async function unlockDocuments(db: Db, source: KeySource): Promise<void> {
  const mark = await readVaultMark(db);
  const path = documentKeyFile(source);
  const key = keyInEnvironment(source) ?? readKeyFile(path);
  if (key === null && !existsSync(nextKeyFile(source))) {
    if (mark !== null) throw noKey(path, mark);
    if (await unlockWith(db, makeKeyFile(path))) return;
    // Another process of another machine was first.
    throw otherKey(source, await readVaultMark(db));
  }
  if (key !== null && (await unlockWith(db, key))) return;
  if (!(await endRotation(db, source))) throw otherKey(source, mark);
}

/** The key that this installation has for documents; none is made. @returns null: it has none */
export function documentKeyOf(source: KeySource): string | null {
  return keyInEnvironment(source) ?? readKeyFile(documentKeyFile(source));
}

/** Which one that is, and nothing about it. */
export function documentKeyMark(source: KeySource): string | null {
  const key = documentKeyOf(source);
  return key === null ? null : openVault(key).mark;
}

export function documentKeyFile({ dataDir }: KeySource): string {
  return join(dataDir, 'document.key');
}

/** Where a new key lies while everything is wrapped anew with it. */
export function nextKeyFile(source: KeySource): string {
  return `${documentKeyFile(source)}.next`;
}

/** Two keys would leave it to chance which one a later start takes. */
function keyInEnvironment(source: KeySource): string | null {
  const { documentKey } = source.environment;
  if (documentKey === null) return null;
  const path = documentKeyFile(source);
  const inFile = readKeyFile(path);
  if (inFile === null || inFile === documentKey) return documentKey;
  throw wrong(
    'ROLLCALL_DOCUMENT_KEY',
    `is set, and ${path} holds another key; expected one of the two: the one that the documents were encrypted with. \`rollcall documents rotate-key --key FILE\` changes from one to the other`,
  );
}

/** A change of the key was cut off after the database had taken the new one. */
async function endRotation(db: Db, source: KeySource): Promise<boolean> {
  const next = nextKeyFile(source);
  const key = source.environment.documentKey === null ? readKeyFile(next) : null;
  if (key === null || (await readVaultMark(db)) === null || !(await unlockWith(db, key))) return false;
  renameSync(next, documentKeyFile(source));
  return true;
}

function noKey(path: string, mark: string): ConfigError {
  return keyFileError(
    path,
    `does not exist, and ROLLCALL_DOCUMENT_KEY is not set; expected the key ${mark}, which the documents of this database are encrypted with. Nothing can replace it: put back the file, or set the variable`,
  );
}

function otherKey(source: KeySource, mark: string | null): ConfigError {
  const message = `is not the key that the documents of this database are encrypted with, expected the key ${mark}`;
  return source.environment.documentKey === null
    ? keyFileError(documentKeyFile(source), message)
    : wrong('ROLLCALL_DOCUMENT_KEY', message);
}

function wrong(key: string, message: string): ConfigError {
  return new ConfigError([{ file: 'environment', line: null, column: null, key, message }]);
}

/** Takes the key in the data folder away, or puts the new one in its place. */
export function settleKeyFile(source: KeySource, now: 'replaced' | 'elsewhere'): void {
  if (now === 'replaced') renameSync(nextKeyFile(source), documentKeyFile(source));
  else rmSync(documentKeyFile(source), { force: true });
}
