import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sisHolds } from '../../src/domain/hold-kinds.ts';
import type { HoldRules } from '../../src/domain/policy.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { addHold, endHold, type HoldDesk } from '../../src/procedure/holds.ts';
import { createProcedureBook } from '../../src/procedure/procedure-book.ts';
import { syncDistrict } from '../../src/procedure/sync-district.ts';
import { openAttendanceFile } from '../../src/store/attendance-files.ts';
import { flagsUnread } from '../../src/store/sync/apply-holds.ts';
import { completeTask } from '../../src/store/tasks.ts';
import { shippedBrakes } from '../support/brakes.ts';
import { changingSis } from '../support/changing-sis.ts';
import { aPolicy, SCHOOL_YEAR } from '../support/domain-builders.ts';
import { openTestDatabase } from '../support/open-test-database.ts';
import {
  anAbsence,
  aStudent,
  type SisRecords,
  sisRecords,
  sourcesOf,
  syncSettings,
} from '../support/sis-records.ts';

const HOMELESS = { field: 'homeless', is: ['Y'], kind: 'homelessness', owner: 'counselor' };
const GONE = { field: 'deceased', is: ['true'], kind: 'deceased', owner: 'administrator' };
const RULES: HoldRules = {
  remindSchoolDays: 3,
  kinds: [
    { kind: 'homelessness', scope: 'everything', longestDays: null },
    { kind: 'foster-care', scope: 'letters', longestDays: 30 },
  ],
  fromSis: [HOMELESS, GONE],
};

let store: Awaited<ReturnType<typeof openTestDatabase>>;
let sis: SisRecords;

beforeEach(async () => {
  store = await openTestDatabase();
  sis = sisRecords({ absences: [anAbsence('ada', '2026-09-01'), anAbsence('bo', '2026-09-02')] });
  says({});
});
afterEach(() => store.drop());

/** What the SIS says of Ada; Bo is in no way special. */
function says(
  flags: Record<string, string | null>,
  bo: Record<string, string | null> = { homeless: 'N', deceased: 'false' },
): void {
  sis.students = [
    aStudent('ada', { flags: { homeless: '', deceased: '', ...flags } }),
    aStudent('bo', { flags: bo }),
  ];
}

async function read(
  date: string,
  rules: HoldRules = RULES,
  sources = sourcesOf(sis),
): Promise<Record<string, number>> {
  const outcome = await syncDistrict(
    { db: store.db, pool: store.pool, ...syncSettings, holds: sisHolds(rules), ...sources },
    { now: new Date(`${date}T12:00:00Z`), today: schoolDate(date) },
  );
  if (outcome.kind !== 'applied') throw new Error(JSON.stringify(outcome));
  return outcome.counts;
}

const holds = async () => {
  const rows = await store.db
    .selectFrom('hold')
    .innerJoin('student', 'student.id', 'hold.student_id')
    .select(['sourced_id', 'kind', 'scope', 'begins', 'ends', 'owner', 'ended_because'])
    .orderBy('hold.created_at')
    .orderBy('sourced_id')
    .execute();
  return rows.map(
    (row) =>
      `${row.sourced_id} ${row.kind} ${row.begins}${row.ends === null ? '' : `–${row.ends}`} ${row.owner}${row.ended_because === null ? '' : ' ended'}`,
  );
};
const due = async () => {
  const rows = await store.db
    .selectFrom('evaluation_due')
    .innerJoin('student', 'student.id', 'evaluation_due.student_id')
    .select('sourced_id')
    .orderBy('sourced_id')
    .execute();
  return rows.map((row) => row.sourced_id);
};
const forgetDue = () => store.db.deleteFrom('evaluation_due').execute();
const studentId = async (sourcedId = 'ada') =>
  (
    await store.db
      .selectFrom('student')
      .select('id')
      .where('sourced_id', '=', sourcedId)
      .executeTakeFirstOrThrow()
  ).id;

async function desk(): Promise<HoldDesk> {
  const book = createProcedureBook(store.db, {
    districtId: 'cedar-valley',
    timeZone: 'America/Denver',
    policy: aPolicy({ holds: RULES }),
    freshHours: 36,
    brakes: shippedBrakes,
    sendingWindow: { from: '08:00', to: '16:00' },
    contactLog: { notePromisedSchoolDays: 5, undoHours: 24 },
    modes: { district: 'live', schools: {} },
    schools: [],
    calendarFor: () => SCHOOL_YEAR,
  });
  return { db: store.db, procedure: await book.on(schoolDate('2026-09-10')), people: [] };
}
const moment = (date: string) => ({ now: new Date(`${date}T15:00:00Z`), today: schoolDate(date) });

