import { expect, test } from '@jest/globals';
import { type AskedMeeting, judgeMeeting } from '../../src/domain/judge-meeting.ts';
import { schoolDate } from '../../src/domain/school-date.ts';

const calendar = { firstDay: schoolDate('2026-08-19'), lastDay: schoolDate('2027-06-04') };
const today = schoolDate('2026-10-01');
const asked = (rest: Partial<AskedMeeting>): AskedMeeting => ({
  on: '2026-10-06',
  at: '15:30',
  minutes: 45,
  place: 'Room 12',
  callIn: null,
  purpose: 'To agree a contract',
  ...rest,
});
const judge = (rest: Partial<AskedMeeting>) =>
  judgeMeeting(asked(rest), { calendar: calendar as never, today });

test.each<[string, Partial<AskedMeeting>, string]>([
  ['no date', { on: 'soon' }, 'on'],
  ['a date that is none', { on: '2026-02-30' }, 'on'],
  ['a day after the school year', { on: '2027-06-05' }, 'on'],
  ['a day before it', { on: '2026-08-18' }, 'on'],
  ['an hour without minutes', { at: '15' }, 'at'],
  ['a time that is none', { at: '24:00' }, 'at'],
  ['the middle of the night', { at: '03:30' }, 'at'],
  ['too late', { at: '21:01' }, 'at'],
  ['no length', { minutes: 0 }, 'minutes'],
  ['half a minute', { minutes: 30.5 }, 'minutes'],
  ['a day and a night', { minutes: 481 }, 'minutes'],
  ['nowhere', { place: '  ' }, 'place'],
  ['two lines', { place: 'Room\n12' }, 'place'],
  ['a turned direction', { place: 'Room \u202e21' }, 'place'],
  ['a novel', { place: 'x'.repeat(201) }, 'place'],
  ['no purpose', { purpose: '' }, 'purpose'],
  ['a call-in of two lines', { callIn: 'a\nb' }, 'call-in'],
])('%s is refused', (_what, rest, part) => {
  expect(judge(rest)).toMatchObject({ kind: 'refused', part });
});

test('a meeting that was held before is recorded, and what is typed loses its blanks', () => {
  expect(judge({ on: '2026-09-30', place: ' Room 12 ', callIn: ' ' })).toEqual({
    kind: 'allowed',
    plan: asked({ on: '2026-09-30' }),
  });
});
