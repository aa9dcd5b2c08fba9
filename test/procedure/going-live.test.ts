import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { explainEvaluation } from '../../src/domain/explanation.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { importLetters } from '../../src/procedure/import-letters.ts';
import { releaseSteps } from '../../src/procedure/release-steps.ts';
import { removeLetters } from '../../src/procedure/remove-letters.ts';
import { readBaseline } from '../../src/store/baseline.ts';
import { readDocument } from '../../src/store/documents.ts';
import { listPreExisting } from '../../src/store/pre-existing.ts';
import { findShadow, listShadows } from '../../src/store/shadows.ts';
import { lockStudent } from '../../src/store/student-locks.ts';
import { listOpenTasks } from '../../src/store/tasks.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aDeletedAbsence, aGuardian, anAbsence, linkTo, MANY, weekdaysFrom } from '../support/sis-records.ts';

/** Seven days up to the 16th of September, of which the last is settled on the 21st. */
const SEVEN = weekdaysFrom('2026-09-08', 7);

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

const packetsAndLetters = () =>
  office.sink.delivered.filter((mail) => /^X-Rollcall-Kind: (packet|letter)\r?$/m.test(String(mail.raw)));

async function printRuns(): Promise<number> {
  return (await office.db.selectFrom('print_run').select('id').execute()).length;
}

/** Ada's father gets his letters on paper. */
function withFather(): void {
  office.sis.guardians.push(aGuardian('dad', { email: null, links: [linkTo('ada')] }));
}

/** September as it happens, with digests, up to the day on which a referral may leave. */
async function september(contact = true): Promise<void> {
  withFather();
  office.absent(MANY);
  for (const date of ['2026-09-21', '2026-09-22', '2026-09-28', '2026-09-29', '2026-09-30']) {
    await office.day(date);
    if (contact && date === '2026-09-21') await office.answer('contact-family', 'reached');
    await office.digests();
    await office.work();
  }
}

/** Resolves once somebody in this database waits for a lock on a student, or nobody needs to. */
async function lockAwaited(over: () => boolean): Promise<void> {
  while (!over()) {
    const { rows } = await sql`
      select from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`.execute(office.db);
    if (rows.length > 0) return;
  }
}

/** The office takes a day of Ada’s back in the SIS. */
function corrected(date: string): void {
  const row = aDeletedAbsence('ada', date);
  office.sis.absences = [...office.sis.absences.filter(({ sourcedId }) => sourcedId !== row.sourcedId), row];
}

async function release(filter = {}) {
  const by = { by: 'Principal', because: 'the families were told' };
  const released = await releaseSteps(office.db, await office.jobs.procedure(), filter, by, office.moment());
  return { steps: released.length, students: new Set(released.map(({ studentId }) => studentId)).size };
}

type Letters = readonly { readonly step: string; readonly sentOn: string }[];

async function importList(letters: Letters, keep = true) {
  return importLetters(office.db, await office.jobs.procedure(), listOf(letters, keep), office.moment());
}

async function removeList(letters: Letters, keep = true) {
  return removeLetters(office.db, await office.jobs.procedure(), listOf(letters, keep), office.moment());
}

function listOf(letters: Letters, keep: boolean) {
  const listed = letters.map(({ step, sentOn }, index) => ({
    line: index + 2,
    student: 'ada',
    step,
    sentOn: schoolDate(sentOn),
  }));
  return { letters: listed, by: 'Clerk', keep };
}

const lettersIn = async () =>
  (await office.letters()).map(({ step, channel, state }) => `${step} ${channel} ${state}`);