describe('a hold follows its field', () => {
  test('it begins with the flag and ends with it, once each, and the student is looked at', async () => {
    await read('2026-09-07');
    expect(await holds()).toEqual([]);
    await forgetDue();
    says({ homeless: 'y' });
    expect(await read('2026-09-08')).toMatchObject({ holdsPlaced: 1, holdsEnded: 0 });
    expect(await due()).toEqual(['ada']);
    await forgetDue();
    expect(await read('2026-09-09')).toMatchObject({ holdsPlaced: 0 });
    expect(await due()).toEqual([]);
    expect(await holds()).toEqual(['ada homelessness 2026-09-08 counselor']);
    says({ homeless: 'N' });
    expect(await read('2026-09-10')).toMatchObject({ holdsEnded: 1 });
    expect(await due()).toEqual(['ada']);
    says({ homeless: 'Y' });
    await read('2026-09-11');
    expect(await holds()).toEqual([
      'ada homelessness 2026-09-08 counselor ended',
      'ada homelessness 2026-09-11 counselor',
    ]);
  });

  test('a file that is open says so, without the kind', async () => {
    await read('2026-09-07');
    const file = {
      studentId: await studentId(),
      schoolYear: '2027',
      on: schoolDate('2026-09-07'),
      step: null,
    };
    await openAttendanceFile(store.db, { ...file, now: new Date('2026-09-07T12:00:00Z') });
    says({ homeless: 'Y' }, { homeless: 'Y', deceased: 'false' });
    await read('2026-09-08');
    const lines = await store.db
      .selectFrom('file_entry')
      .select('title')
      .where('kind', '=', 'decision')
      .execute();
    expect(lines).toEqual([{ title: expect.stringMatching(/^Hold H-\S+ placed: the SIS says so$/) }]);
  });

  test('the longest time of its kind bounds it, and another owner is its owner', async () => {
    const foster = { field: 'foster', is: ['1'], kind: 'foster-care', owner: 'counselor' };
    says({ foster: '1' });
    await read('2026-09-08', { ...RULES, fromSis: [foster] });
    await read('2026-09-09', { ...RULES, fromSis: [{ ...foster, owner: 'supervisor' }] });
    expect(await holds()).toEqual(['ada foster-care 2026-09-08–2026-10-07 supervisor']);
  });

  test('a rule that is gone ends its holds; another scope makes it another hold', async () => {
    says({ homeless: 'Y' });
    await read('2026-09-08');
    const letters = [{ kind: 'homelessness', scope: 'letters', longestDays: null }] as const;
    await read('2026-09-09', { ...RULES, kinds: letters });
    await read('2026-09-10', { ...RULES, fromSis: [] });
    const rows = await store.db
      .selectFrom('hold')
      .select(['scope', 'ended_because'])
      .orderBy('begins')
      .execute();
    expect(rows).toEqual([
      { scope: 'everything', ended_because: 'the SIS does not say so any more' },
      { scope: 'letters', ended_because: 'the SIS does not say so any more' },
    ]);
  });

  test('what cannot be read leaves what was said before', async () => {
    says({ homeless: 'Y' });
    await read('2026-09-08');
    sis.students = [aStudent('ada', { grade: '06', flags: { deceased: '' } }), ...sis.students.slice(1)];
    expect(await read('2026-09-09')).toMatchObject({ holdsEnded: 0, studentsChanged: 1 });
    expect(await holds()).toEqual(['ada homelessness 2026-09-08 counselor']);
  });

  test('a person cannot end it while the SIS says so, and nobody else’s hold is touched', async () => {
    says({ homeless: 'Y' });
    await read('2026-09-08');
    const own = { scope: null, from: null, until: null, owner: 'counselor', reason: 'asked for', by: 'Dana' };
    const added = await addHold(
      await desk(),
      { student: 'bo', kind: 'homelessness', ...own },
      moment('2026-09-10'),
    );
    expect(added).toMatchObject({ kind: 'added' });
    const { ref } = await store.db
      .selectFrom('hold')
      .select('ref')
      .where('source', '=', 'sis')
      .executeTakeFirstOrThrow();
    const end = { ref, by: 'Dana', because: 'they have moved in' };
    expect(await endHold(await desk(), end, moment('2026-09-10'))).toEqual({
      kind: 'still-flagged',
      field: 'homeless',
    });
    says({ homeless: 'N' });
    await read('2026-09-11');
    expect((await holds()).sort()).toEqual([
      'ada homelessness 2026-09-08 counselor ended',
      'bo homelessness 2026-09-10 counselor',
    ]);
  });
});

