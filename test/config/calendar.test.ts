import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { SisSession } from '../../src/config/calendar-facts.ts';
import { buildCalendar, type SchoolCalendar } from '../../src/domain/calendar.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { type Edit, load, refusalOf, shippedWith } from './shipped.ts';

const D = 'district.yaml';
const YEAR = { begins: schoolDate('2026-08-01'), ends: schoolDate('2027-06-12') };
const NORTH = 'signature: { name: Dana Ruiz, title: Principal }';

/** Lines put into the district's calendar, and into that of North (org-101). */
interface Calendars {
  readonly district?: string;
  readonly north?: string;
  readonly files?: Readonly<Record<string, string>>;
}

function folderWith({ district, north, files = {} }: Calendars): string {
  const edits: Edit[] = [
    ...(district === undefined ? [] : [[D, '  closures:\n', `  ${district}\n  closures:\n`] as const]),
    ...(north === undefined ? [] : [[D, NORTH, `${NORTH}\n    calendar:\n      ${north}`] as const]),
  ];
  const folder = shippedWith(edits);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function factsOf(calendars: Calendars, school: string | null = null, sessions?: readonly SisSession[]) {
  const year = sessions === undefined ? YEAR : { ...YEAR, sessions };
  return load(folderWith(calendars)).calendarFor(school, year);
}

const held = (calendar: SchoolCalendar, ...dates: string[]) =>
  dates.map((date) => calendar.isSchoolDay(schoolDate(date)));

function ics(...events: [title: string, start: string, more?: string][]): string {
  const body = events.map(([title, start, more = ''], index) =>
    [
      'BEGIN:VEVENT',
      `UID:${index}`,
      `SUMMARY:${title}`,
      `DTSTART;VALUE=DATE:${start}`,
      ...(more === '' ? [] : [more]),
      'END:VEVENT',
    ].join('\n'),
  );
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', ...body, 'END:VCALENDAR', ''].join('\n');
}

describe('weekday rules', () => {
  const winter = 'weekdayRules: [{ weekdays: [mon, tue, wed, thu], from: 2027-01-04, to: 2027-02-26 }]';

  test('hold for their time', () => {
    const calendar = buildCalendar(factsOf({ district: winter }));
    expect(held(calendar, '2027-01-08', '2027-02-26', '2027-03-05', '2026-12-18')).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test('of a school come after those of the district, and after its own days of the week', () => {
    const calendars = {
      district: winter,
      north:
        'weekdays: [mon, tue, wed]\n      weekdayRules: [{ weekdays: [fri], from: 2027-01-04, to: 2027-01-10 }]',
    };
    const north = buildCalendar(factsOf(calendars, 'org-101'));
    expect(held(north, '2027-01-04', '2027-01-08', '2027-01-14', '2026-09-10')).toEqual([
      false,
      true,
      true,
      false,
    ]);
    const south = buildCalendar(factsOf(calendars, 'org-102'));
    expect(held(south, '2027-01-04', '2027-01-08')).toEqual([true, false]);
  });
});

describe('holidays', () => {
  test('are closed by name, those of a school beside those of the district', () => {
    const calendars = { district: 'holidays: [veterans-day]', north: 'holidays: [columbus-day]' };
    const dates = ['2026-10-12', '2026-11-11'];
    expect(held(buildCalendar(factsOf(calendars)), ...dates)).toEqual([true, false]);
    expect(held(buildCalendar(factsOf(calendars, 'org-101')), ...dates)).toEqual([false, false]);
  });

  test('can be made up on', () => {
    const calendar = buildCalendar(
      factsOf({ district: 'holidays: [veterans-day]\n  makeUpDays: [2026-11-11]' }),
    );
    expect(held(calendar, '2026-11-11')).toEqual([true]);
  });

  test('are those of the school year that is asked for', () => {
    const config = load(folderWith({ district: 'holidays: [new-years-day]' }));
    const next = { begins: schoolDate('2027-08-16'), ends: schoolDate('2028-06-03') };
    expect(config.calendarFor(null, YEAR).holidays).toEqual(['2027-01-01']);
    expect(config.calendarFor(null, next).holidays).toEqual(['2027-12-31', '2028-01-01']);
  });
});

describe('early release', () => {
  const day = schoolDate('2026-09-18');
  const limits = { wholeDayMinutes: 150, halfDayMinutes: 75, periods: 4 };
  const district =
    'earlyRelease: { days: [2026-09-18], wholeDayMinutes: 150, halfDayMinutes: 75, periods: 4 }';

  test('has limits of its own', () => {
    const calendar = buildCalendar(factsOf({ district }));
    expect(calendar.limitsOn(day)).toEqual(limits);
    expect(calendar.limitsOn(schoolDate('2026-09-17'))).toBeNull();
    expect(calendar.isSchoolDay(day)).toBe(true);
  });

  test('without any has those of any other day', () => {
    expect(factsOf({ district: 'earlyRelease: { days: [2026-09-18] }' }).earlyRelease).toEqual([
      { date: '2026-09-18', limits: null },
    ]);
  });

  test('limits of a school hold on the days of the district, too', () => {
    const north = 'earlyRelease: { days: [2026-09-25], wholeDayMinutes: 100, halfDayMinutes: 50 }';
    const own = { wholeDayMinutes: 100, halfDayMinutes: 50, periods: null };
    expect(factsOf({ district, north }, 'org-101').earlyRelease).toEqual([
      { date: '2026-09-18', limits: own },
      { date: '2026-09-25', limits: own },
    ]);
    expect(factsOf({ district, north }, 'org-102').earlyRelease).toEqual([{ date: '2026-09-18', limits }]);
  });
});

describe('terms', () => {
  const own = 'terms: [{ name: Fall, from: 2026-08-17 }, { name: Spring, from: 2027-01-04 }]';
  const session = (type: string, title: string, begins: string) => ({
    type,
    title,
    begins: schoolDate(begins),
  });
  const names = (facts: ReturnType<typeof factsOf>) =>
    facts.terms.map(({ name, begins }) => `${name} ${begins}`);

  test('stand in the file', () => {
    expect(names(factsOf({ district: own }))).toEqual(['Fall 2026-08-17', 'Spring 2027-01-04']);
  });

  test('of a school replace those of the district', () => {
    const north = 'terms: [{ name: T1, from: 2026-08-17 }]';
    expect(names(factsOf({ district: own, north }, 'org-101'))).toEqual(['T1 2026-08-17']);
  });

  test('of another school year are passed over', () => {
    const config = load(folderWith({ district: own }));
    const next = { begins: schoolDate('2027-08-16'), ends: schoolDate('2028-06-03') };
    expect(config.calendarFor(null, next).terms).toEqual([]);
  });

  test('the first may begin before the year of the SIS does', () => {
    const config = load(folderWith({ district: own }));
    const late = { begins: schoolDate('2026-08-19'), ends: YEAR.ends };
    expect(config.calendarFor(null, late).terms).toHaveLength(2);
  });

  test('come from the SIS by their type', () => {
    const sessions = [
      session('semester', 'Spring', '2027-01-04'),
      session('semester', 'Fall', '2026-08-17'),
      session('gradingPeriod', 'Q1', '2026-08-17'),
    ];
    expect(names(factsOf({ district: 'termsFromSis: semester' }, null, sessions))).toEqual([
      'Fall 2026-08-17',
      'Spring 2027-01-04',
    ]);
    expect(names(factsOf({ district: 'termsFromSis: gradingPeriod' }, null, sessions))).toEqual([
      'Q1 2026-08-17',
    ]);
    expect(names(factsOf({ district: 'termsFromSis: term' }, null, sessions))).toEqual([]);
    expect(names(factsOf({}, null, sessions))).toEqual([]);
  });

  test('of one title are one term, though the SIS has it for each calendar', () => {
    const sessions = [
      session('term', 'T1', '2026-08-19'),
      session('term', 'T1', '2026-08-17'),
      session('term', 'T2', '2026-11-16'),
    ];
    expect(names(factsOf({ district: 'termsFromSis: term' }, null, sessions))).toEqual([
      'T1 2026-08-17',
      'T2 2026-11-16',
    ]);
  });

  test('are none before a read has told of any', () => {
    expect(factsOf({ district: 'termsFromSis: semester' }).terms).toEqual([]);
  });
});

describe('an iCalendar file', () => {
  const file = 'file: school.ics';
  const text = ics(
    ['No School', '20261002'],
    ['Make-up Day', '20261003'],
    ['Early Release', '20260916', 'RRULE:FREQ=WEEKLY;COUNT=2'],
    ['Picture Day', '20261005'],
  );

  test('adds to what stands in the YAML file', () => {
    const district = `${file}\n  earlyRelease: { wholeDayMinutes: 150, halfDayMinutes: 75 }`;
    const calendar = buildCalendar(factsOf({ district, files: { 'school.ics': text } }));
    expect(held(calendar, '2026-09-07', '2026-10-02', '2026-10-03', '2026-10-05')).toEqual([
      false,
      false,
      true,
      true,
    ]);
    const limits = { wholeDayMinutes: 150, halfDayMinutes: 75, periods: null };
    expect(calendar.limitsOn(schoolDate('2026-09-23'))).toEqual(limits);
    expect(calendar.limitsOn(schoolDate('2026-09-30'))).toBeNull();
  });

  test('of a school adds to that of the district, with words of its own', () => {
    const calendars = {
      district: file,
      north: 'file: north.ics\n      icsWords: { closed: [Fair] }',
      files: { 'school.ics': text, 'north.ics': ics(['County Fair', '20261009'], ['No School', '20261012']) },
    };
    const dates = ['2026-10-02', '2026-10-09', '2026-10-12'];
    expect(held(buildCalendar(factsOf(calendars, 'org-101')), ...dates)).toEqual([false, false, true]);
    expect(held(buildCalendar(factsOf(calendars, 'org-102')), ...dates)).toEqual([false, true, true]);
  });

  test('words of the district hold for the file of a school', () => {
    const calendars = {
      district: `${file}\n  icsWords: { closed: [Fair] }`,
      north: 'file: north.ics',
      files: {
        'school.ics': ics(),
        'north.ics': ics(['County Fair', '20261009'], ['No School', '20261012']),
      },
    };
    const calendar = buildCalendar(factsOf(calendars, 'org-101'));
    expect(held(calendar, '2026-10-09', '2026-10-12')).toEqual([false, true]);
  });

  test('what was passed over is counted', () => {
    const config = load(folderWith({ district: file, files: { 'school.ics': text } }));
    expect(config.icsFiles).toMatchObject([{ events: { used: 3, timed: 0, other: 1 } }]);
    expect(load(shippedWith([])).icsFiles).toEqual([]);
  });

  test('a day of early release may be one that the file makes up for', () => {
    const district = `${file}\n  earlyRelease: { days: [2026-10-03] }`;
    const { earlyRelease } = factsOf({ district, files: { 'school.ics': text } });
    expect(earlyRelease.map(({ date }) => date)).toContain('2026-10-03');
  });

  test('that is wrong is refused with its own line', () => {
    const folder = folderWith({ district: file, files: { 'school.ics': ics(['No School', '20261341']) } });
    expect(refusalOf(folder).problems).toEqual([
      {
        file: join(folder, 'school.ics'),
        line: 6,
        column: 1,
        key: 'DTSTART',
        message: 'found "20261341", expected a date such as 20260907',
      },
    ]);
  });

  test.each<[string, (path: string) => void, string]>([
    ['is not there', () => undefined, 'does not exist'],
    ['is a folder', (path) => mkdirSync(path), 'is a folder'],
    ['is huge', (path) => writeFileSync(path, 'x'.repeat(5_000_001)), 'is larger than 5 MB'],
    [
      'is no text',
      (path) => writeFileSync(path, Buffer.from([0xff, 0xfe])),
      'is not UTF-8 text; save it as UTF-8',
    ],
  ])('that %s is refused where it is named', (_name, make, reason) => {
    const folder = folderWith({ district: file });
    make(join(folder, 'school.ics'));
    expect(refusalOf(folder).problems).toMatchObject([
      {
        file: join(folder, D),
        key: 'calendar.file',
        message: `found ${join(folder, 'school.ics')}, which ${reason}, expected an iCalendar file`,
      },
    ]);
  });

  test('words of a school without a file of its own are refused', () => {
    const north = 'icsWords: { closed: [Fair] }';
    const said = (calendars: Calendars) =>
      refusalOf(folderWith(calendars)).problems.map((one) => one.message);
    expect(said({ north })).toEqual(['found without `file`, expected an iCalendar file beside it']);
    expect(said({ district: file, north, files: { 'school.ics': text } })).toEqual([
      'found without `file`, expected it beside the district’s `file`, which it is for',
    ]);
  });
});
