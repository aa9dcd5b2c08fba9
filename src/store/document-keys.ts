import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';
import { giveVault, newDataKey, openVault, type Vault, vaultOf } from './document-vault.ts';

/** The key of this process is not (or no longer) the one that this database is kept with. */
export class DocumentKeyChangedError extends Error {
  override readonly name = 'DocumentKeyChangedError';
  readonly exitCode = 78;
}

/** @returns which key this database is kept with; null: none yet */
export async function readVaultMark(db: Db): Promise<string | null> {
  const row = await db.selectFrom('document_vault').select('mark').executeTakeFirst();
  return row?.mark ?? null;
}

/**
 * From now on documents of this database are kept and read with this key, which is the database's from its first use on.
 * @returns false when the database is kept with another key
 */
export async function unlockWith(db: Db, secret: string): Promise<boolean> {
  const vault = openVault(secret);
  let mark = await readVaultMark(db);
  if (mark === null) {
    await db
      .insertInto('document_vault')
      .values({ mark: vault.mark })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    mark = await readVaultMark(db);
  }
  if (mark !== vault.mark) return false;
  giveVault(db, vault);
  return true;
}

export interface StudentKey {
  readonly id: string;
  readonly key: Buffer;
}

/** The key of a student, made at its first use. One statement, except where two make it at once. */
export async function keyOfStudent(db: Db, studentId: number, now: Date): Promise<StudentKey> {
  const vault = vaultOf(db);
  const id = randomUUID();
  const wrapped = vault.wrap(newDataKey(), id);
  const { rows } = await sql<{ id: string; wrapped: Buffer }>`
    with found as (
      select id, wrapped from document_key where student_id = ${studentId} and destroyed_at is null),
    made as (
      insert into document_key (id, student_id, wrapped, made_at)
      select ${id}::uuid, ${studentId}::int, ${wrapped}, ${now}::timestamptz
      from document_vault where mark = ${vault.mark} and not exists (select from found)
      on conflict do nothing
      returning id, wrapped)
    select id, wrapped from found union all select id, wrapped from made`.execute(db);
  const row =
    rows[0] ??
    (await db
      .selectFrom('document_key')
      .select(['id', 'wrapped'])
      .where('student_id', '=', studentId)
      .where('destroyed_at', 'is', null)
      .executeTakeFirst());
  if (row === undefined || row.wrapped === null)
    throw (await changedKey(db)) ?? new Error('a student has no key, and none could be made');
  try {
    return { id: row.id, key: vault.unwrap(row.wrapped, row.id) };
  } catch (cause) {
    throw (await changedKey(db)) ?? new Error('the key of a student was altered', { cause });
  }
}

/** @returns the error, where the key was changed while this process was running; else null */
export async function changedKey(db: Db): Promise<DocumentKeyChangedError | null> {
  const [mark, ours] = [await readVaultMark(db), vaultOf(db).mark];
  if (mark === ours) return null;
  return new DocumentKeyChangedError(
    `The document key was changed while this process was running: the database is kept with the key ${mark}, this process has ${ours}. Start it again with the key of today.`,
  );
}

const ROWS_PER_STATEMENT = 500;

/**
 * Wraps every key anew with another key of the installation, in one transaction; the documents stay as they are.
 * Whoever still has the old key can keep and read nothing from then on.
 * @returns how many keys were wrapped
 */
export async function rewrapKeys(tx: Tx, secret: string): Promise<number> {
  const [before, after] = [vaultOf(tx), openVault(secret)];
  // Whoever is keeping a document ends first; whoever comes later finds the new mark.
  await sql`lock table document_vault, document_key, document in exclusive mode`.execute(tx);
  const changed = await changedKey(tx);
  if (changed !== null) throw changed;
  const count =
    (await rewrap(tx, { table: 'document_key', column: 'wrapped' }, before, after)) +
    (await rewrap(tx, { table: 'document', column: 'own_key' }, before, after));
  await tx.updateTable('document_vault').set({ mark: after.mark, since: sql`now()` }).execute();
  return count;
}

async function rewrap(
  tx: Tx,
  where: { table: 'document_key' | 'document'; column: 'wrapped' | 'own_key' },
  before: Vault,
  after: Vault,
): Promise<number> {
  const [table, column] = [sql.table(where.table), sql.ref(where.column)];
  let last = '00000000-0000-0000-0000-000000000000';
  for (let count = 0; ; ) {
    const { rows } = await sql<{ id: string; wrapped: Buffer }>`
      select id, ${column} as wrapped from ${table} where ${column} is not null and id > ${last}::uuid
      order by id limit ${ROWS_PER_STATEMENT}`.execute(tx);
    if (rows.length === 0) return count;
    const ids = rows.map(({ id }) => id);
    const wrapped = rows.map((row) => after.wrap(before.unwrap(row.wrapped, row.id), row.id));
    await sql`
      update ${table} t set ${column} = n.wrapped
      from unnest(${ids}::uuid[], ${wrapped}::bytea[]) as n (id, wrapped) where t.id = n.id`.execute(tx);
    last = ids.at(-1) ?? last;
    count += rows.length;
  }
}