describe('a field that is served for nobody any more', () => {
  const many = (flags: (index: number) => Record<string, string>, count: number) => {
    sis.students = Array.from({ length: count }, (_, index) =>
      aStudent(`s${index}`, { flags: flags(index) }),
    );
  };

  test.each([
    ['ends a handful of holds', 10, { holdsEnded: 10, holdsKept: 0 }],
    ['ends no more than that: the feed is broken', 11, { holdsEnded: 0, holdsKept: 11 }],
  ])('%s', async (_, count, counts) => {
    many(() => ({ homeless: 'Y', deceased: '' }), count);
    await read('2026-09-08');
    many(() => ({ homeless: '', deceased: '' }), count);
    expect(await read('2026-09-09')).toMatchObject(counts);
  });

  test('while others have a value, all end that are not said any more', async () => {
    many(() => ({ homeless: 'Y', deceased: '' }), 12);
    await read('2026-09-08');
    many((index) => ({ homeless: index === 0 ? 'N' : '', deceased: '' }), 12);
    expect(await read('2026-09-09')).toMatchObject({ holdsEnded: 12, holdsKept: 0 });
  });
});

describe('other fields in the policy', () => {
  test('are read of all students the next night, also where only changes were due', async () => {
    const changing = changingSis({ ...sis, students: [aStudent('ada'), aStudent('bo')] });
    const night = async (date: string, rules: HoldRules) => {
      const outcome = await syncDistrict(
        {
          db: store.db,
          pool: store.pool,
          ...syncSettings,
          fullDue: (last) => last === null,
          holds: sisHolds(rules),
          ...changing.sources(),
        },
        { now: new Date(`${date}T12:00:00Z`), today: schoolDate(date) },
      );
      return store.db
        .selectFrom('sync_run')
        .select('kind')
        .where('id', '=', outcome.runId)
        .executeTakeFirstOrThrow();
    };
    const none = { ...RULES, fromSis: [] };
    expect(await night('2026-09-07', none)).toEqual({ kind: 'full' });
    expect(await night('2026-09-08', none)).toEqual({ kind: 'delta' });
    changing.records.students = [
      aStudent('ada', { flags: { homeless: 'Y', deceased: '' } }),
      aStudent('bo', { flags: { homeless: '', deceased: '' } }),
    ];
    expect(await night('2026-09-09', RULES)).toEqual({ kind: 'full' });
    expect(await holds()).toEqual(['ada homelessness 2026-09-09 counselor']);
    expect(await night('2026-09-10', RULES)).toEqual({ kind: 'delta' });
  });
});

describe('an absolute hold from the SIS', () => {
  const tasks = () =>
    store.db
      .selectFrom('task')
      .select(['ref', 'kind', 'state', 'student_id', 'role', 'reason'])
      .orderBy('changed_at')
      .execute();

  async function flagged(): Promise<void> {
    says({ deceased: 'TRUE' });
    await read('2026-09-08');
    expect(await holds()).toEqual(['ada deceased 2026-09-08 administrator']);
  }

  test('stops in the same transaction what is under way', async () => {
    await read('2026-09-07');
    await store.db
      .insertInto('task')
      .values({
        ref: 'T-1',
        key: 'contact',
        kind: 'contact-family',
        role: 'attendance-clerk',
        state: 'open',
        opened_on: schoolDate('2026-09-07'),
        due_on: schoolDate('2026-09-09'),
        student_id: await studentId(),
        school_year: '2027',
        changed_at: new Date('2026-09-07T12:00:00Z'),
      })
      .execute();
    await flagged();
    expect(await tasks()).toMatchObject([{ state: 'closed', reason: 'absolute-hold' }]);
  });

  test('stays when the flag vanishes; a task asks once, and names nobody', async () => {
    await flagged();
    says({ deceased: 'false' });
    await read('2026-09-09');
    await read('2026-09-10');
    expect(await holds()).toEqual(['ada deceased 2026-09-08 administrator']);
    const [task, ...others] = await tasks();
    expect(others).toEqual([]);
    expect(task).toMatchObject({
      kind: 'hold-flag-gone',
      state: 'open',
      student_id: null,
      role: 'administrator',
    });
    const done = { ref: task?.ref ?? '', by: 'Dana', outcome: 'stays', on: schoolDate('2026-09-10') };
    await completeTask(store.db, { ...done, now: moment('2026-09-10').now });
    await read('2026-09-11');
    expect(await tasks()).toHaveLength(1);
  });

  test('asks nothing any more once the flag is back', async () => {
    await flagged();
    says({ deceased: '' });
    await read('2026-09-09');
    says({ deceased: 'true' });
    await read('2026-09-10');
    expect(await tasks()).toMatchObject([{ state: 'closed', reason: 'flag-back' }]);
    expect(await holds()).toHaveLength(1);
  });

  test('is ended by a person once the SIS does not say so any more', async () => {
    await flagged();
    const { ref } = await store.db.selectFrom('hold').select('ref').executeTakeFirstOrThrow();
    const end = { ref, by: 'Dana', because: 'a mix-up' };
    expect(await endHold(await desk(), end, moment('2026-09-09'))).toMatchObject({ kind: 'still-flagged' });
    says({});
    await read('2026-09-09');
    expect(await endHold(await desk(), end, moment('2026-09-10'))).toMatchObject({ kind: 'ended' });
    expect(await tasks()).toMatchObject([{ kind: 'hold-flag-gone', state: 'closed', reason: 'hold-ended' }]);
    await read('2026-09-11');
    expect(await holds()).toEqual(['ada deceased 2026-09-08 administrator ended']);
  });
});

