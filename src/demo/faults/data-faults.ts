import type { Served } from '../server/exchange.ts';
import { valuesAt } from '../server/filter.ts';
import type { WireRow } from '../server/wire-row.ts';
import type { FaultList } from './fault.ts';

const people: readonly Served[] = ['users', 'students', 'guardians'];
const unknownUser = '00000000-0000-4000-8000-000000000000';

export const dataFaults = {
  'one-school-missing': {
    description: 'The last school is not listed, although students and absences name it.',
    rows: (rows, { collection }) =>
      collection === 'schools' || collection === 'orgs' ? withoutLastSchool(rows) : rows,
  },
  'school-without-absences': {
    source: 'oneroster-service',
    description: 'No absence of the school whose absence comes first: a broken feed, not a miracle.',
    rows: (rows, { collection }) => {
      const first = collection === 'attendances' ? valuesAt(rows[0], ['school', 'sourcedId'])[0] : undefined;
      return first === undefined
        ? rows
        : rows.filter((row) => valuesAt(row, ['school', 'sourcedId'])[0] !== first);
    },
  },
  'vanished-rows': {
    description: 'Every tenth row is missing, and the total agrees.',
    rows: (rows) => rows.filter((_, position) => position % 10 !== 9),
  },
  'forgotten-tombstones': {
    description: 'Deleted rows are just gone.',
    rows: (rows) => rows.filter((row) => row.status !== 'tobedeleted'),
  },
  'missing-status': {
    description: 'Active rows do not say so.',
    rows: (rows) => rows.map(({ status, ...row }) => (status === 'active' ? row : { status, ...row })),
  },
  'odd-scalars': {
    description:
      'Numbers and booleans for text, text for numbers, dates with a time part, null and "" for nothing.',
    rows: (rows) => rows.map(withOddScalars),
  },
  'object-for-list': {
    description: 'A list of one comes as the object itself.',
    rows: (rows) =>
      rows.map((row) =>
        mapFields(row, (value) => (Array.isArray(value) && value.length === 1 ? value[0] : value)),
      ),
  },
  'role-case': {
    description: 'Roles in capital letters.',
    rows: (rows, { collection }) =>
      people.includes(collection)
        ? rows.map((row) => ({
            ...row,
            roles: (row.roles as WireRow[]).map((role) => ({
              ...role,
              role: String(role.role).toUpperCase(),
            })),
          }))
        : rows,
  },
  'agents-on-students-only': {
    description: 'Students name their guardians, guardians name nobody.',
    rows: (rows) => rows.map((row) => (isStudent(row) ? row : without(row, 'agents'))),
  },
  'agents-on-guardians-only': {
    description: 'Guardians name their students, students name nobody.',
    rows: (rows) => rows.map((row) => (isStudent(row) ? without(row, 'agents') : row)),
  },
  'no-agents': {
    description: 'Nobody names anybody.',
    rows: (rows) => rows.map((row) => without(row, 'agents')),
  },
  'dangling-agents': {
    description: 'Every list of agents names one user who does not exist.',
    rows: (rows) =>
      rows.map((row) =>
        Array.isArray(row.agents)
          ? {
              ...row,
              agents: [
                ...row.agents,
                { href: `about:blank#${unknownUser}`, sourcedId: unknownUser, type: 'user' },
              ],
            }
          : row,
      ),
  },
  'changed-sourced-ids': {
    description: 'The server was upgraded: every person has a new sourcedId, everywhere.',
    rows: (rows, { collection }) => rows.map((row) => withNewPersonIds(row, collection)),
  },
  'tombstone-flood': {
    source: 'oneroster-service',
    description: 'A third of all attendance rows say tobedeleted.',
    rows: (rows, { collection }) =>
      collection === 'attendances'
        ? rows.map((row, position) => (position % 3 === 0 ? { ...row, status: 'tobedeleted' } : row))
        : rows,
  },
  'duplicate-ids': {
    source: 'oneroster-service',
    description: 'Three attendance rows come twice under one id, with different excuses.',
    rows: (rows, { collection }) =>
      collection === 'attendances'
        ? rows.flatMap((row, position) =>
            position < 3
              ? [row, { ...row, excuse: row.excuse === 'excused' ? 'unexcused' : 'excused' }]
              : [row],
          )
        : rows,
  },
  'year-vanished': {
    description: 'In the middle of the year only the next school year is listed.',
    rows: (rows, { collection }) =>
      collection === 'academicSessions' ? rows.map(oneYearOn).map(oneYearOn) : rows,
  },
  rollover: {
    description: 'The SIS has rolled over in summer: no students, no absences, the next school year only.',
    rows: (rows, { collection }) => {
      if (collection === 'academicSessions' || collection === 'terms') return rows.map(oneYearOn);
      const kept: readonly Served[] = ['orgs', 'schools', 'districts', 'guardians', 'attendanceCodes'];
      return kept.includes(collection) ? rows : [];
    },
  },
} as const satisfies FaultList;

function isStudent(row: WireRow): boolean {
  return valuesAt(row, ['roles', 'role']).includes('student');
}

function without(row: WireRow, field: string): WireRow {
  const { [field]: _, ...rest } = row;
  return rest;
}

function withoutLastSchool(rows: readonly WireRow[]): readonly WireRow[] {
  const last = rows.findLast((row) => row.type === 'school');
  return rows.filter((row) => row !== last);
}

function withOddScalars(row: WireRow): WireRow {
  return mapFields(row, (value, field) => {
    if (field === 'sourcedId' || field === 'status') return value;
    if (value === 'true') return true;
    if (field === 'identifier' && typeof value === 'string') return Number(value);
    if (field === 'dayFraction' && typeof value === 'string') return Number(value);
    if (field.startsWith('minutes') && typeof value === 'number') return String(value);
    if (/^(date|birthDate|startDate|endDate|beginDate)$/.test(field)) return `${String(value)}T00:00:00.000`;
    if (field === 'email' || field === 'comment') return value ?? '';
    return value;
  });
}

function withNewPersonIds(row: WireRow, collection: Served): WireRow {
  const renamed = (id: unknown) => `new-${String(id)}`;
  const isPerson = people.includes(collection) || collection === 'demographics';
  const renameUsers = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(renameUsers);
    if (typeof value !== 'object' || value === null) return value;
    const entry = value as WireRow;
    const isUser = entry.type === 'user' || 'relationshipType' in entry;
    const mapped = mapFields(entry, renameUsers);
    return isUser ? { ...mapped, sourcedId: renamed(entry.sourcedId) } : mapped;
  };
  const mapped = mapFields(row, renameUsers);
  return isPerson ? { ...mapped, sourcedId: renamed(row.sourcedId) } : mapped;
}

function oneYearOn(row: WireRow): WireRow {
  return mapFields(row, (value, field) => {
    if (field === 'schoolYear') return String(Number(value) + 1);
    if (field !== 'startDate' && field !== 'endDate') return value;
    return `${Number(String(value).slice(0, 4)) + 1}${String(value).slice(4)}`;
  });
}

function mapFields(row: WireRow, change: (value: unknown, field: string) => unknown): WireRow {
  return Object.fromEntries(Object.entries(row).map(([field, value]) => [field, change(value, field)]));
}
