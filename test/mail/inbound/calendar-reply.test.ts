import { describe, expect, test } from '@jest/globals';
import { readCalendarReply } from '../../../src/mail/inbound/calendar-reply.ts';

const reply = (lines: readonly string[]) =>
  ['BEGIN:VCALENDAR', ...lines, 'END:VCALENDAR'].join('\r\n').replace('BEGIN:X', 'BEGIN:VEVENT');
const usual = (attendee: string) =>
  reply(['METHOD:REPLY', 'BEGIN:X', 'UID:m1@d.test', 'SEQUENCE:2', attendee, 'END:VEVENT']);

describe('an answer of a calendar', () => {
  test.each([
    ['accepts', 'ATTENDEE;PARTSTAT=ACCEPTED;CN="Mum":mailto:mum@family.test', 'accepted'],
    ['declines, in small letters', 'attendee;cn=Mum;partstat=declined:mailto:mum@family.test', 'declined'],
    [
      'accepts with reserve, folded',
      'ATTENDEE;CN="Mum";PARTSTAT=TENTA\r\n TIVE:mailto:m@f.test',
      'tentative',
    ],
  ])('%s', (_what, attendee, answer) => {
    expect(readCalendarReply(usual(attendee))).toEqual({ answer, uid: 'm1@d.test', sequence: 2 });
  });

  test.each([
    ['without an answer', usual('ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:m@f.test')],
    [
      'for two people',
      usual('ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@f.test\r\nATTENDEE;PARTSTAT=DECLINED:mailto:b@f.test'),
    ],
    ['that asks instead', usual('ATTENDEE;PARTSTAT=ACCEPTED:mailto:m@f.test').replace('REPLY', 'COUNTER')],
    ['to no meeting', usual('ATTENDEE;PARTSTAT=ACCEPTED:mailto:m@f.test').replace(/UID.*\r\n/, '')],
    ['without end', `METHOD:REPLY\r\n${'X'.repeat(70_000)}`],
    ['of nothing', ''],
  ])('%s is none', (_what, text) => {
    expect(readCalendarReply(text)).toBeNull();
  });
});
