import { expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import { chooseSchoolYear } from '../../src/procedure/choose-school-year.ts';
import { aSession } from '../support/sis-records.ts';

const high = aSession({
  sourcedId: 'high',
  begins: schoolDate('2026-08-20'),
  ends: schoolDate('2027-06-20'),
});
const elementary = aSession({
  sourcedId: 'elementary',
  begins: schoolDate('2026-08-10'),
  ends: schoolDate('2027-06-05'),
});
const before = aSession({
  sourcedId: 'before',
  schoolYear: '2026',
  begins: schoolDate('2025-08-10'),
  ends: schoolDate('2026-06-20'),
});

test.each([
  ['in the order of the SIS', [high, elementary, before]],
  ['in another order', [before, elementary, high]],
])('sessions of one year are one year, from the earliest day to the latest: %s', async (_name, sessions) => {
  const termDays = () => ({ firstDay: schoolDate('2026-08-10'), lastDay: schoolDate('2027-06-19') });
  const choice = await chooseSchoolYear(sessions, null, schoolDate('2027-06-10'), termDays, async () => true);
  expect(choice).toMatchObject({
    kind: 'chosen',
    year: { id: '2027', sourcedId: 'elementary', begins: '2026-08-10', ends: '2027-06-20' },
    phase: 'under-way',
  });
});
