import { type Kysely, type Migration, Migrator, sql } from 'kysely';
import { type Db, openDatabase } from './database.ts';
import { up as foundation } from './migrations/0001-foundation.ts';
import { up as syncEdge } from './migrations/0002-sync-edge.ts';
import { up as rowDigests } from './migrations/0003-row-digests.ts';
import { up as policyEngine } from './migrations/0004-policy-engine.ts';
import { up as unplacedAbsences } from './migrations/0005-unplaced-absences.ts';
import { up as runOrder } from './migrations/0006-run-order.ts';
import { up as guardsMemory } from './migrations/0007-guards-memory.ts';
import { up as contactSafety } from './migrations/0008-contact-safety.ts';
import { up as keptInputs } from './migrations/0009-kept-inputs.ts';
import { up as namedStudents } from './migrations/0010-named-students.ts';
import { up as watchedContracts } from './migrations/0012-watched-contracts.ts';
import { up as goingLive } from './migrations/0013-going-live.ts';
import { up as nightCosts } from './migrations/0014-night-costs.ts';
import { up as missingGuardians } from './migrations/0015-missing-guardians.ts';
import { up as policyPeriods } from './migrations/0016-policy-periods.ts';
import { up as fewerIndexes } from './migrations/0017-fewer-indexes.ts';
import { up as sendControl } from './migrations/0019-send-control.ts';
import { up as brakes } from './migrations/0020-brakes.ts';
import { up as inboundMail } from './migrations/0021-inbound-mail.ts';
import { up as paper } from './migrations/0022-paper.ts';
import { up as pages } from './migrations/0023-pages.ts';
import { up as encryptedDocuments } from './migrations/0024-encrypted-documents.ts';
import { up as meetings } from './migrations/0025-meetings.ts';
import { up as packets } from './migrations/0026-packets.ts';
import { up as taskMails } from './migrations/0027-task-mails.ts';
import { up as files } from './migrations/0028-files.ts';
import { up as adultAnswers } from './migrations/0029-adult-answers.ts';
import { up as uploads } from './migrations/0030-uploads.ts';
import { up as withdrawnPackets } from './migrations/0031-withdrawn-packets.ts';
import { up as staffFromSis } from './migrations/0032-staff-from-sis.ts';
import { up as watching } from './migrations/0033-watching.ts';
import { up as keeping } from './migrations/0034-keeping.ts';
import { up as invitationAnswers } from './migrations/0035-invitation-answers.ts';
import { up as signInPlaces } from './migrations/0036-sign-in-places.ts';
import { up as tooLargeCorrections } from './migrations/0037-too-large-corrections.ts';
import { up as packetDrops } from './migrations/0038-packet-drops.ts';
import { up as takenBack } from './migrations/0039-taken-back.ts';
import { up as keepingChecked } from './migrations/0041-keeping-checked.ts';
import { up as acceptedStaff } from './migrations/0042-accepted-staff.ts';
import { awaitOlderVersions, raiseServedFrom, servedFrom } from './served-from.ts';

/**
 * Every migration by name, in order. Forward only: one that has shipped is never edited. Numbers may be missing, since
 * each is taken by the work that needs it.
 */
const migrations: Record<string, Migration> = {
  '0001-foundation': { up: foundation },
  '0002-sync-edge': { up: syncEdge },
  '0003-row-digests': { up: rowDigests },
  '0004-policy-engine': { up: policyEngine },
  '0005-unplaced-absences': { up: unplacedAbsences },
  '0006-run-order': { up: runOrder },
  '0007-guards-memory': { up: guardsMemory },
  '0008-contact-safety': { up: contactSafety },
  '0009-kept-inputs': { up: keptInputs },
  '0010-named-students': { up: namedStudents },
  '0012-watched-contracts': { up: watchedContracts },
  '0013-going-live': { up: goingLive },
  '0014-night-costs': { up: nightCosts },
  '0015-missing-guardians': { up: missingGuardians },
  '0016-policy-periods': { up: policyPeriods },
  '0017-fewer-indexes': { up: fewerIndexes },
  '0019-send-control': { up: sendControl },
  '0020-brakes': { up: brakes },
  '0021-inbound-mail': { up: inboundMail },
  '0022-paper': { up: paper },
  '0023-pages': { up: pages },
  '0024-encrypted-documents': { up: encryptedDocuments },
  '0025-meetings': { up: meetings },
  '0026-packets': { up: packets },
  '0027-task-mails': { up: taskMails },
  '0028-files': { up: files },
  '0029-adult-answers': { up: adultAnswers },
  '0030-uploads': { up: uploads },
  '0031-withdrawn-packets': { up: withdrawnPackets },
  '0032-staff-from-sis': { up: staffFromSis },
  '0033-watching': { up: watching },
  '0034-keeping': { up: keeping },
  '0035-invitation-answers': { up: invitationAnswers },
  '0036-sign-in-places': { up: signInPlaces },
  '0037-too-large-corrections': { up: tooLargeCorrections },
  '0038-packet-drops': { up: packetDrops },
  '0039-taken-back': { up: takenBack },
  '0041-keeping-checked': { up: keepingChecked },
  '0042-accepted-staff': { up: acceptedStaff },
};