describe('a field of an absolute hold that cannot be read', () => {
  const tasks = () =>
    store.db
      .selectFrom('task')
      .select(['ref', 'kind', 'state', 'student_id', 'role', 'detail'])
      .orderBy('changed_at')
      .execute();
  const standing = () =>
    store.db
      .selectFrom('hold')
      .select(['ref', 'scope', 'reason'])
      .where('ended_at', 'is', null)
      .orderBy('scope')
      .execute();

  test.each([
    ['at first sight', null],
    ['after it has said no', 'false'],
  ])('%s makes everything wait, and its owner is asked once', async (_name, before) => {
    says({ deceased: before });
    await read('2026-09-07');
    await forgetDue();
    says({ deceased: null });
    await read('2026-09-08');
    const [hold, ...others] = await standing();
    expect(others).toEqual([]);
    expect(hold).toMatchObject({
      scope: 'everything',
      reason: 'the field deceased of the SIS cannot be read',
    });
    const [task, ...more] = await tasks();
    expect(more).toEqual([]);
    expect(task).toMatchObject({
      kind: 'hold-flag-unread',
      state: 'open',
      role: 'administrator',
      student_id: null,
      detail: hold?.ref,
    });
    const done = { ref: task?.ref ?? '', by: 'Dana', outcome: 'looked', on: schoolDate('2026-09-08') };
    await completeTask(store.db, { ...done, now: moment('2026-09-08').now });
    await read('2026-09-09');
    // A read that does not tell of the student changes nothing.
    sis.students = sis.students.slice(1);
    await read('2026-09-10');
    expect(await standing()).toEqual([hold]);
    expect(await tasks()).toHaveLength(1);
  });

  test.each([
    ['no', 'false', []],
    ['nothing', '', []],
    ['yes', 'true', [{ scope: 'absolute' }]],
  ])('ends once it can be read and says %s', async (_name, value, left) => {
    says({ deceased: null });
    await read('2026-09-08');
    await forgetDue();
    says({ deceased: value });
    expect(await read('2026-09-09')).toMatchObject({ holdsEnded: 1 });
    expect(await due()).toEqual(['ada']);
    expect(await standing()).toMatchObject(left);
    expect(await tasks()).toMatchObject([{ kind: 'hold-flag-unread', state: 'closed' }]);
    expect(await standing()).toHaveLength(left.length);
  });

  test('adds nothing to the hold that stands, and is nothing to a hold of another scope', async () => {
    says({ deceased: 'true' });
    await read('2026-09-07');
    says({ deceased: null, homeless: null });
    await read('2026-09-08');
    expect(await standing()).toMatchObject([{ scope: 'absolute' }]);
    expect(await tasks()).toEqual([]);
  });

  test('cannot be ended by hand before', async () => {
    says({ deceased: null });
    await read('2026-09-08');
    const [hold] = await standing();
    const end = { ref: hold?.ref ?? '', by: 'Dana', because: 'she is well' };
    expect(await endHold(await desk(), end, moment('2026-09-09'))).toEqual({
      kind: 'still-unread',
      field: 'deceased',
    });
  });
});

test('a flag that can no longer be read stays what it was, and is not waited for', async () => {
  const fields = ['deceased', 'homeless'];
  says({ homeless: 'Y' }, { homeless: null, deceased: 'false' });
  await read('2026-09-08');
  says({ homeless: null }, { homeless: null, deceased: 'false' });
  await read('2026-09-09');
  expect(await holds()).toHaveLength(1);
  expect(await flagsUnread(store.db, fields)).toBe(false);
  expect(await flagsUnread(store.db, [...fields, 'foster'])).toBe(true);
});

test('two students whom the SIS makes one have the hold once', async () => {
  sis.students = [
    aStudent('ada', { flags: { homeless: 'Y', deceased: '' } }),
    aStudent('old', { flags: { homeless: 'Y', deceased: '' } }),
  ];
  await read('2026-09-08');
  sis.students = [aStudent('ada', { aliases: ['old'], flags: { homeless: 'Y', deceased: '' } })];
  await read('2026-09-09');
  const standing = await store.db
    .selectFrom('hold')
    .select('student_id')
    .where('ended_at', 'is', null)
    .execute();
  expect(standing).toEqual([{ student_id: await studentId() }]);
});