describe('shadow', () => {
  test('the same weeks that send letters, a print run and a packet in live mode', async () => {
    office.mode('live');
    await september();
    expect(packetsAndLetters().length).toBeGreaterThanOrEqual(2);
    expect(await printRuns()).toBe(1);
    expect(await office.steps()).toMatchObject({ referral: 'taken' });
  });

  test('let nothing leave in shadow: everything is rendered, recorded and stays', async () => {
    office.mode('shadow');
    await september(false);
    expect(office.sink.delivered).toEqual([]);
    expect(await printRuns()).toBe(0);
    expect(await office.db.selectFrom('staff_mail').select('id').execute()).toEqual([]);
    expect(await office.openTasks()).toEqual([]);
    expect((await listOpenTasks(office.db, true)).map(({ kind }) => kind)).toContain('contact-family');
    expect(await office.steps()).toEqual({
      contact: 'taken',
      'first-letter': 'skipped',
      'medical-letter': 'taken',
      referral: 'taken',
    });
    expect((await lettersIn()).sort()).toEqual([
      'medical-letter email shadowed',
      'medical-letter paper shadowed',
    ]);
    const shadows = await listShadows(office.db, '2027', {});
    expect(shadows.map(({ kind, step, on, state }) => ({ kind, step, on, state }))).toEqual([
      { kind: 'letter', step: 'medical-letter', on: '2026-09-21', state: 'shadowed' },
      { kind: 'letter', step: 'medical-letter', on: '2026-09-21', state: 'shadowed' },
      { kind: 'referral', step: 'referral', on: '2026-09-29', state: 'shadowed' },
    ]);
    expect(shadows[2]?.reason).toBe('no-contact-attempted');
    for (const { ref } of shadows) {
      const found = await findShadow(office.db, '2027', ref);
      const pdf = await readDocument(office.db, found?.pdfDocumentId ?? '');
      expect(pdf.bytes.subarray(0, 5).toString()).toBe('%PDF-');
    }
    expect(await office.db.selectFrom('medical_documentation').selectAll().execute()).toEqual([]);
  });

  test('a letter would have left on the next sending day, and is stopped by a correction before', async () => {
    office.mode('shadow');
    office.absent(SEVEN);
    await office.day('2026-09-21', '17:00');
    expect(await lettersIn()).toEqual(['first-letter email planned']);
    corrected('2026-09-08');
    await office.day('2026-09-22', '07:00');
    expect(await lettersIn()).toEqual(['first-letter email cancelled']);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'withdrawn' });
  });

  test('what was planned while the school was live waits until it is live again', async () => {
    office.mode('live');
    office.absent(SEVEN);
    await office.day('2026-09-21', '17:00');
    office.mode('shadow');
    await office.day('2026-09-22');
    expect(packetsAndLetters()).toEqual([]);
    expect(await lettersIn()).toEqual(['first-letter email held']);
    office.mode('live');
    await office.day('2026-09-23');
    expect(packetsAndLetters()).toHaveLength(1);
  });

  test('a packet that waits for the mail server stays while the school is in shadow', async () => {
    office.mode('live');
    office.absent(MANY);
    await office.day('2026-09-21');
    await office.answer('contact-family', 'reached');
    await office.day('2026-09-29', '07:00');
    office.at('2026-09-29');
    expect(await office.workOnce('deliver-referral')).toEqual(['deliver-referral']);
    const before = office.sink.delivered.length;
    office.mode('shadow');
    await office.work();
    expect(office.sink.delivered).toHaveLength(before);
    office.mode('live');
    await office.day('2026-09-30');
    expect(await office.steps()).toMatchObject({ referral: 'taken' });
    expect(office.sink.delivered.length).toBeGreaterThan(before);
  });

  test('a task that was open before is in no digest while the school is in shadow', async () => {
    office.mode('live');
    office.absent(SEVEN);
    await office.day('2026-09-16');
    expect(await office.openTasks()).toContain('contact-family');
    office.mode('shadow');
    expect(await office.digests()).toBe(0);
    office.mode('live');
    expect(await office.digests()).toBeGreaterThan(0);
  });
});

