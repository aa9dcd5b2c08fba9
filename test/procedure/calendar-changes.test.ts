import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CalendarFacts } from '../../src/domain/calendar.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import type { SessionRecord } from '../../src/domain/sis-records.ts';
import { decideStudent } from '../../src/procedure/decide.ts';
import { dueAt } from '../../src/procedure/procedure.ts';
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

/** The procedure as it would be with another calendar. */
async function procedureWith(change: (facts: CalendarFacts) => Partial<CalendarFacts>) {
  const settings = procedureSettings(office.config);
  const book = createProcedureBook(office.db, {
    ...settings,
    calendarFor: (school, year) => {
      const facts = settings.calendarFor(school, year);
      return { ...facts, ...change(facts) };
    },
  });
  return book.on(office.moment().today);
}

async function dueUnder(procedure: Awaited<ReturnType<typeof procedureWith>>): Promise<readonly number[]> {
  const { evaluations } = await findDueWork(office.db, dueAt(procedure, office.moment()));
  return evaluations;
}

describe('a calendar that has changed is looked at once for everybody', () => {
  const day = schoolDate('2026-10-05');

  test.each<[string, (facts: CalendarFacts) => Partial<CalendarFacts>]>([
    ['a closure', (facts) => ({ closures: [...facts.closures, { from: day, to: day }] })],
    ['a make-up day', () => ({ makeUpDays: [schoolDate('2026-10-10')] })],
    ['a term', () => ({ terms: [{ name: 'Fall', begins: day }] })],
    ['a day of early release', () => ({ earlyRelease: [{ date: day, limits: null }] })],
  ])('%s', async (_name, change) => {
    expect(await dueUnder(await procedureWith(() => ({})))).toEqual([]);
    const changed = await procedureWith(change);
    const ada = await office.studentId();
    expect(await dueUnder(changed)).toEqual([ada]);
    await decideStudent(office.db, changed, ada, office.moment());
    expect(await dueUnder(changed)).toEqual([]);
  });

  test('nobody is when a closure falls on a day that was closed anyway', async () => {
    const saturday = schoolDate('2026-10-10');
    const same = await procedureWith((facts) => ({
      closures: [...facts.closures, { from: saturday, to: saturday }],
    }));
    expect(await dueUnder(same)).toEqual([]);
  });
});

describe('terms of the SIS', () => {
  const fall: SessionRecord = {
    ...aSession(),
    sourcedId: 'fall',
    title: 'Fall',
    type: 'semester',
    begins: schoolDate('2026-08-19'),
    ends: schoolDate('2026-12-19'),
  };
  const spring: SessionRecord = {
    ...fall,
    sourcedId: 'spring',
    title: 'Spring',
    begins: schoolDate('2027-01-04'),
  };

  async function sessionsOfBook() {
    let known: readonly { title: string }[] = [];
    const settings = procedureSettings(office.config);
    const calendarFor: typeof settings.calendarFor = (school, year) => {
      known = year.sessions ?? [];
      return settings.calendarFor(school, year);
    };
    await createProcedureBook(office.db, { ...settings, calendarFor }).on(office.moment().today);
    return known.map(({ title }) => title);
  }

  test('come with a read and go with one', async () => {
    expect(await sessionsOfBook()).toEqual([]);
    office.sis.sessions = [aSession(), spring, fall, fall];
    await office.sync();
    expect(await sessionsOfBook()).toEqual(['Fall', 'Spring']);
    office.sis.sessions = [aSession(), { ...fall, active: false }, { ...spring, title: 'Spring Semester' }];
    await office.sync();
    expect(await sessionsOfBook()).toEqual(['Spring Semester']);
  });

  test('of another school year are not those of this one', async () => {
    office.sis.sessions = [aSession(), { ...fall, schoolYear: '2028' }];
    await office.sync();
    expect(await sessionsOfBook()).toEqual([]);
  });
});
