import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { addDays, schoolDate } from '../../src/domain/school-date.ts';
import { dueAt, type Procedure } from '../../src/procedure/procedure.ts';
import { createProcedureBook, procedureSettings } from '../../src/procedure/procedure-book.ts';
import { findDueWork } from '../../src/store/due-work.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aSession, weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
  office.absent(weekdaysFrom('2026-08-31', 3));
  office.at('2026-09-18');
  await office.sync();
  await office.decide();
});
afterEach(() => office.close());

/** As another process of the same configuration has it. */
const anotherBook = () => createProcedureBook(office.db, procedureSettings(office.config));
const asDue = async (procedure: Procedure) =>
  (await findDueWork(office.db, dueAt(procedure, office.moment()))).evaluations;

test('what another process has read of the calendar holds here at once, so that none decides against the other', async () => {
  const { today } = office.moment();
  const other = anotherBook();
  const before = await other.on(today);
  expect(await other.on(today)).toBe(before);
  office.sis.sessions = [aSession({ ends: schoolDate('2027-05-15') })];
  await office.sync();
  await office.decide();
  expect(await asDue(before)).toEqual([await office.studentId()]);
  const after = await other.on(today);
  expect(after.schoolYear.ends).toBe('2027-05-15');
  expect(await asDue(after)).toEqual([]);
  expect(await asDue(await office.jobs.procedure())).toEqual([]);
});

test('so does a change without a later run, as a run that is released late brings it', async () => {
  const { today } = office.moment();
  const other = anotherBook();
  await other.on(today);
  await office.db
    .updateTable('school_year')
    .set({ ends: schoolDate('2027-05-15') })
    .execute();
  expect((await other.on(today)).schoolYear.ends).toBe('2027-05-15');
});

test('a process that only serves pages keeps one day, however long it runs', async () => {
  const { today } = office.moment();
  const book = anotherBook();
  const first = await book.on(today);
  await book.on(addDays(today, 1));
  expect(await book.on(today)).not.toBe(first);
});