describe('from shadow to live', () => {
  test('every student who was evaluated in another mode is due; what was reached is left to the school', async () => {
    office.mode('shadow');
    office.absent(SEVEN);
    await office.day('2026-09-21');
    expect(await lettersIn()).toEqual(['first-letter email shadowed']);
    office.mode('live');
    office.at('2026-09-22');
    expect(await office.workOnce()).toEqual(['evaluate-students']);
    await office.work();
    expect(await office.steps()).toEqual({ contact: 'pre-existing', 'first-letter': 'pre-existing' });
    expect(await listOpenTasks(office.db, true)).toEqual([]);
    await office.day('2026-09-23');
    expect(office.sink.delivered).toEqual([]);
    const because = (await listPreExisting(office.db, '2027', {}, [])).map((one) => one.because);
    expect(because).toEqual(['shadow-ended', 'shadow-ended']);
  });

  test('a released step is sent once, with a letter of its own beside the shadow', async () => {
    office.mode('shadow');
    office.absent(SEVEN);
    await office.day('2026-09-21');
    office.mode('live');
    await office.day('2026-09-22');
    expect(await release({ step: 'first-letter' })).toEqual({ steps: 1, students: 1 });
    expect(await release({ step: 'first-letter' })).toEqual({ steps: 0, students: 0 });
    await office.day('2026-09-23');
    await office.day('2026-09-24');
    expect(await lettersIn()).toEqual(['first-letter email shadowed', 'first-letter email sent']);
    expect(packetsAndLetters()).toHaveLength(1);
    expect(await office.steps()).toEqual({ contact: 'pre-existing', 'first-letter': 'taken' });
  });

  test('what a person released does not hold for the next time that a shadow ends', async () => {
    office.mode('shadow');
    office.absent(SEVEN);
    await office.day('2026-09-21');
    office.mode('live');
    await office.day('2026-09-22');
    office.mode('shadow');
    await office.day('2026-09-23');
    await release({});
    await office.day('2026-09-24');
    office.mode('live');
    await office.day('2026-09-25');
    await office.day('2026-09-28');
    expect(await office.steps()).toEqual({ contact: 'pre-existing', 'first-letter': 'pre-existing' });
    expect(packetsAndLetters()).toEqual([]);
  });

  test('a crossing after going live is acted on', async () => {
    office.mode('shadow');
    office.absent(SEVEN.slice(0, 5));
    await office.day('2026-09-21');
    expect(await office.steps()).toEqual({ contact: 'taken' });
    office.mode('live');
    await office.day('2026-09-22');
    office.absent([...SEVEN.slice(0, 5), '2026-09-23', '2026-09-24']);
    await office.day('2026-09-30');
    expect(await office.steps()).toEqual({ contact: 'pre-existing', 'first-letter': 'taken' });
    expect(packetsAndLetters()).toHaveLength(1);
  });
});

describe('modes of schools', () => {
  test('a school goes by its own; what changes elsewhere makes nobody due', async () => {
    office.mode('live', { [office.school]: 'shadow' });
    office.absent(SEVEN);
    await office.day('2026-09-21');
    expect(await lettersIn()).toEqual(['first-letter email shadowed']);
    office.at('2026-09-22');
    office.mode('tasks', { [office.school]: 'shadow' });
    expect(await office.workOnce()).toEqual([]);
    office.mode('shadow', { elsewhere: 'live' });
    expect(await office.workOnce()).toEqual([]);
    office.mode('shadow', { [office.school]: 'live' });
    expect(await office.workOnce()).toEqual(['evaluate-students']);
  });

  test('who has left goes by the school that was the last one, and is taken up there after a return', async () => {
    office.mode('shadow', { [office.school]: 'live' });
    office.absent(SEVEN);
    const here = office.sis.students;
    const left = here.map((student) => ({
      ...student,
      enrolments: student.enrolments.map((one) => ({ ...one, ends: schoolDate('2026-09-18') })),
    }));
    office.sis.students = left;
    await office.day('2026-09-21');
    expect(await lettersIn()).toEqual([]);
    office.sis.students = here;
    await office.day('2026-09-22');
    expect(await lettersIn()).toEqual(['first-letter email sent']);
  });
});

