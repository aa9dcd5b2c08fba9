import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { dueJobs } from '../../jobs/due-jobs.ts';
import { decideStudent } from '../../src/procedure/decide.ts';
import { decideStudents } from '../../src/procedure/decide-batch.ts';
import { giveUp } from '../../src/procedure/give-up.ts';
import { dueAt } from '../../src/procedure/procedure.ts';
import { findDueWork } from '../../src/store/due-work.ts';
import { lockStudent } from '../../src/store/student-locks.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aGuardian, aStudent, linkTo, weekdaysFrom } from '../support/sis-records.ts';

/** Days missed by each student, from 31 August on: nobody, below, a contact, a letter, two letters, all. */
const missed: Record<string, number> = { bea: 0, cid: 2, dot: 4, eve: 7, fay: 9, gus: 11 };
const names = Object.keys(missed);

let office: Office;
beforeEach(async () => {
  office = await openOffice();
  office.sis.students.push(
    ...names.map((name) =>
      aStudent(name, {
        enrolments: [{ schoolSourcedId: office.school, primary: true, begins: null, ends: null }],
      }),
    ),
  );
  office.sis.guardians.push(
    ...names.map((name) => aGuardian(`${name}-mum`, { familyName: name, links: [linkTo(name)] })),
  );
  const days = weekdaysFrom('2026-08-31', 5).concat(weekdaysFrom('2026-09-08', 6));
  office.absent(days.slice(0, 7));
  for (const [name, count] of Object.entries(missed)) office.absent(days.slice(0, count), name);
  office.at('2026-09-25');
  await office.sync();
});
afterEach(() => office.close());

async function idsOf(which: readonly string[] = ['ada', ...names]): Promise<number[]> {
  return Promise.all(which.map((name) => office.studentId(name)));
}

async function decideTogether(ids: readonly number[]) {
  return decideStudents(office.db, await office.jobs.procedure(), ids, office.moment());
}

async function dueNow() {
  const procedure = await office.jobs.procedure();
  return findDueWork(office.db, dueAt(procedure, office.moment()));
}

/** What was decided, without the ids that each decision makes up. */
async function decisions(db = office.db): Promise<unknown> {
  const { rows } = await sql`
    select s.sourced_id, l.result_hash, l.input_hash, l.next_look_on, l.total,
      (select json_agg(json_build_array(t.step, t.state, t.owed_on, t.taken_on, t.acted, t.blocks, t.reason)
        order by t.step) from ladder_step t where t.student_id = s.id) as steps,
      (select json_agg(e.step || ' ' || e.to_state order by e.step, e.id) from ladder_event e where e.student_id = s.id)
        as events,
      (select count(*)::int from evaluation v where v.student_id = s.id) as evaluations,
      (select json_agg(t.kind order by t.kind) from task t where t.student_id = s.id and t.state = 'open') as tasks,
      (select json_agg(t.step order by t.step) from letter t where t.student_id = s.id) as letters
    from student s join ladder l on l.student_id = s.id order by 1`.execute(db);
  return rows;
}

/** Makes the database refuse every task about one student, as a defect would. */
async function refuseTasksOf(studentId: number): Promise<void> {
  await sql
    .raw(`create function refuse() returns trigger language plpgsql as $$
      begin raise exception 'this student cannot have tasks'; end $$;
      create trigger refuse before insert on task for each row when (new.student_id = ${studentId})
        execute function refuse()`)
    .execute(office.db);
}

test('decides as one by one would, and a second time changes nothing', async () => {
  const ids = await idsOf();
  const outcome = await decideTogether(ids);
  expect(outcome).toMatchObject({ decided: ids.length, busy: 0, failed: [] });
  const together = await decisions();
  await sql`truncate ladder, ladder_step, ladder_event, evaluation, letter, letter_addressee, task, attendance_file,
    file_entry, referral, staff_mail cascade`.execute(office.db);
  for (const id of ids) await decideStudent(office.db, await office.jobs.procedure(), id, office.moment());
  expect(together).toEqual(await decisions());
  await decideTogether(ids);
  const settled = await decisions();
  await decideTogether(ids);
  expect(await decisions()).toEqual(settled);
});

