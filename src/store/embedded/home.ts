import { randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  mkdir,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { canWriteIn, closedFolder, isRoot, unprivilegedAccount } from './account.ts';
import { isSafeForShell } from './binaries.ts';
import { EmbeddedPostgresError, hasCode, WAYS_OUT } from './errors.ts';
import type { Account } from './run-program.ts';

/** Where one data folder's cluster lives and which account it belongs to. */
export interface Home {
  /** `<dataDir>/postgres`: lock, password and, if the cluster lives elsewhere, a note that says where. */
  readonly folder: string;
  /** The folder around the cluster: `folder`, or one that the account can reach. */
  readonly place: string;
  /** PostgreSQL's own data folder; there may be nothing there yet. */
  readonly cluster: string;
  /** `undefined`: the account that runs this process. */
  readonly account: Account | undefined;
  /** Where a copy of the programs may be put. */
  readonly copies: string;
}

const NOTE = 'WHERE-IS-THE-DATABASE.txt';

/** Outside every home folder, and kept over a restart of the machine. */
const ROOTS_PLACE = '/var/lib/rollcall';

/**
 * Makes `<dataDir>/postgres`.
 * @throws EmbeddedPostgresError when it cannot be made or written
 */
export async function prepareHomeFolder(dataDir: string): Promise<string> {
  const folder = path.join(path.resolve(dataDir), 'postgres');
  try {
    await mkdir(path.dirname(folder), { recursive: true });
    await mkdir(folder, { recursive: true, mode: 0o711 });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM', 'EROFS')) throw error;
    throw new EmbeddedPostgresError(
      `The data folder ${dataDir} cannot be written by the account with number ${process.getuid?.() ?? 'unknown'}${await ownerHint(folder)}. Start Rollcall as the account that owns it, or give it over with \`chown -R\`. ${WAYS_OUT}`,
    );
  }
  return realpath(folder);
}

/**
 * Decides where the cluster lives: in the data folder, or, when root runs PostgreSQL as another account that
 * cannot get there, below /var/lib/rollcall with a note in the data folder. To be called under the lock.
 */
export async function resolveHome(folder: string): Promise<Home> {
  const noted = await readNote(folder);
  if (!isRoot()) return ordinaryHome(folder, noted);
  const place = noted ?? folder;
  const cluster = path.join(place, 'cluster');
  const owner = await ownerOf(cluster);
  if (owner === undefined) {
    const account = await unprivilegedAccount();
    const home = { folder, account, copies: ROOTS_PLACE };
    const reachable = await placeFor(account, folder, noted);
    return { ...home, place: reachable, cluster: path.join(reachable, 'cluster') };
  }
  if (owner.uid === 0) {
    throw new EmbeddedPostgresError(
      `The database in ${cluster} belongs to root, and PostgreSQL does not run as root. Give it to another account, for example: chown -R postgres: '${cluster}'. ${WAYS_OUT}`,
    );
  }
  if (!(await canWriteIn(cluster, owner))) {
    throw new EmbeddedPostgresError(
      `The database in ${cluster} belongs to the account with number ${owner.uid}, which can no longer get there: ${await closedFolder(path.dirname(cluster))} is closed to it. Open that folder with \`chmod o+x\`. ${WAYS_OUT}`,
    );
  }
  return { folder, place, cluster, account: owner, copies: ROOTS_PLACE };
}

async function ordinaryHome(folder: string, noted: string | undefined): Promise<Home> {
  const cluster = path.join(folder, 'cluster');
  const owner = await ownerOf(cluster);
  if (noted !== undefined || (owner !== undefined && owner.uid !== process.getuid?.() && process.getuid)) {
    throw new EmbeddedPostgresError(
      `The database of ${path.dirname(folder)} was made by root and lives in ${noted ?? cluster}. Start Rollcall as root. ${WAYS_OUT}`,
    );
  }
  if (!isSafeForShell(cluster)) {
    throw new EmbeddedPostgresError(
      `The path of the data folder ${folder} has one of the characters " $ \` \\ in it, which PostgreSQL's programs cannot handle. ${WAYS_OUT}`,
    );
  }
  return { folder, place: folder, cluster, account: undefined, copies: folder };
}

async function placeFor(account: Account, folder: string, noted: string | undefined): Promise<string> {
  const places =
    noted === undefined ? [folder, path.join(ROOTS_PLACE, randomBytes(6).toString('hex'))] : [noted];
  for (const place of places) {
    if (!isSafeForShell(place) || !(await isReachable(place, account))) continue;
    if (place !== folder) await writeNote(folder, place);
    return place;
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and the account it would run as (number ${account.uid}) can use neither ${folder} (closed: ${await closedFolder(folder)}) nor ${places.at(-1)}. Start Rollcall as an ordinary user. ${WAYS_OUT}`,
  );
}

async function isReachable(place: string, account: Account): Promise<boolean> {
  const probe = path.join(place, `.probe-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(path.dirname(place), { recursive: true, mode: 0o755 });
    await mkdir(place, { recursive: true, mode: 0o711 });
    await chmod(place, 0o711);
    await mkdir(probe, { mode: 0o700 });
    await chown(probe, account.uid, account.gid);
    return await canWriteIn(probe, account);
  } catch (error) {
    // A file system that is read-only or knows no owners, or a root without the right to change them.
    if (hasCode(error, 'EACCES', 'EPERM', 'EROFS', 'ENOTSUP', 'EINVAL')) return false;
    throw error;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

async function ownerOf(file: string): Promise<Account | undefined> {
  try {
    const { uid, gid } = await stat(file);
    return { uid, gid };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function ownerHint(folder: string): Promise<string> {
  for (let place = folder; place !== path.dirname(place); place = path.dirname(place)) {
    try {
      return ` (${place} belongs to the account with number ${(await stat(place)).uid})`;
    } catch {
      // Not there, or not to be seen: the folder above tells.
    }
  }
  return '';
}

async function readNote(folder: string): Promise<string | undefined> {
  try {
    return (await readFile(path.join(folder, NOTE), 'utf8')).split('\n', 1)[0]?.trim() || undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function writeNote(folder: string, place: string): Promise<void> {
  return writeFile(
    path.join(folder, NOTE),
    `${place}\n\nThe database of this data folder lives in the folder above, because Rollcall was started as root and\nthe account that PostgreSQL runs as cannot get into this one. Keep both folders, and back up both.\n`,
  );
}