test('what stood in the way in shadow becomes a task that staff are told of, once they may be', async () => {
  office.mode('shadow');
  office.absent(SEVEN);
  office.sis.guardians = [];
  await office.day('2026-09-21');
  expect(await office.openTasks()).toEqual([]);
  office.mode('tasks');
  await office.day('2026-09-22');
  expect(await office.openTasks()).toContain('no-recipient');
  expect((await listOpenTasks(office.db, true)).map(({ kind }) => kind)).not.toContain('no-recipient');
});

describe('tasks mode', () => {
  beforeEach(async () => {
    office.mode('tasks');
    office.absent(SEVEN);
    await office.day('2026-09-21');
  });

  test('tasks and digests go, and the office is asked to send its own letter', async () => {
    expect(await office.openTasks()).toEqual(['consider-meeting', 'contact-family', 'letter-due']);
    expect(await office.digests()).toBeGreaterThan(0);
    await office.work();
    expect(office.sink.delivered.length).toBeGreaterThan(0);
    expect(packetsAndLetters()).toEqual([]);
    expect(await lettersIn()).toEqual(['first-letter email shadowed']);
  });

  test('a letter that the office has sent takes the step, also once the school is live, and whatever is corrected', async () => {
    office.at('2026-09-23');
    expect(await office.answer('letter-due', 'posted')).toMatchObject({ kind: 'bad-outcome' });
    expect(await office.answer('letter-due', 'sent')).toMatchObject({ kind: 'done' });
    office.mode('live');
    await office.day('2026-09-24');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    corrected('2026-09-08');
    await office.day('2026-09-25');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    corrected('2026-09-09');
    await office.day('2026-09-26');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(await office.openTasks()).not.toContain('count-corrected');
    office.absent(SEVEN);
    await office.day('2026-09-28');
    expect(packetsAndLetters()).toEqual([]);
    const facts = await office.decide();
    expect(facts).toMatchObject({ kind: 'decided' });
  });

  test('a correction takes the request back, and a count that rises again asks anew', async () => {
    corrected('2026-09-08');
    await office.day('2026-09-22');
    expect(await office.openTasks()).not.toContain('letter-due');
    office.absent(SEVEN);
    await office.day('2026-09-23');
    expect(await office.openTasks()).toContain('letter-due');
  });

  test('a letter that the office did not send leaves the step to the school when it goes live', async () => {
    await office.answer('letter-due', 'not-sent');
    office.mode('live');
    await office.day('2026-09-24');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'pre-existing' });
    await release();
    await office.day('2026-09-28');
    expect(packetsAndLetters()).toHaveLength(1);
  });

  test('a released step asks nobody for a letter any more', async () => {
    office.mode('live');
    await office.day('2026-09-24');
    expect(await office.openTasks()).toContain('letter-due');
    await release();
    expect(await office.openTasks()).not.toContain('letter-due');
  });

  test('an answer that takes a step waits for whoever decides about the student', async () => {
    const order: string[] = [];
    let answering: Promise<unknown> = Promise.resolve();
    await office.db.transaction().execute(async (tx) => {
      await lockStudent(tx, await office.studentId());
      answering = office.answer('letter-due', 'sent').then(() => order.push('answered'));
      await Promise.race([answering, lockAwaited(() => order.length > 0)]);
      order.push('decided');
    });
    await answering;
    expect(order).toEqual(['decided', 'answered']);
  });

  test('a hold keeps the letter of the office back, and it is asked for again when the hold is over', async () => {
    await office.hold({ scope: 'everything', begins: '2026-09-22', ends: '2026-09-24' });
    await office.day('2026-09-22');
    expect(await office.openTasks()).not.toContain('letter-due');
    await office.days('2026-09-23', '2026-09-24');
    expect(await office.openTasks()).not.toContain('letter-due');
    await office.day('2026-09-28');
    const due = (await listOpenTasks(office.db)).filter(({ kind }) => kind === 'letter-due');
    expect(due).toMatchObject([{ openedOn: '2026-09-28', dueOn: '2026-09-30', detail: 'First Letter' }]);
  });

  test('an unknown code keeps the letter of the office back, and the clerk is told of the code', async () => {
    office.sis.absences.push(
      anAbsence('ada', '2026-09-17', { codeSourcedId: 'odd', schoolSourcedId: office.school }),
    );
    await office.day('2026-09-22');
    expect(await office.openTasks()).not.toContain('letter-due');
    expect(await office.openTasks()).toContain('unmapped-code');
    corrected('2026-09-17');
    office.sis.absences = office.sis.absences.filter((row) => row.deleted || row.date !== '2026-09-17');
    await office.day('2026-09-23');
    expect(await office.openTasks()).toContain('letter-due');
    expect(await office.openTasks()).not.toContain('unmapped-code');
  });

  test('what a hold keeps back is asked for no more once the count has fallen', async () => {
    await office.hold({ scope: 'everything', begins: '2026-09-22', ends: '2026-09-24' });
    await office.day('2026-09-22');
    corrected('2026-09-08');
    await office.day('2026-09-23');
    await office.day('2026-09-28');
    expect(await office.openTasks()).not.toContain('letter-due');
  });

  test('a student who leaves gets no letter of the office either', async () => {
    office.sis.students = office.sis.students.map((student) => ({ ...student, active: false }));
    await office.day('2026-09-22');
    expect(await office.openTasks()).not.toContain('letter-due');
  });
});

