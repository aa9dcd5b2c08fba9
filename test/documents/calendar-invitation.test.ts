import { expect, test } from '@jest/globals';
import ICAL from 'ical.js';
import { type CalendarInvitation, calendarInvitation } from '../../src/documents/calendar-invitation.ts';
import { instantInZone, schoolDate } from '../../src/domain/school-date.ts';

const invitation = (rest: Partial<CalendarInvitation> = {}): CalendarInvitation => ({
  method: 'request',
  uid: 'a1@riverbend.example.org',
  sequence: 0,
  madeAt: new Date('2026-10-01T15:00:00Z'),
  begins: new Date('2026-10-06T21:30:00Z'),
  minutes: 45,
  language: 'en',
  summary: 'Please come to a meeting at school',
  location: 'Room 12',
  description: 'Cedar School, (303) 555-0110\nE-2222-2222',
  organizer: { name: 'Cedar School', address: 'office@school.example.org' },
  attendee: { name: 'Ana Silva', address: 'ana@family.example.org' },
  ...rest,
});

const read = (text: string) => {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const component = calendar.getFirstSubcomponent('vevent');
  if (component === null) throw new Error('there is no event');
  return { calendar, component, event: new ICAL.Event(component) };
};

test('a request is read back as it was meant', () => {
  const { calendar, component, event } = read(calendarInvitation(invitation()));
  expect(calendar.getFirstPropertyValue('method')).toBe('REQUEST');
  expect(event).toMatchObject({
    uid: 'a1@riverbend.example.org',
    sequence: 0,
    summary: 'Please come to a meeting at school',
    location: 'Room 12',
    description: 'Cedar School, (303) 555-0110\nE-2222-2222',
  });
  expect(event.startDate.toJSDate()).toEqual(new Date('2026-10-06T21:30:00Z'));
  expect(event.endDate.toJSDate()).toEqual(new Date('2026-10-06T22:15:00Z'));
  expect(component.getFirstPropertyValue('status')).toBe('CONFIRMED');
  expect(event.organizer).toBe('mailto:office@school.example.org');
  expect(event.attendees.map((one) => [one.getFirstValue(), one.getParameter('cn')])).toEqual([
    ['mailto:ana@family.example.org', 'Ana Silva'],
  ]);
});

test('a cancellation has the same UID, and asks for no answer', () => {
  const { calendar, component, event } = read(
    calendarInvitation(invitation({ method: 'cancel', sequence: 2 })),
  );
  expect(calendar.getFirstPropertyValue('method')).toBe('CANCEL');
  expect(event).toMatchObject({ uid: 'a1@riverbend.example.org', sequence: 2 });
  expect(component.getFirstPropertyValue('status')).toBe('CANCELLED');
  expect(event.attendees[0]?.getParameter('rsvp')).toBe('FALSE');
});

test.each([
  ['quotation marks', 'Ana "Mum" Silva', 'Ana ’Mum’ Silva'],
  [
    'a line break and a header',
    'Ana\r\nATTENDEE:mailto:evil@x.example',
    'Ana ATTENDEE:mailto:evil@x.example',
  ],
  ['separators', 'Silva, Ana; or: both', 'Silva, Ana; or: both'],
  ['a turned direction', 'Ana \u202egnp.exe', 'Ana gnp.exe'],
  ['another line separator', 'Ana\u2028BEGIN:VALARM', 'Ana BEGIN:VALARM'],
  ['a backslash', 'Ana\\n Silva', 'Ana/n Silva'],
])('a name with %s stays one attendee', (_what, name, shown) => {
  const text = calendarInvitation(invitation({ attendee: { name, address: 'ana@family.example.org' } }));
  const { component, event } = read(text);
  expect(event.attendees).toHaveLength(1);
  expect(event.attendees[0]?.getParameter('cn')).toBe(shown);
  expect(component.getAllSubcomponents()).toHaveLength(0);
});

test.each([
  ['commas, semicolons and backslashes', 'Room 1, 2; or C:\\rooms', 'Room 1, 2; or C:\\rooms'],
  ['line breaks of all kinds', 'one\r\ntwo\rthree\u2029four', 'one\ntwo\nthree\nfour'],
  ['an escape that is none', 'a\\nb', 'a\\nb'],
  ['another property', 'Room\nSTATUS:CANCELLED', 'Room\nSTATUS:CANCELLED'],
])('a place with %s comes back as it was', (_what, location, shown) => {
  const { component, event } = read(calendarInvitation(invitation({ location })));
  expect(event.location).toBe(shown);
  expect(component.getAllProperties('status').map((one) => one.getFirstValue())).toEqual(['CONFIRMED']);
});

test('no line is longer than 75 octets, no character is torn apart, and all of it comes back', () => {
  const location = `${'Nguyễn Łukasz 会議室 🏫 '.repeat(12)}.`;
  const text = calendarInvitation(invitation({ location }));
  const lines = text.split('\r\n');
  expect(lines.map((line) => Buffer.byteLength(line)).filter((octets) => octets > 75)).toEqual([]);
  expect(text).not.toContain('\uFFFD');
  expect(lines.at(-1)).toBe('');
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(read(text).event.location).toBe(location);
});

test.each([
  ['before the clocks go back', '2026-10-30', '15:30', '2026-10-30T21:30:00.000Z'],
  ['after it', '2026-11-02', '15:30', '2026-11-02T22:30:00.000Z'],
  ['on the day itself', '2026-11-01', '15:30', '2026-11-01T22:30:00.000Z'],
  ['on the day on which they go forward', '2027-03-14', '07:00', '2027-03-14T13:00:00.000Z'],
])('15:30 on the wall is 15:30 on the wall %s', (_when, on, at, instant) => {
  const begins = instantInZone(schoolDate(on), at, 'America/Denver');
  const { event } = read(calendarInvitation(invitation({ begins })));
  expect(event.startDate.toJSDate().toISOString()).toBe(instant);
});
