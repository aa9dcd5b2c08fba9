import { schoolDate } from '../../src/domain/school-date.ts';
import type { Office } from './office.ts';
import { anAbsence, aSession } from './sis-records.ts';

/** The SIS is in the next school year: its read is complete, and nobody whom the office knows was absent in it. */
export async function beginNextYear(office: Office, on: string): Promise<void> {
  const session = aSession({
    sourcedId: 'year-2028',
    title: '2027-28',
    schoolYear: '2028',
    begins: schoolDate('2027-08-01'),
    ends: schoolDate('2028-07-01'),
  });
  office.schoolYear(session, '2027-08-18', '2028-06-02');
  office.sis.absences = [
    anAbsence('nobody', '2027-08-18', { sourcedId: 'anchor', schoolSourcedId: office.school }),
  ];
  office.at(on);
  await office.sync();
}