describe('the letter that the office is asked for', () => {
  test.each([
    ['where no law sets a last day, in two school days', '', '2026-09-23'],
    ['where the law sets a later one, in two school days', 'legalDeadlineDays: 10', '2026-09-23'],
    ['where the law sets an earlier one, on it', 'legalDeadlineDays: 4', '2026-09-22'],
  ])('is due %s', async (_, law, dueOn) => {
    await office.close();
    office = await openOffice({
      policy: (text) => text.replace('letter: first-letter', `letter: first-letter\n    ${law}`),
    });
    office.mode('tasks');
    office.absent(SEVEN);
    await office.day('2026-09-21');
    const due = (await listOpenTasks(office.db)).find(({ kind }) => kind === 'letter-due');
    expect(due?.dueOn).toBe(dueOn);
  });

  test('is due today where the last day by law is past', async () => {
    await office.close();
    office = await openOffice({
      policy: (text) =>
        text.replace('letter: first-letter', 'letter: first-letter\n    legalDeadlineDays: 4'),
    });
    office.mode('tasks');
    office.absent(SEVEN);
    await office.day('2026-09-28');
    const due = (await listOpenTasks(office.db)).find(({ kind }) => kind === 'letter-due');
    expect(due?.dueOn).toBe('2026-09-28');
  });
});

