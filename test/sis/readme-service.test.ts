import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import nock from 'nock';
import { parse } from 'yaml';
import { sisSchema } from '../../src/config/sis-schema.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import type { RecordPage } from '../../src/domain/sis-records.ts';
import { openOneRosterService } from '../../src/sis/attendance/oneroster-service.ts';
import { clientOptions, serveTokens, useNoNetwork } from './sis-server.ts';

useNoNetwork();

const absence = (sourcedId: string, attendanceDate: string, lastChanged: string) => ({
  sourcedId,
  lastChanged,
  person: { ref: { sourcedId: 's1' } },
  school: { sourcedId: 'o1' },
  attendanceDate,
  attendanceStatus: 'absent',
  reason: { kind: 'excused' },
  dayFraction: '1',
  code: 'c-1',
});
const absences = [
  absence('last-year', '2026-05-20', '2026-05-20T15:00:00.000Z'),
  absence('september', '2026-09-14', '2026-09-14T15:00:00.000Z'),
  absence('october', '2026-10-05', '2026-10-05T15:00:00.000Z'),
];
const codes = [
  { sourcedId: 'c-1', shortName: 'MED', attendanceStatus: 'absent', reason: { kind: 'excused' } },
];

/** A server that knows its own names only: any other one in a filter is refused, and no list has another key. */
function serveStrictly(origin: string): void {
  const clause = /^(attendanceDate|lastChanged)(>=|<=|>)'([^']*)'$/;
  const holds = (row: Record<string, unknown>, text: string): boolean | null => {
    const [, field = '', operator = '', wanted = ''] = clause.exec(text) ?? [];
    const value = String(row[field]);
    if (operator === '') return null;
    return operator === '>' ? value > wanted : operator === '>=' ? value >= wanted : value <= wanted;
  };
  nock(origin)
    .get(/^\/attendance\/v1\/(absences|codes)\?/)
    .reply((uri) => {
      const { pathname, searchParams } = new URL(uri, origin);
      if (pathname.endsWith('/codes')) return [200, { codes }, { 'x-total-count': '1' }];
      const clauses = (searchParams.get('filter') ?? '').split(' AND ');
      const found = absences.filter((row) => clauses.every((text) => holds(row, text) === true));
      const known = clauses.every((text) => clause.test(text));
      return known ? [200, { absences: found }, { 'x-total-count': String(found.length) }] : [400, {}];
    })
    .persist();
}

async function all<T>(pages: AsyncIterable<RecordPage<T>>) {
  const read: { records: T[]; problems: unknown[] } = { records: [], problems: [] };
  for await (const page of pages) {
    read.records.push(...page.records);
    read.problems.push(...page.problems);
  }
  return read;
}

test('the example of config/README.md reads a server that has everything under names of its own', async () => {
  const [example = ''] = /^sis:\n {2}attendance:\n {4}source: oneroster-service\n[\s\S]*?(?=^```)/m.exec(
    readFileSync('config/README.md', 'utf8'),
  ) ?? [''];
  const rosters = { baseUrl: 'https://sis.example.org/v1p2', tokenUrl: 'https://sis.example.org/token' };
  const { attendance } = sisSchema.parse({ oneRoster: rosters, ...parse(example).sis });
  if (attendance.source !== 'oneroster-service') throw new Error('expected the example of the service');
  serveTokens();
  serveStrictly(new URL(attendance.baseUrl).origin);
  const source = openOneRosterService({
    ...clientOptions(),
    ...attendance,
    tokenUrl: clientOptions().tokenUrl,
    overlapMs: 86_400_000,
    edition: 'test',
    now: () => new Date('2026-10-06T09:00:00Z'),
  });
  const year = { from: schoolDate('2026-08-15'), to: schoolDate('2027-06-10') };
  const whole = await all(source.records({ ...year, after: null }));
  expect(whole.problems).toEqual([]);
  expect(whole.records).toMatchObject([
    { sourcedId: 'september', studentSourcedId: 's1', date: '2026-09-14', excuse: 'excused' },
    { sourcedId: 'october', codeSourcedId: 'c-1' },
  ]);
  const changes = await all(source.records({ ...year, after: '2026-10-01T00:00:00.000Z' }));
  expect(changes.records).toMatchObject([{ sourcedId: 'october' }]);
  expect(await all(source.codes())).toMatchObject({
    records: [{ sourcedId: 'c-1', title: 'MED', status: 'absent', excuse: 'excused' }],
    problems: [],
  });
});
