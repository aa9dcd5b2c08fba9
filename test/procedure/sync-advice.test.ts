import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import { adviceAbout } from '../../src/procedure/sync-advice.ts';
import { syncDistrict } from '../../src/procedure/sync-district.ts';
import { troublesOf } from '../../src/procedure/sync-troubles.ts';
import { SisError, type SisErrorKind } from '../../src/sis/sis-error.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import { anAbsence, aStudent, sisRecords, sourcesOf, syncSettings } from '../support/sis-records.ts';

let store: Awaited<ReturnType<typeof openTestDatabase>>;
const sis = sisRecords({ absences: [anAbsence('ada', '2026-09-10')] });

beforeEach(async () => {
  store = await openTestDatabase();
  sis.students = [aStudent('ada')];
  expect(await read('2026-09-14', {})).toMatchObject({ kind: 'applied' });
});
afterEach(() => store.drop());

function read(date: string, changes: Partial<ReturnType<typeof sourcesOf>['roster']>) {
  const { roster, attendance } = sourcesOf(sis);
  return syncDistrict(
    { db: store.db, pool: store.pool, ...syncSettings, roster: { ...roster, ...changes }, attendance },
    { now: new Date(`${date}T12:00:00Z`), today: schoolDate(date) },
  );
}

const failing = (kind: SisErrorKind) => ({
  // biome-ignore lint/correctness/useYield: the page never comes
  async *students() {
    throw new SisError(kind, 'no page');
  },
});

async function adviceAfter(changes: Parameters<typeof read>[1]): Promise<string> {
  const outcome = await read('2026-09-15', changes);
  if (!('reason' in outcome)) throw new Error(`the read was ${outcome.kind}`);
  return adviceAbout(store.db, outcome);
}

test('a run that can be released is told with the command for it', async () => {
  sis.students = [];
  expect(await adviceAfter({})).toContain('rollcall runs release');
});

test('of a broken page nothing can be released, and the mail says what to do instead', async () => {
  const advice = await adviceAfter(failing('protocol'));
  expect(advice).not.toContain('release ');
  for (const command of ['rollcall check', 'rollcall sync']) expect(advice).toContain(command);
});

test.each(['unreachable', 'busy', 'server-error'] as const)('%s may pass by itself', async (kind) => {
  expect(await read('2026-09-15', failing(kind))).toMatchObject({ kind: 'failed', mayPass: true });
});

test.each(['sign-in', 'refused', 'missing'] as const)('%s does not', async (kind) => {
  expect(await read('2026-09-15', failing(kind))).toMatchObject({ kind: 'failed', mayPass: false });
});

describe('of an attempt after which another follows', () => {
  const told = async (mayPass: boolean, triedAgain: boolean) => {
    const outcome = {
      kind: 'failed',
      runId: '00000000-0000-4000-8000-000000000000',
      reason: 'no page',
      counts: {},
      refusedFiles: ['contacts-20260914.csv: a column is missing'],
      suspect: 'none',
      mayPass,
    } as const;
    const moment = { now: new Date('2026-09-15T12:00:00Z'), today: schoolDate('2026-09-15') };
    const rules = { freshHours: 36, isSchoolDay: true, timeZone: 'America/Denver', triedAgain };
    return (await troublesOf(store.db, outcome, moment, rules)).map(({ detail }) => detail);
  };
  const [failure, file] = ['no page', 'contacts-20260914.csv: a column is missing'];

  test('a file that was put aside is told, which the next one no longer finds', async () => {
    expect(await told(true, true)).toEqual([file]);
    expect(await told(true, false)).toEqual([failure, file]);
    expect(await told(false, true)).toEqual([failure, file]);
  });
});
