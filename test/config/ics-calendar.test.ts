import { describe, expect, test } from '@jest/globals';
import { readIcsCalendar } from '../../src/config/ics-calendar.ts';
import { schoolDate } from '../../src/domain/school-date.ts';

const WORDS = {
  closed: ['No School', 'Holiday'],
  makeUp: ['Make-up Day'],
  earlyRelease: ['Early Release'],
};
const [FROM, TO] = [schoolDate('2026-08-17'), schoolDate('2027-05-28')];

/** A file with these events; `\n` inside an event separates its lines. The first event begins in line 4. */
function file(...events: string[]): string {
  const body = events.map((lines) => `BEGIN:VEVENT\n${lines}\nEND:VEVENT`);
  const text = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//district//', ...body, 'END:VCALENDAR', ''];
  return text.join('\n').replaceAll('\n', '\r\n');
}

function calendarOf(...events: string[]) {
  const read = readIcsCalendar(file(...events), WORDS);
  if (read.kind === 'refused') throw new Error(JSON.stringify(read.faults));
  return read.calendar;
}

const daysOf = (...events: string[]) => calendarOf(...events).days(FROM, TO);
const NONE = { closed: [], makeUp: [], earlyRelease: [] };

describe('the days of an event', () => {
  test.each<[string, string, string[]]>([
    ['one day', 'DTSTART;VALUE=DATE:20260907\nDTEND;VALUE=DATE:20260908', ['2026-09-07']],
    ['one day without an end', 'DTSTART;VALUE=DATE:20260907', ['2026-09-07']],
    ['one day that ends on itself', 'DTSTART;VALUE=DATE:20260907\nDTEND;VALUE=DATE:20260907', ['2026-09-07']],
    [
      'an end that is exclusive',
      'DTSTART;VALUE=DATE:20261125\nDTEND;VALUE=DATE:20261127',
      ['2026-11-25', '2026-11-26'],
    ],
    ['a duration', 'DTSTART;VALUE=DATE:20261125\nDURATION:P2D', ['2026-11-25', '2026-11-26']],
    [
      'over the change of clocks',
      'DTSTART;VALUE=DATE:20261031\nDTEND;VALUE=DATE:20261103',
      ['2026-10-31', '2026-11-01', '2026-11-02'],
    ],
    [
      'cut off at the end of the year',
      'DTSTART;VALUE=DATE:20270527\nDTEND;VALUE=DATE:20270610',
      ['2027-05-27', '2027-05-28'],
    ],
    ['cut off at its beginning', 'DTSTART;VALUE=DATE:20260601\nDTEND;VALUE=DATE:20260818', ['2026-08-17']],
    ['of another year', 'DTSTART;VALUE=DATE:20250907', []],
    ['cancelled', 'DTSTART;VALUE=DATE:20260907\nSTATUS:CANCELLED', []],
    [
      'every week',
      'DTSTART;VALUE=DATE:20260901\nRRULE:FREQ=WEEKLY;COUNT=3',
      ['2026-09-01', '2026-09-08', '2026-09-15'],
    ],
    [
      'until a day, itself included',
      'DTSTART;VALUE=DATE:20260901\nRRULE:FREQ=WEEKLY;UNTIL=20260908',
      ['2026-09-01', '2026-09-08'],
    ],
    [
      'every second week',
      'DTSTART;VALUE=DATE:20260901\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=2',
      ['2026-09-01', '2026-09-15'],
    ],
    [
      'on the last Friday of a month',
      'DTSTART;VALUE=DATE:20260828\nRRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20261101',
      ['2026-08-28', '2026-09-25', '2026-10-30'],
    ],
    [
      'with an exception',
      'DTSTART;VALUE=DATE:20260901\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20260908',
      ['2026-09-01', '2026-09-15'],
    ],
    [
      'with two exceptions in one line',
      'DTSTART;VALUE=DATE:20260901\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20260901,20260908',
      ['2026-09-15'],
    ],
    [
      'with further dates and no rule',
      'DTSTART;VALUE=DATE:20260901\nRDATE;VALUE=DATE:20260910,20260914',
      ['2026-09-01', '2026-09-10', '2026-09-14'],
    ],
    ['every year since long ago', 'DTSTART;VALUE=DATE:19901111\nRRULE:FREQ=YEARLY', ['2026-11-11']],
    [
      'two days every week',
      'DTSTART;VALUE=DATE:20260904\nDTEND;VALUE=DATE:20260906\nRRULE:FREQ=WEEKLY;COUNT=2',
      ['2026-09-04', '2026-09-05', '2026-09-11', '2026-09-12'],
    ],
    ['in the leap year', 'DTSTART;VALUE=DATE:20280228\nDURATION:P3D', []],
  ])('%s', (_name, lines, closed) => {
    expect(daysOf(`UID:1\nSUMMARY:No School\n${lines}`)).toEqual({ ...NONE, closed });
  });

  test('29 February is a day', () => {
    const calendar = calendarOf('UID:1\nSUMMARY:No School\nDTSTART;VALUE=DATE:20280228\nDURATION:P3D');
    const days = calendar.days(schoolDate('2027-08-16'), schoolDate('2028-05-26'));
    expect(days.closed).toEqual(['2028-02-28', '2028-02-29', '2028-03-01']);
  });

  test('a rule without an end stops with the school year', () => {
    const { earlyRelease } = daysOf(
      'UID:1\nSUMMARY:Early Release\nDTSTART;VALUE=DATE:20260819\nRRULE:FREQ=WEEKLY',
    );
    expect(earlyRelease).toHaveLength(41);
    expect(earlyRelease.at(-1)).toBe('2027-05-26');
  });

  test('one time may be moved, called something else, or cancelled', () => {
    const weekly = 'UID:1\nSUMMARY:Early Release\nDTSTART;VALUE=DATE:20260901\nRRULE:FREQ=WEEKLY;COUNT=4';
    const instead = (date: string, lines: string) => `UID:1\nRECURRENCE-ID;VALUE=DATE:${date}\n${lines}`;
    const days = daysOf(
      weekly,
      instead('20260908', 'SUMMARY:Early Release\nDTSTART;VALUE=DATE:20260909'),
      instead('20260915', 'SUMMARY:No School\nDTSTART;VALUE=DATE:20260915'),
      instead('20260922', 'SUMMARY:Early Release\nDTSTART;VALUE=DATE:20260922\nSTATUS:CANCELLED'),
    );
    expect(days).toEqual({ closed: ['2026-09-15'], makeUp: [], earlyRelease: ['2026-09-01', '2026-09-09'] });
  });

  test('what stands in for an event that the file lacks stands alone', () => {
    const alone = 'UID:9\nRECURRENCE-ID;VALUE=DATE:20260908\nSUMMARY:No School\nDTSTART;VALUE=DATE:20260909';
    expect(daysOf(alone).closed).toEqual(['2026-09-09']);
  });

  test('a long line may be folded', () => {
    expect(daysOf('UID:1\nSUMMARY:No Sch\n ool\nDTSTART;VALUE=DATE:2026\n\t0907').closed).toEqual([
      '2026-09-07',
    ]);
  });
});