test('G4: 20 batches at once over the same students make one set of rows', async () => {
  const ids = await idsOf();
  await Promise.all(Array.from({ length: 20 }, () => decideTogether(ids)));
  const letters = (await office.letters('eve')).map(({ step, state }) => `${step} ${state}`);
  expect(letters).toEqual(['first-letter planned']);
  const repeated =
    await sql`select student_id, step, to_state from ladder_event group by 1, 2, 3 having count(*) > 1`.execute(
      office.db,
    );
  expect(repeated.rows).toEqual([]);
});

test('a student whom somebody else decides about is left out, without waiting, and stays due', async () => {
  const [ada = 0, eve = 0] = await idsOf(['ada', 'eve']);
  await office.db.transaction().execute(async (tx) => {
    await lockStudent(tx, ada);
    expect(await decideTogether([ada, eve])).toMatchObject({ decided: 1, busy: 1 });
  });
  expect((await dueNow()).evaluations).toContain(ada);
  expect((await dueNow()).evaluations).not.toContain(eve);
});

describe('G16: a student whose evaluation fails', () => {
  test('stops nobody, is taken back whole, and travels alone from then on', async () => {
    const [dot = 0] = await idsOf(['dot']);
    await refuseTasksOf(dot);
    const ids = await idsOf();
    const { decided, failed } = await decideTogether(ids);
    expect(decided).toBe(ids.length - 1);
    expect(failed).toMatchObject([{ studentId: dot }]);
    expect(await office.steps('dot')).toEqual({});
    expect(await office.steps('eve')).toMatchObject({ contact: 'taken', 'first-letter': 'owed' });
    const due = await dueNow();
    expect(due.evaluations).toEqual([dot]);
    expect(due.troubled).toEqual([dot]);
    expect(dueJobs(due)[0]).toMatchObject({ job: { name: 'evaluate-student' }, payload: { studentId: dot } });
  });

  test('before anything is written, the same', async () => {
    const [cid = 0] = await idsOf(['cid']);
    const procedure = await office.jobs.procedure();
    const other = await sql<{ id: number }>`
      insert into school (sourced_id, name, active) values ('nowhere', 'Nowhere', true) returning id`.execute(
      office.db,
    );
    await sql`update enrolment set school_id = ${other.rows[0]?.id} where student_id = ${cid}`.execute(
      office.db,
    );
    const calendarOf: typeof procedure.calendarOf = (school) => {
      if (school === 'nowhere') throw new Error('no calendar');
      return procedure.calendarOf(school);
    };
    const outcome = await decideStudents(
      office.db,
      { ...procedure, calendarOf },
      await idsOf(),
      office.moment(),
    );
    expect(outcome.failed).toMatchObject([{ studentId: cid }]);
    expect((await dueNow()).troubled).toEqual([cid]);
  });

  test('or takes its whole process down: all of a batch that was given up travel alone', async () => {
    const ids = await idsOf(['cid', 'dot', 'eve']);
    await giveUp(office.db, 'evaluate-students', { studentIds: ids }, office.moment());
    const due = await dueNow();
    expect([...due.troubled].sort()).toEqual([...ids].sort());
    expect(await office.openTasks()).toEqual([]);
  });
});

test('250 due students travel in three jobs', () => {
  const evaluations = Array.from({ length: 250 }, (_, index) => index + 1);
  const nothing = {
    lettersToPrepare: [],
    lettersToSend: [],
    printRuns: [],
    referrals: [],
    staffMails: [],
    corrections: [],
  };
  const jobs = dueJobs({ ...nothing, evaluations, troubled: [7] });
  expect(jobs.map(({ job, payload }) => [job.name, Object.values(payload as object).flat().length])).toEqual([
    ['evaluate-student', 1],
    ['evaluate-students', 100],
    ['evaluate-students', 100],
    ['evaluate-students', 49],
  ]);
});