describe('from live to tasks', () => {
  test('a letter under way is left to the office, which is asked to send its own', async () => {
    office.mode('live');
    office.absent(SEVEN);
    await office.day('2026-09-21', '17:00');
    office.mode('tasks');
    await office.day('2026-09-22');
    expect(packetsAndLetters()).toEqual([]);
    expect(await lettersIn()).toEqual(['first-letter email cancelled', 'first-letter email shadowed']);
    expect(await office.openTasks()).toContain('letter-due');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    office.mode('live');
    await office.day('2026-09-23');
    expect(packetsAndLetters()).toEqual([]);
    expect(await office.steps()).toMatchObject({ 'first-letter': 'pre-existing' });
  });

  test('a referral under way is left to the office', async () => {
    office.mode('live');
    office.absent(MANY);
    await office.day('2026-09-21');
    await office.day('2026-09-29', '17:00');
    expect(await office.steps()).toMatchObject({ referral: 'owed' });
    office.mode('tasks');
    await office.day('2026-09-30');
    expect(await office.openTasks()).toContain('referral-due');
    expect(await office.openTasks()).not.toContain('fix-referral-gaps');
    expect(await office.steps()).toMatchObject({ referral: 'taken' });
    expect(packetsAndLetters()).toHaveLength(1);
  });

  test('in shadow a letter under way waits, and the explanation says so', async () => {
    office.mode('live');
    office.absent(SEVEN);
    await office.day('2026-09-21', '17:00');
    office.mode('shadow');
    await office.day('2026-09-22');
    const procedure = await office.jobs.procedure();
    const decided = await office.decide();
    if (decided.kind !== 'decided') throw new Error('nobody was decided about');
    const { steps } = explainEvaluation(decided.evaluation, procedure.policy, 'Ada');
    const text = JSON.stringify(steps);
    expect(text).toContain('Reached, but it waits: the school is not live any more.');
    expect(text).not.toContain('on its way');
  });

  test('the office hears what the file still lacks', async () => {
    office.mode('live');
    office.absent(MANY);
    await office.day('2026-09-21');
    office.mode('tasks');
    await office.day('2026-09-29');
    const due = (await listOpenTasks(office.db)).filter(({ kind }) => kind === 'referral-due');
    expect(due.map(({ detail }) => detail)).toEqual([
      'Attendance file to the truancy officer; still missing: no contact with the family is on record',
    ]);
  });
});

describe('what is asked about a student who has left', () => {
  /** A letter has left, the student too, and then the count is corrected. */
  async function correctedLeaver(): Promise<void> {
    office.absent(SEVEN);
    await office.day('2026-09-21');
    office.sis.students = office.sis.students.map((student) => ({
      ...student,
      enrolments: student.enrolments.map((one) => ({ ...one, ends: schoolDate('2026-09-22') })),
    }));
    await office.day('2026-09-22');
    corrected('2026-09-08');
    await office.day('2026-09-23');
  }

  test('is told by the mode of the last school, whatever the district’s', async () => {
    office.mode('shadow', { [office.school]: 'live' });
    await correctedLeaver();
    const [task] = (await listOpenTasks(office.db)).filter(({ kind }) => kind === 'count-corrected');
    const school = await office.db.selectFrom('school').select('id').executeTakeFirstOrThrow();
    expect(task?.schoolId).toBe(school.id);
    expect(await office.digests()).toBeGreaterThan(0);
  });
});

