import { describe, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import { afterRecallWindow, isSendingDay, maySend } from '../../src/domain/sending-window.ts';
import { CALENDAR } from '../support/domain-builders.ts';

const WINDOW = { from: '08:00', to: '15:30' };
const DENVER = 'America/Denver';

describe('letters may leave', () => {
  test.each([
    ['at the opening', DENVER, '2026-09-01T14:00:00Z'],
    ['a minute before the end', DENVER, '2026-09-01T21:29:59Z'],
    ['in winter by the winter clock', DENVER, '2026-12-01T15:00:00Z'],
    ['in another zone', 'America/New_York', '2026-09-01T12:00:00Z'],
    ['on the first school day', DENVER, '2026-08-17T16:00:00Z'],
    ['on a Friday before a plain weekend', DENVER, '2026-09-11T16:00:00Z'],
    ['on a Friday before a closed Monday', DENVER, '2026-09-04T16:00:00Z'],
  ])('%s (%s, %s)', (_name, zone, now) => {
    expect(maySend(new Date(now), zone, CALENDAR, WINDOW)).toEqual({ kind: 'open' });
  });
});

describe('letters wait', () => {
  test.each([
    ['before the opening: until then', '2026-09-01T13:59:59Z', '2026-09-01T14:00:00Z'],
    ['at the end: until tomorrow', '2026-09-01T21:30:00Z', '2026-09-02T14:00:00Z'],
    ['late in the evening, already tomorrow in UTC', '2026-09-02T04:00:00Z', '2026-09-02T14:00:00Z'],
    ['on Friday evening: until Monday', '2026-09-11T22:00:00Z', '2026-09-14T14:00:00Z'],
    ['at the weekend with a closed Monday', '2026-09-05T16:00:00Z', '2026-09-08T14:00:00Z'],
    ['over the end of daylight saving', '2026-10-30T22:00:00Z', '2026-11-02T15:00:00Z'],
    ['over its beginning', '2027-03-12T23:00:00Z', '2027-03-15T14:00:00Z'],
    ['on the last day before a break, even in the window', '2026-11-24T16:00:00Z', '2026-11-30T15:00:00Z'],
    ['the evening before that day', '2026-11-23T23:00:00Z', '2026-11-30T15:00:00Z'],
    ['in a break', '2026-12-24T16:00:00Z', '2027-01-04T15:00:00Z'],
    ['in the summer before school begins', '2026-08-01T16:00:00Z', '2026-08-17T14:00:00Z'],
  ])('%s', (_name, now, until) => {
    expect(maySend(new Date(now), DENVER, CALENDAR, WINDOW)).toEqual({
      kind: 'closed',
      until: new Date(until),
    });
  });

  test.each([
    ['after the window of the last day but one', '2027-05-27T23:00:00Z'],
    ['on the last day', '2027-05-28T16:00:00Z'],
    ['in the summer after', '2027-06-10T16:00:00Z'],
  ])('for good %s', (_name, now) => {
    expect(maySend(new Date(now), DENVER, CALENDAR, WINDOW)).toEqual({ kind: 'closed', until: null });
  });
});

describe('a letter that is ready may leave when it could be called back for half an hour', () => {
  test.each([
    ['in the window', '2026-09-01T16:00:00Z', '2026-09-01T16:30:00Z'],
    ['at night: in the morning', '2026-09-01T08:00:00Z', '2026-09-01T14:30:00Z'],
    ['a quarter of an hour before its end: the next morning', '2026-09-01T21:15:00Z', '2026-09-02T14:30:00Z'],
    ['on the last day before a break: after it', '2026-11-24T16:00:00Z', '2026-11-30T15:30:00Z'],
    ['in the summer after', '2027-06-10T16:00:00Z', '2027-06-10T16:30:00Z'],
  ])('%s', (_name, now, from) => {
    const recall = { window: WINDOW, recallMinutes: 30 };
    expect(afterRecallWindow(new Date(now), DENVER, CALENDAR, recall)).toEqual(new Date(from));
  });
});

describe('a sending day', () => {
  test.each([
    ['a school day', '2026-09-01', true],
    ['a Saturday', '2026-09-05', false],
    ['a closed Monday', '2026-09-07', false],
    ['the last day before Thanksgiving', '2026-11-24', false],
    ['the first day after it', '2026-11-30', true],
    ['the last school day', '2027-05-28', false],
  ])('%s (%s): %s', (_name, date, sends) => {
    expect(isSendingDay(schoolDate(date), CALENDAR)).toBe(sends);
  });
});
