import type { District } from '../district/model.ts';
import { staffId } from '../district/staff.ts';
import type { CollectionName } from './collections.ts';
import type { Addresses } from './wire.ts';
import type { WireRow } from './wire-row.ts';

/**
 * The same district as OneRoster 1.1 shows it: one role and a list of orgs per user, `birthdate`, and Infinite Campus'
 * older ids, a letter and the number of the person.
 * @param later where the services of 1.2 are found @param own where those of 1.1 are, for the references
 */
export function createVersion11(district: District, later: Addresses, own: Addresses) {
  const older = new Map<string, string>();
  for (const { sourcedId, versions } of district.students) {
    older.set(sourcedId, `s${versions[0]?.facts.personId ?? sourcedId}`);
  }
  for (const { sourcedId, versions } of district.guardians) {
    older.set(sourcedId, `g${versions[0]?.facts.personId ?? sourcedId}`);
  }
  district.staff.forEach((member, index) => {
    older.set(staffId(district.options, member), `t${index + 1}`);
  });
  const kept = new WeakMap<WireRow, WireRow>();

  return function inVersion11(name: CollectionName, rows: readonly WireRow[]): readonly WireRow[] {
    const change = changes[name] ?? same;
    const changed = rows.map((row) => {
      const known = kept.get(row) ?? change(inOwnIds(row) as WireRow);
      kept.set(row, known);
      return known;
    });
    return changed.sort((a, b) => (String(a.sourcedId) < String(b.sourcedId) ? -1 : 1));
  };

  /** Every id of a person, and every reference, wherever it stands. */
  function inOwnIds(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(inOwnIds);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => {
        if (typeof one !== 'string') return [key, inOwnIds(one)];
        if (key === 'href') return [key, ownHref(one)];
        return [key, NAMES_A_PERSON.includes(key) ? (older.get(one) ?? one) : one];
      }),
    );
  }

  function ownHref(href: string): string {
    const service = href.startsWith(`${later.attendance}/`) ? 'attendance' : 'rostering';
    const [collection = '', id = ''] = href.slice(later[service].length + 1).split('/');
    return `${own[service]}/${collection}/${older.get(id) ?? id}`;
  }
}

const NAMES_A_PERSON = ['sourcedId', 'identifier'];

const same = (row: WireRow): WireRow => row;

const changes: Partial<Record<CollectionName, (row: WireRow) => WireRow>> = {
  users: asUser,
  students: asUser,
  guardians: asUser,
  administrators: asUser,
  demographics: ({ birthDate, ...row }) => (birthDate === undefined ? row : { ...row, birthdate: birthDate }),
};

function asUser({ roles, primaryOrg, preferredFirstName, userIds, metadata, ...row }: WireRow): WireRow {
  const list = roles as readonly { readonly role: string; readonly org: { readonly sourcedId: string } }[];
  const orgs = [...new Map(list.map(({ org }) => [org.sourcedId, org])).values()];
  const { 'ic.legacySourcedId': later, ...extras } = (metadata ?? {}) as WireRow;
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