describe('baseline', () => {
  beforeEach(() => {
    office.mode('live');
    office.baseline('mark');
  });

  test('what the first read finds reached is left to the school; what comes later is acted on', async () => {
    office.absent(SEVEN.slice(0, 5));
    await office.day('2026-09-21');
    expect(await readBaseline(office.db, '2027')).toMatchObject({
      state: 'taken',
      asOf: '2026-09-21',
      students: 1,
      steps: 1,
    });
    expect(await office.steps()).toEqual({ contact: 'pre-existing' });
    office.absent([...SEVEN.slice(0, 5), '2026-09-23', '2026-09-24']);
    await office.day('2026-09-30');
    expect(await office.steps()).toEqual({ contact: 'pre-existing', 'first-letter': 'taken' });
    expect(packetsAndLetters()).toHaveLength(1);
  });

  test('a process that dies between the read and the baseline has sent nothing, whatever day it comes back', async () => {
    office.absent([...SEVEN.slice(0, 5), '2026-09-18', '2026-09-21']);
    office.at('2026-09-22');
    await office.sync();
    // The process is gone. Days later another one comes: the seventh day is settled by now, and was not then.
    office.at('2026-09-25');
    expect(await office.workOnce()).toEqual(['evaluate-students']);
    expect((await readBaseline(office.db, '2027'))?.state).toBe('open');
    expect(await office.steps()).toEqual({ contact: 'pre-existing' });
    expect(await office.settleBaseline()).toBe(true);
    expect(await office.settleBaseline()).toBe(false);
    await office.day('2026-09-28');
    expect(await office.steps()).toMatchObject({ contact: 'pre-existing', 'first-letter': 'taken' });
  });

  test('it is not closed while a student is to be looked at; one who cannot be is left to the school', async () => {
    office.absent(SEVEN);
    office.at('2026-09-21');
    await office.sync();
    expect(await office.settleBaseline()).toBe(false);
    await office.db.updateTable('evaluation_due').set({ attempts: 8 }).execute();
    expect(await office.settleBaseline()).toBe(true);
    expect(new Set(Object.values(await office.steps()))).toEqual(new Set(['pre-existing']));
    await office.decide();
    await office.work();
    expect(await office.steps()).toMatchObject({ contact: 'pre-existing', 'first-letter': 'pre-existing' });
    expect(office.sink.delivered).toEqual([]);
  });

  test('a year that is followed from its first day has none, and neither has a district that wants none', async () => {
    office.absent(SEVEN);
    office.baseline('none');
    await office.day('2026-09-21');
    expect(await readBaseline(office.db, '2027')).toMatchObject({ state: 'not-needed' });
    expect(packetsAndLetters()).toHaveLength(1);
  });

  test('some are released, and a released letter goes out once', async () => {
    office.absent(SEVEN);
    await office.day('2026-09-21');
    expect(await release({ school: 'nowhere' })).toEqual({ steps: 0, students: 0 });
    expect(await release({ studentIds: [await office.studentId()], step: 'first-letter' })).toMatchObject({
      steps: 1,
    });
    await office.day('2026-09-22');
    await office.day('2026-09-23');
    expect(packetsAndLetters()).toHaveLength(1);
    expect(await office.steps()).toEqual({ contact: 'pre-existing', 'first-letter': 'taken' });
  });
});