/**
 * The migration that a version must know at least to work on a database of this one. To be raised to the migration that
 * takes away or changes what older versions use, and only then: one that adds to the database lets them go on beside it.
 */
const OLDEST_SERVED = '0034-keeping';

/** The database was made by a later version of Rollcall: going on could destroy what this version does not know. */
export class DatabaseNewerError extends Error {
  override readonly name = 'DatabaseNewerError';
  readonly exitCode = 78;
}

/**
 * Brings the database to this version. Safe when two processes start at once: Kysely holds an advisory lock,
 * and the second finds nothing left to do. A version that can no longer be served ends before its tables change.
 * @returns the names of the migrations that were applied now; none on the database of a later version that serves this
 * one too, which is left as it is.
 * @throws DatabaseNewerError when the database asks for a later version.
 */
export async function migrate(db: Db): Promise<string[]> {
  const applied = await appliedMigrations(db);
  const unknown = applied.filter((name) => !(name in migrations));
  const floor = await servedFrom(db, applied);
  if (unknown.length > 0) {
    const complete = Object.keys(migrations).every((name) => applied.includes(name));
    if (complete && floor !== null && floor in migrations) return [];
    throw new DatabaseNewerError(
      `The database is newer than this version of Rollcall: it has ${unknown.join(', ')}, which this version does not know. Install the version that made it, or restore a backup from before the upgrade.`,
    );
  }
  if (floor !== null && floor < OLDEST_SERVED) {
    await raiseServedFrom(db, OLDEST_SERVED);
    await awaitOlderVersions(db, numberOf(OLDEST_SERVED));
  }
  if (Object.keys(migrations).every((name) => applied.includes(name))) return [];
  const { error, results = [] } = await new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    // A lower number may be finished later than a higher one; none builds upon another of the same time.
    allowUnorderedMigrations: true,
  }).migrateToLatest();
  if (error) throw error;
  if (results.length > 0) await raiseServedFrom(db, OLDEST_SERVED);
  return results.filter((result) => result.status === 'Success').map((result) => result.migrationName);
}

/**
 * Makes the tables as an older database had them: for a backup, which brings what they held.
 * @param tx in which nothing is there yet
 * @returns those that this version does not know; nothing was made then
 */
export async function migrateAs(tx: Kysely<unknown>, names: readonly string[]): Promise<string[]> {
  const unknown = names.filter((name) => !(name in migrations));
  if (unknown.length > 0) return unknown;
  for (const [name, migration] of Object.entries(migrations)) {
    if (names.includes(name)) await migration.up(tx);
  }
  // As Kysely makes them; their rows come with the others.
  await sql`create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null)`.execute(
    tx,
  );
  await sql`create table kysely_migration_lock (id varchar(255) primary key, is_locked int not null default 0)`.execute(
    tx,
  );
  return [];
}

/**
 * Brings what a backup of an older version holds to this one, in the transaction in which its rows came: whatever
 * follows finds the tables that it knows.
 * @param from the migrations that the backup has
 */
export async function migrateFrom(tx: Db, from: readonly string[]): Promise<void> {
  for (const [name, migration] of Object.entries(migrations)) {
    if (from.includes(name)) continue;
    await migration.up(tx);
    await sql`insert into kysely_migration (name, timestamp) values (${name}, ${new Date().toISOString()})`.execute(
      tx,
    );
  }
  await raiseServedFrom(tx, OLDEST_SERVED);
}

/** Whether this version may go on working: the database may have been taken to a later one meanwhile. */
export async function isStillServed(db: Db): Promise<boolean> {
  const floor = await servedFrom(db);
  return floor === null || floor in migrations;
}

/** The number of the last migration that this version knows. */
export const SCHEMA_NUMBER = numberOf(Object.keys(migrations).at(-1) ?? '0');

function numberOf(migration: string): number {
  return Number.parseInt(migration, 10);
}

/** Migrations this code has and the database lacks. */
export async function pendingMigrations(db: Db): Promise<string[]> {
  const applied = new Set(await appliedMigrations(db));
  return Object.keys(migrations).filter((name) => !applied.has(name));
}

/** The same as `migrate`, for a caller that has only an address. */
export async function migrateToLatest(url: string): Promise<string[]> {
  const database = openDatabase({ url, applicationName: 'rollcall migrate', maxConnections: 2 });
  try {
    return await migrate(database.db);
  } finally {
    await database.close();
  }
}

/** Asks for the one table by its name: a list of all fails where a read of the SIS drops a table of its own meanwhile. */
async function appliedMigrations(db: Db): Promise<string[]> {
  const { rows: found } = await sql<{ there: boolean }>`
    select to_regclass('public.kysely_migration') is not null as there`.execute(db);
  if (found[0]?.there !== true) return [];
  const rows = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .orderBy('name')
    .execute();
  return rows.map((row) => row.name);
}
