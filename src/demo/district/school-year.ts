import { addDays, type SchoolDate, schoolDate, weekday } from '../../domain/school-date.ts';
import type { DistrictCalendar } from './model.ts';

/** The calendar of a mountain-state district for the school year that ends in `endYear`. */
export function schoolYearCalendar(endYear: number): DistrictCalendar {
  const startYear = endYear - 1;
  const fallBreak = nthWeekday(startYear, 10, 4, 3);
  const thanksgiving = nthWeekday(startYear, 11, 4, 4);
  const winterBreak = onOrAfter(`${startYear}-12-20`, 1);
  const snowDay = nthWeekday(endYear, 1, 2, 3);
  const presidentsDay = nthWeekday(endYear, 2, 1, 3);
  const springBreak = onOrAfter(`${endYear}-03-22`, 1);
  const oneDay = (name: string, date: SchoolDate) => ({ name, from: date, to: date });
  return {
    firstDay: onOrAfter(`${startYear}-08-17`, 3),
    lastDay: onOrAfter(`${endYear}-06-01`, 5),
    weekdays: [1, 2, 3, 4, 5],
    closures: [
      oneDay('Labor Day', nthWeekday(startYear, 9, 1, 1)),
      oneDay('Professional development', onOrAfter(`${startYear}-09-24`, 5)),
      { name: 'Fall break', from: fallBreak, to: addDays(fallBreak, 4) },
      oneDay('Veterans Day', schoolDate(`${startYear}-11-11`)),
      { name: 'Thanksgiving', from: addDays(thanksgiving, -1), to: addDays(thanksgiving, 1) },
      { name: 'Winter break', from: winterBreak, to: addDays(winterBreak, 13) },
      oneDay('Martin Luther King Jr. Day', nthWeekday(endYear, 1, 1, 3)),
      oneDay('Snow day', snowDay),
      oneDay("Presidents' Day", presidentsDay),
      { name: 'Spring break', from: springBreak, to: addDays(springBreak, 4) },
      oneDay('Memorial Day', addDays(onOrAfter(`${endYear}-06-01`, 1), -7)),
    ],
    makeUpDays: [presidentsDay],
    weekdayRules: [],
    holidays: [],
    terms: [],
    earlyRelease: [],
  };
}

/** The n-th Monday (1) … Sunday (7) of a month. */
function nthWeekday(year: number, month: number, day: number, n: number): SchoolDate {
  const first = onOrAfter(`${year}-${String(month).padStart(2, '0')}-01`, day);
  return addDays(first, (n - 1) * 7);
}

function onOrAfter(text: string, day: number): SchoolDate {
  const date = schoolDate(text);
  return addDays(date, (day - weekday(date) + 7) % 7);
}