describe('letters of the old process', () => {
  beforeEach(async () => {
    office.mode('live');
    office.baseline('mark');
    office.absent(SEVEN);
    await office.day('2026-09-21');
  });

  test('take their step with their date, are not doubled, and no correction supersedes them', async () => {
    expect(await importList([{ step: 'first-letter', sentOn: '2026-09-15' }])).toMatchObject({ recorded: 1 });
    await office.day('2026-09-22');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    corrected('2026-09-08');
    await office.day('2026-09-23');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    office.absent(SEVEN);
    await office.day('2026-09-24');
    expect(await release()).toMatchObject({ steps: 1 });
    await office.day('2026-09-25');
    expect(packetsAndLetters()).toEqual([]);
    expect(await office.openTasks()).not.toContain('count-corrected');
  });

  test('count as notice before a referral', async () => {
    await importList([{ step: 'medical-letter', sentOn: '2026-09-14' }]);
    office.absent(MANY);
    await office.day('2026-09-29');
    await office.answer('contact-family', 'reached').catch(() => undefined);
    const verdict = (await office.decide()) as unknown as {
      evaluation: { steps: { step: string; blocks: object[] }[] };
    };
    expect(verdict.evaluation.steps.find(({ step }) => step === 'referral')?.blocks).toEqual([]);
    expect(packetsAndLetters()).toEqual([]);
  });

  test('come in once, with two dates if there were two, and not at all in a dry run', async () => {
    const two = [
      { step: 'first-letter', sentOn: '2026-09-16' },
      { step: 'first-letter', sentOn: '2026-09-15' },
    ];
    expect(await importList(two, false)).toMatchObject({ recorded: 2, takenBefore: 0 });
    expect(await office.steps()).toMatchObject({ 'first-letter': 'pre-existing' });
    expect(await importList(two)).toMatchObject({ recorded: 2, known: 0, takenBefore: 0 });
    expect(await importList(two)).toMatchObject({ recorded: 0, known: 2 });
  });

  test('of a step that Rollcall has taken itself are told apart', async () => {
    await release();
    await office.day('2026-09-22');
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(await importList([{ step: 'first-letter', sentOn: '2026-09-15' }])).toMatchObject({
      recorded: 0,
      takenBefore: 1,
    });
  });

  describe('that were imported by mistake are taken back', () => {
    const FIRST = { step: 'first-letter', sentOn: '2026-09-15' };

    test('so that the step is left to the school again, as the baseline had it', async () => {
      await importList([FIRST]);
      await office.day('2026-09-22');
      expect(await removeList([FIRST], false)).toMatchObject({ removed: 1 });
      expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
      expect(await removeList([FIRST])).toEqual({ kind: 'removed', removed: 1, unknown: 0 });
      await office.day('2026-09-23');
      expect(await office.steps()).toMatchObject({ 'first-letter': 'pre-existing' });
      expect(packetsAndLetters()).toEqual([]);
      expect(await removeList([FIRST])).toMatchObject({ removed: 0, unknown: 1 });
      expect(await release({ step: 'first-letter' })).toMatchObject({ steps: 1 });
      await office.day('2026-09-24');
      expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
      expect(packetsAndLetters()).toHaveLength(1);
    });

    test('where there were two, the other one stands', async () => {
      const other = { step: 'first-letter', sentOn: '2026-09-16' };
      await importList([FIRST, other]);
      await removeList([other]);
      await office.day('2026-09-22');
      const step = await office.db
        .selectFrom('ladder_step')
        .select(['state', 'taken_on', 'outside'])
        .where('step', '=', 'first-letter')
        .executeTakeFirstOrThrow();
      expect(step).toEqual({ state: 'taken', taken_on: '2026-09-15', outside: true });
    });

    test('of a step that nobody had reached, it is owed once it is', async () => {
      const medical = { step: 'medical-letter', sentOn: '2026-09-16' };
      await importList([medical]);
      await removeList([medical]);
      await office.day('2026-09-22');
      expect(await office.steps()).not.toHaveProperty('medical-letter');
      office.absent([...SEVEN, '2026-09-17', '2026-09-18', '2026-09-21']);
      await office.day('2026-09-28');
      expect(await office.steps()).toMatchObject({ 'medical-letter': 'taken' });
    });

    test('of a letter that was about to leave, it is owed again', async () => {
      await release();
      await office.decide();
      await importList([FIRST]);
      await office.day('2026-09-22');
      expect(packetsAndLetters()).toEqual([]);
      await removeList([FIRST]);
      await office.day('2026-09-23');
      expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
      expect(packetsAndLetters()).toHaveLength(1);
    });

    test('by the command, which says what it did', async () => {
      await importList([FIRST]);
      const folder = await mkdtemp(join(tmpdir(), 'rollcall-letters-'));
      const file = join(folder, 'letters.csv');
      await writeFile(file, 'student,step,date\nada,first-letter,2026-09-15\n');
      const answer = await office.rollcall(
        ...['baseline', 'import', file, '--remove', '--by', 'Clerk', '--as-of', '2026-09-22'],
      );
      await rm(folder, { recursive: true });
      expect(answer).toMatchObject({
        code: 0,
        out: '1 letters taken back; their students are decided about anew in the next cycle.\n',
      });
    });
  });

  test('of nobody refuse the whole list', async () => {
    const list = {
      letters: [
        { line: 2, student: 'ada', step: 'first-letter', sentOn: schoolDate('2026-09-15') },
        { line: 3, student: 'nobody else', step: 'first-letter', sentOn: schoolDate('2026-09-15') },
      ],
      by: 'Clerk',
      keep: true,
    };
    const answer = await importLetters(office.db, await office.jobs.procedure(), list, office.moment());
    expect(answer).toMatchObject({ kind: 'refused', problems: [{ line: 3, column: 'student' }] });
    expect(await office.steps()).toMatchObject({ 'first-letter': 'pre-existing' });
  });
});
