import type { District } from '../district/model.ts';
import type { CollectionName } from './collections.ts';
import type { WireRow } from './wire-row.ts';

/**
 * The same district as OneRoster 1.1 shows it: one role and a list of orgs per user, `birthdate`, and Infinite Campus'
 * older ids, a letter and the number of the person.
 */
export function createVersion11(district: District) {
  const older = new Map<string, string>();
  for (const { sourcedId, versions } of district.students) {
    older.set(sourcedId, `s${versions[0]?.facts.personId ?? sourcedId}`);
  }
  for (const { sourcedId, versions } of district.guardians) {
    older.set(sourcedId, `g${versions[0]?.facts.personId ?? sourcedId}`);
  }
  const kept = new WeakMap<WireRow, WireRow>();

  return function inVersion11(name: CollectionName, rows: readonly WireRow[]): readonly WireRow[] {
    const change = changes[name];
    if (change === undefined) return rows;
    const changed = rows.map((row) => {
      const known = kept.get(row) ?? change(withOlderIds(row, older) as WireRow);
      kept.set(row, known);
      return known;
    });
    return changed.sort((a, b) => (String(a.sourcedId) < String(b.sourcedId) ? -1 : 1));
  };
}

const same = (row: WireRow): WireRow => row;

const changes: Partial<Record<CollectionName, (row: WireRow) => WireRow>> = {
  users: asUser,
  students: asUser,
  guardians: asUser,
  demographics: ({ birthDate, ...row }) => (birthDate === undefined ? row : { ...row, birthdate: birthDate }),
  enrollments: same,
  attendances: same,
};

function asUser({ roles, primaryOrg: _, userIds, metadata, ...row }: WireRow): WireRow {
  const list = roles as readonly { readonly role: string; readonly org: { readonly sourcedId: string } }[];
  const orgs = [...new Map(list.map(({ org }) => [org.sourcedId, org])).values()];
  const { 'ic.legacySourcedId': __, ...extras } = (metadata ?? {}) as WireRow;
  const former = ((userIds ?? []) as readonly WireRow[]).filter(({ type }) => type === 'formerSourcedId');
  return {
    ...row,
    username: row.sourcedId,
    role: list[0]?.role,
    orgs,
    ...(former.length === 0 ? {} : { userIds: former }),
    metadata: extras,
  };
}

const NAMES_A_PERSON = ['sourcedId', 'identifier'];

/** Every id of a person, wherever it stands. */
function withOlderIds(value: unknown, older: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((one) => withOlderIds(one, older));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      NAMES_A_PERSON.includes(key) && typeof one === 'string'
        ? (older.get(one) ?? one)
        : withOlderIds(one, older),
    ]),
  );
}
