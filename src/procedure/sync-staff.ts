import type { Config } from '../config/config-types.ts';
import { byItself } from '../domain/audit.ts';
import type { SchoolDate } from '../domain/school-date.ts';
import { type DeletedRecord, isDeleted, type RosterSource, type StaffRecord } from '../domain/sis-records.ts';
import { accessText, judgeStaffRead, staffOfSis } from '../domain/sis-staff.ts';
import type { StaffEntry } from '../domain/task-people.ts';
import { recordAudit } from '../store/audit-log.ts';
import type { Db, Tx } from '../store/database.ts';
import { listSisStaff, replaceSisStaff, saveStaffRead, staffReadState } from '../store/sis-staff.ts';
import type { Moment } from './procedure.ts';
import { shortHash } from './short-hash.ts';
import { endSignIns } from './sign-in.ts';
import { staffRules } from './staff-directory.ts';

export interface StaffSyncDeps {
  readonly db: Db;
  readonly config: Config;
  readonly roster: Pick<RosterSource, 'staff' | 'cursor'>;
}

export type StaffSyncOutcome =
  /** The configuration does not want it. */
  | { readonly kind: 'off' }
  | { readonly kind: 'taken'; readonly people: number; readonly lost: number }
  /** Far more or far fewer people than before: what was in force stays, until a person accepts exactly this. */
  | { readonly kind: 'doubtful'; readonly had: number; readonly would: number }
  /** It could not be read; the reason carries no payload. */
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Reads who works at schools, apart from students and absences: neither stops the other. Whoever has lost the last role
 * is signed out at once, here and in every other process.
 */
export async function syncStaff(
  { db, config, roster }: StaffSyncDeps,
  { whole }: { readonly whole: boolean },
  moment: Moment,
): Promise<StaffSyncOutcome> {
  const { staffFromSis } = config;
  if (staffFromSis === null) return { kind: 'off' };
  const roles = Object.keys(staffFromSis.roles).sort();
  const state = await staffReadState(db);
  const after = whole || state?.roles !== roles.join(' ') ? null : state.position;
  const before = await listSisStaff(db);
  const known = new Set(before.map(({ sourcedId }) => sourcedId));
  const query = { roles: new Set(roles), known };
  let read: { came: readonly (StaffRecord | DeletedRecord)[]; whole: boolean };
  try {
    read = await collect(roster, { ...query, after });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'SisError') throw error;
    return { kind: 'failed', reason: error.message };
  }
  const people = merged(before, read);
  const accessOf = accessBy(config, moment.today);
  return db.transaction().execute(async (tx): Promise<StaffSyncOutcome> => {
    const had = addressesOf(accessOf(before));
    const entries = accessOf(people);
    const has = addressesOf(entries);
    const verdict = judgeStaffRead(had.size, has.size);
    const set = shortHash(accessText(entries), 12);
    if (verdict.kind === 'doubtful' && (await staffReadState(tx))?.acceptedSet !== set) {
      const doubt = `${verdict.would} people would have access, ${verdict.had} had it`;
      const none = { version: 0, readAt: null, roles: '', position: null };
      await saveStaffRead(tx, { ...(state ?? none), doubt, offered: { set, people: entries } });
      return verdict;
    }
    await replaceSisStaff(tx, people);
    await saveStaffRead(tx, {
      version: (state?.version ?? 0) + 1,
      readAt: moment.now,
      roles: roles.join(' '),
      position: roster.cursor(),
      doubt: null,
      offered: null,
    });
    const lost = [...had].filter((email) => !has.has(email));
    for (const email of lost) await signOutForGood(tx, email, moment);
    return { kind: 'taken', people: has.size, lost: lost.length };
  });
}

/** A server that cannot tell what has changed is read whole. */
async function collect(
  roster: Pick<RosterSource, 'staff'>,
  query: Parameters<RosterSource['staff']>[0],
): Promise<{ came: (StaffRecord | DeletedRecord)[]; whole: boolean }> {
  const came: (StaffRecord | DeletedRecord)[] = [];
  try {
    for await (const page of roster.staff(query)) came.push(...page.records);
    return { came, whole: query.after === null };
  } catch (error) {
    const unable = error instanceof Error && (error as { kind?: unknown }).kind === 'no-changes';
    if (!unable || query.after === null) throw error;
    return collect(roster, { ...query, after: null });
  }
}

/** Several rows under one id leave a doubt, and nobody gets in by one. */
function merged(
  before: readonly StaffRecord[],
  { came, whole }: { readonly came: readonly (StaffRecord | DeletedRecord)[]; readonly whole: boolean },
): readonly StaffRecord[] {
  const people = new Map(whole ? [] : before.map((person) => [person.sourcedId, person]));
  const seen = new Set<string>();
  for (const row of came) {
    const again = seen.has(row.sourcedId);
    seen.add(row.sourcedId);
    if (again || isDeleted(row) || row.roles.length === 0) people.delete(row.sourcedId);
    else people.set(row.sourcedId, row);
  }
  return [...people.values()];
}

function accessBy(config: Config, today: SchoolDate) {
  const { staffFromSis, ...rest } = config;
  return (people: readonly StaffRecord[]): readonly StaffEntry[] =>
    staffFromSis === null ? [] : staffOfSis(people, staffRules(rest, staffFromSis), today);
}

function addressesOf(entries: readonly StaffEntry[]): ReadonlySet<string> {
  return new Set(entries.map(({ email }) => email));
}

async function signOutForGood(tx: Tx, email: string, { now }: Moment): Promise<void> {
  const ended = await endSignIns(tx, email, now);
  await recordAudit(tx, {
    at: now,
    actor: byItself(),
    from: null,
    action: 'sessions-revoked',
    detail: { person: email, ...ended },
  });
}