describe('what an event means', () => {
  test.each([
    ['No School', 'closed'],
    ['NO SCHOOL - Labor Day', 'closed'],
    ['Thanksgiving Break (no school)', 'closed'],
    ['No  School – Staff Day', 'closed'],
    ['Make-up Day', 'makeUp'],
    ['Snow make up day', 'makeUp'],
    ['Early-Release Wednesday', 'earlyRelease'],
    ['Casino Schooling', null],
    ['No Schoolbus', null],
    ['Holidays are over', null],
    ['Picture Day', null],
  ] as const)('%s: %s', (title, kind) => {
    const days = daysOf(`UID:1\nSUMMARY:${title}\nDTSTART;VALUE=DATE:20260907`);
    expect(days).toEqual(kind === null ? NONE : { ...NONE, [kind]: ['2026-09-07'] });
  });

  test('a category says it, too, as a whole', () => {
    const event = (category: string) =>
      daysOf(`UID:1\nSUMMARY:Labor Day\nCATEGORIES:District,${category}\nDTSTART;VALUE=DATE:20260907`).closed;
    expect(event('HOLIDAY')).toEqual(['2026-09-07']);
    expect(event('Holiday concert')).toEqual([]);
  });

  test('an event without a title has its categories only', () => {
    expect(daysOf('UID:1\nDTSTART;VALUE=DATE:20260907')).toEqual(NONE);
  });

  test('events with a time of day, and those with none of the words, are passed over and counted', () => {
    const calendar = calendarOf(
      'UID:1\nSUMMARY:No School\nDTSTART;VALUE=DATE:20260907',
      'UID:2\nSUMMARY:Early Release\nDTSTART:20260918T180000Z',
      'UID:3\nSUMMARY:No School\nDTSTART;TZID=America/Denver:20260921T000000\nDTEND;TZID=America/Denver:20260922T000000',
      'UID:4\nSUMMARY:Picture Day\nDTSTART;VALUE=DATE:20260922',
      'UID:5\nSUMMARY:No School\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20260923',
    );
    expect(calendar.events).toEqual({ used: 1, timed: 2, other: 2 });
    expect(calendar.days(FROM, TO)).toEqual({ ...NONE, closed: ['2026-09-07'] });
  });
});

