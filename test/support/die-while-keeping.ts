import pg from 'pg';
import { makeBackup } from '../../src/procedure/keeping/make-backup.ts';
import { restoreBackup } from '../../src/procedure/keeping/restore-backup.ts';
import { openDatabase } from '../../src/store/database.ts';

/** A process that is killed at the twentieth table that it copies, in the middle of a backup or a restore. */
export interface Dying {
  readonly url: string;
  readonly district: string;
  readonly key: string;
  /** What is restored, or the folder into which is backed up. */
  readonly file: string | null;
  readonly folder: string;
}

const AT = 20;
let copies = 0;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (this: pg.Client, ...call: unknown[]) {
  const text = (call[0] as { text?: string } | undefined)?.text;
  if (typeof text === 'string' && text.startsWith('copy ') && ++copies === AT)
    process.kill(process.pid, 'SIGKILL');
  return Reflect.apply(query, this, call);
} as never;

const { url, district, key, file, folder } = JSON.parse(process.argv[2] ?? '') as Dying;
const now = () => new Date();
if (file === null) {
  const { db } = openDatabase({ url });
  await makeBackup({
    db,
    url,
    district,
    version: 'test',
    folder,
    place: null,
    key,
    now,
    taken: async () => undefined,
  });
} else {
  await restoreBackup({ url, file, keys: [key], district, replace: false });
}
