import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { PostgresAdapter } from 'kysely';

/** Wraps and unwraps the keys of documents with the key of the installation, which is in no database. */
export interface Vault {
  /** Tells one key of an installation from another, and nothing about it. */
  readonly mark: string;
  /** @param keyId what the wrapped key is bound to */
  wrap(dataKey: Buffer, keyId: string): Buffer;
  /** @throws Error when it was wrapped with another key, for something else, or altered */
  unwrap(wrapped: Buffer, keyId: string): Buffer;
}

/** What is opened is as it was sealed, for the same purpose, or it is an error. */
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Unwrapped keys that are kept in memory, the last used ones. */
const MOST_REMEMBERED = 256;

export function openVault(secret: string): Vault {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'rollcall document key', KEY_BYTES));
  const remembered = new Map<string, Buffer>();
  const remember = (name: string, dataKey: Buffer): Buffer => {
    remembered.delete(name);
    // Memory of its own: else thirty bytes would keep the eight thousand around them, and what stood there.
    remembered.set(name, Buffer.alloc(dataKey.length, dataKey));
    for (const oldest of remembered.keys()) {
      if (remembered.size <= MOST_REMEMBERED) break;
      remembered.delete(oldest);
    }
    return dataKey;
  };
  return {
    mark: createHmac('sha256', key).update('mark').digest('hex').slice(0, 16),
    wrap: (dataKey, keyId) => seal(key, dataKey, `key ${keyId}`),
    unwrap(wrapped, keyId) {
      const name = `${keyId} ${wrapped.toString('base64')}`;
      return remember(name, remembered.get(name) ?? unseal(key, wrapped, `key ${keyId}`));
    },
  };
}

export function newDataKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/** AES-256-GCM. @param purpose what the sealed bytes are bound to @returns nonce, ciphertext and tag */
export function seal(key: Buffer, plain: Buffer, purpose: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(purpose));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error when key, bytes or purpose are not those of the sealing */
export function unseal(key: Buffer, sealed: Buffer, purpose: string): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error('too short to have been sealed');
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(purpose));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  return Buffer.concat([plain, decipher.final()]);
}

/**
 * Part of an open database, and so of each of its transactions: whoever may read a document from it has the key along
 * with the connection.
 */
export class VaultAdapter extends PostgresAdapter {
  vault: Vault | null = null;
}

/** The database, or a transaction of it. */
interface Opened {
  getExecutor(): { readonly adapter: unknown };
}

/** @throws Error when no key was given to this database */
export function vaultOf(db: Opened): Vault {
  const { vault } = adapterOf(db);
  if (vault === null)
    throw new Error('documents cannot be kept or read: this database was opened without the document key');
  return vault;
}

/** From now on documents of this database are kept and read with this key. */
export function giveVault(db: Opened, vault: Vault): void {
  adapterOf(db).vault = vault;
}

function adapterOf(db: Opened): VaultAdapter {
  const { adapter } = db.getExecutor();
  if (adapter instanceof VaultAdapter) return adapter;
  throw new Error('documents cannot be kept or read: this database was not opened by openDatabase');
}