describe('a wrong file is refused with the line', () => {
  const event = (lines: string) => file(`UID:1\nSUMMARY:No School\n${lines}`);
  const start = 'DTSTART;VALUE=DATE:20260907';

  test.each<[string, string, number | null, string, string]>([
    ['nothing', '', null, '', 'found no calendar, expected BEGIN:VCALENDAR'],
    ['a web page', '<html>\n<body>', 1, '', 'is no line of an iCalendar file, expected NAME:value'],
    ['another thing', 'BEGIN:VCARD\nEND:VCARD\n', 1, 'BEGIN', 'found VCARD, expected VCALENDAR'],
    [
      'a line without a colon',
      event(`${start}\nnonsense`),
      8,
      '',
      'is no line of an iCalendar file, expected NAME:value',
    ],
    [
      'an event that does not end',
      'BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR',
      3,
      'END',
      'found END:VCALENDAR, expected END:VEVENT (begun in line 2)',
    ],
    [
      'a file that is cut',
      'BEGIN:VCALENDAR\nVERSION:2.0\n',
      1,
      'BEGIN',
      'begins VCALENDAR, expected END:VCALENDAR after it',
    ],
    [
      'an end too many',
      'BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR',
      3,
      'END',
      'found END:VCALENDAR, expected nothing',
    ],
    [
      'no beginning',
      event('DTEND;VALUE=DATE:20260908'),
      4,
      'VEVENT',
      'found no DTSTART in this event, expected one',
    ],
    [
      'a day that does not exist',
      event('DTSTART;VALUE=DATE:20270229'),
      7,
      'DTSTART',
      'found "20270229", expected a date such as 20260907',
    ],
    [
      'a date as it is written elsewhere',
      event('DTSTART;VALUE=DATE:2026-09-07'),
      7,
      'DTSTART',
      'found "2026-09-07", expected a date such as 20260907',
    ],
    [
      'a wrong end',
      event(`${start}\nDTEND;VALUE=DATE:20261341`),
      8,
      'DTEND',
      'found "20261341", expected a date such as 20260907',
    ],
    [
      'a wrong exception',
      event(`${start}\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE;VALUE=DATE:20260908,soon`),
      9,
      'EXDATE',
      'found "soon", expected a date such as 20260907',
    ],
    [
      'a rule without a frequency',
      event(`${start}\nRRULE:UNTIL=20270101`),
      8,
      'RRULE',
      'found no FREQ, expected FREQ with one of DAILY, WEEKLY, MONTHLY, YEARLY',
    ],
    [
      'a rule for every hour',
      event(`${start}\nRRULE:FREQ=HOURLY`),
      8,
      'RRULE',
      'found FREQ=HOURLY, expected FREQ with one of DAILY, WEEKLY, MONTHLY, YEARLY',
    ],
    [
      'a rule until a day that does not exist',
      event(`${start}\nRRULE:FREQ=DAILY;UNTIL=20270431`),
      8,
      'RRULE',
      'found UNTIL=20270431, expected a date such as 20270528',
    ],
    [
      'an event that means two things',
      file(
        'UID:1\nSUMMARY:Picture Day\nDTSTART;VALUE=DATE:20260907',
        `UID:2\nSUMMARY:No School (make-up day if needed)\n${start}`,
      ),
      9,
      'VEVENT',
      'found "No School (make-up day if needed)", which has words of closed and makeUp, expected those of one: change the event or `icsWords`',
    ],
  ])('%s', (_name, text, line, key, message) => {
    expect(readIcsCalendar(text, WORDS)).toEqual({ kind: 'refused', faults: [{ line, key, message }] });
  });

  test('wrong dates are told all at once', () => {
    const read = readIcsCalendar(file('UID:1\nDTSTART:1', 'UID:2\nDTSTART:2\nDTEND:3'), WORDS);
    expect(read).toMatchObject({ faults: [{ line: 6 }, { line: 10 }, { line: 11 }] });
  });

  test.each([
    ['RRULE:FREQ=WEEKLY;BYDAY=XX', 8],
    ['RRULE:FREQ=WEEKLY;COUNT=many', 8],
    ['DURATION:two days', 8],
  ])('what the parser cannot read is told in its words: %s', (line, at) => {
    const read = readIcsCalendar(event(`${start}\n${line}`), WORDS);
    const message = expect.stringMatching(/^found ".*", which cannot be read: ./);
    expect(read).toMatchObject({ kind: 'refused', faults: [{ line: at, message }] });
  });
});
