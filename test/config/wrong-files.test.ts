import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Edit, type FileName, lineWith, newFolder, refusalOf, shippedWith } from './shipped.ts';

const D = 'district.yaml';
const P = 'policy.yaml';

interface Wrong {
  readonly name: string;
  readonly edit: Edit;
  /** Text on the line to which the problem must point; the first line of the edit where it is not given. */
  readonly on?: string;
  readonly key: string;
  readonly message: string;
}

const WRONG: readonly Wrong[] = [
  {
    name: 'misspelt key',
    edit: [D, 'phone: (303) 555-0110', 'phon: (303) 555-0110'],
    key: 'schools[0].phon',
    message:
      'unknown key "phon"; did you mean "phone"? Expected one of: id, name, phone, email, address, logo, signature, periodsPerDay, mode, calendar.',
  },
  {
    name: 'misspelt section',
    edit: [D, 'truancyOfficer:', 'truantOfficer:'],
    key: 'truantOfficer',
    message:
      'unknown key "truantOfficer"; did you mean "truancyOfficer"? Expected one of: district, sis, guards, goLive, calendar, schools, staff, staffFromSis, truancyOfficer, mail, mailbox, pages, meetings, staffMail, brakes, contactLog, documents, backup, retention, health, service, schedule, templates.',
  },
  {
    name: 'swapped letters',
    edit: [D, 'timeZone:', 'tiemZone:'],
    key: 'district.tiemZone',
    message:
      'unknown key "tiemZone"; did you mean "timeZone"? Expected one of: id, name, timeZone, phone, website, address, logo.',
  },
  {
    name: 'missing key',
    edit: [D, '  timeZone: America/Denver\n', ''],
    on: 'district:',
    key: 'district.timeZone',
    message: 'found nothing, expected text',
  },
  {
    name: 'unknown time zone',
    edit: [D, 'America/Denver', 'America/Dever'],
    key: 'district.timeZone',
    message: 'found "America/Dever", expected an IANA time zone such as America/Denver',
  },
  {
    name: 'time zone by its letters',
    edit: [D, 'America/Denver', 'MST'],
    key: 'district.timeZone',
    message: 'found "MST", expected an IANA time zone such as America/Denver',
  },
  {
    name: 'mode that there is not',
    edit: [D, '  mode: shadow\n', '  mode: on\n'],
    key: 'goLive.mode',
    message: 'found "on", expected one of shadow, tasks, live',
  },
  {
    name: 'mode of a school that there is not',
    edit: [D, '    phone: (303) 555-0110', '    mode: lives\n    phone: (303) 555-0110'],
    key: 'schools[0].mode',
    message: 'found "lives", expected one of shadow, tasks, live; did you mean "live"?',
  },
  {
    name: 'baseline that there is not',
    edit: [D, '  mode: shadow\n', '  mode: shadow\n  baseline: skip\n'],
    on: '  baseline: skip',
    key: 'goLive.baseline',
    message: 'found "skip", expected one of mark, none',
  },
  {
    name: 'names that go before the files',
    edit: [D, 'schedule:\n', 'retention:\n  files: 7\n  people: 3\nschedule:\n'],
    on: '  people: 3',
    key: 'retention.people',
    message: 'found 3, expected at least as many years as `files` (7)',
  },
  {
    name: 'brake that would never come',
    edit: [D, 'schedule:\n', 'brakes:\n  volume: { letters: 5000 }\nschedule:\n'],
    on: '  volume: { letters: 5000 }',
    key: 'brakes.volume.letters',
    message: 'found 5000, expected at most 200',
  },
  {
    name: 'share of the students beyond the bounds',
    edit: [D, 'schedule:\n', 'brakes:\n  volume: { share: 2 }\nschedule:\n'],
    on: '  volume: { share: 2 }',
    key: 'brakes.volume.share',
    message: 'found 2, expected at most 0.1',
  },
  {
    name: 'misspelt brake',
    edit: [D, 'schedule:\n', 'brakes:\n  recallMinute: 30\nschedule:\n'],
    on: '  recallMinute: 30',
    key: 'brakes.recallMinute',
    message:
      'unknown key "recallMinute"; did you mean "recallMinutes"? Expected one of: volume, refusalsInARow, uncertainInARow, bouncesInARow, canaryLetters, recallMinutes, copies, approver.',
  },
  {
    name: 'copies to nobody',
    edit: [D, 'schedule:\n', 'brakes:\n  copies: { every: 50 }\nschedule:\n'],
    on: '  copies: { every: 50 }',
    key: 'brakes.copies.to',
    message: 'found nothing, expected text',
  },
  {
    name: 'pages in plain HTTP on another machine',
    edit: [D, 'schedule:\n', 'pages:\n  url: http://attendance.example.org\nschedule:\n'],
    on: '  url: http://attendance.example.org',
    key: 'pages.url',
    message:
      'found "http://attendance.example.org", expected a whole https:// address (http:// only for this machine) without user, password or secret in it',
  },
  {
    name: 'pages under a path',
    edit: [D, 'schedule:\n', 'pages:\n  url: https://example.org/attendance\nschedule:\n'],
    on: '  url: https://example.org/attendance',
    key: 'pages.url',
    message:
      'found "https://example.org/attendance", expected an address without a path such as https://attendance.example.org',
  },
  {
    name: 'pages under no address',
    edit: [D, 'schedule:\n', 'pages:\n  url: attendance\nschedule:\n'],
    on: '  url: attendance',
    key: 'pages.url',
    message:
      'found "attendance", expected a whole https:// address (http:// only for this machine) without user, password or secret in it',
  },
  {
    name: 'pages served nowhere',
    edit: [D, 'schedule:\n', 'pages:\n  url: https://example.org\n  listen: everywhere\nschedule:\n'],
    on: '  listen: everywhere',
    key: 'pages.listen',
    message: 'found "everywhere", expected an address and a port such as "127.0.0.1:8080"',
  },
  {
    name: 'identity provider without its secret',
    edit: [
      D,
      'schedule:\n',
      'pages:\n  url: https://example.org\n  oidc: { issuer: "https://id.example.org", clientId: rollcall }\nschedule:\n',
    ],
    on: '  oidc: ',
    key: 'pages.oidc.clientId',
    message: 'found no secret in the environment, expected ROLLCALL_OIDC_CLIENT_SECRET with it',
  },
  {
    name: 'misspelt key of going live',
    edit: [D, '  mode: shadow\n', '  mood: shadow\n'],
    key: 'goLive.mood',
    message: 'unknown key "mood"; did you mean "mode"? Expected one of: mode, baseline.',
  },
  {
    name: 'number for text',
    edit: [D, 'phone: (303) 555-0100', 'phone: 3035550100'],
    key: 'district.phone',
    message: 'found 3035550100, expected text (put it in quotes)',
  },
  {
    name: 'nothing behind the colon',
    edit: [D, 'name: Riverbend Unified School District', 'name:'],
    on: '  name:',
    key: 'district.name',
    message: 'found nothing behind the colon, expected text',
  },
  {
    name: 'district id with capitals',
    edit: [D, 'id: riverbend', 'id: River Bend'],
    key: 'district.id',
    message: 'found "River Bend", expected 2 to 40 lower-case letters, digits or hyphens',
  },
  {
    name: 'version without quotes',
    edit: [D, 'version: "1.2"', 'version: 1.2'],
    key: 'sis.oneRoster.version',
    message: 'found 1.2, expected text (put it in quotes: "1.2")',
  },
  {
    name: 'plain http',
    edit: [D, 'baseUrl: https://attendance', 'baseUrl: http://attendance'],
    key: 'sis.attendance.baseUrl',
    message:
      'found "http://attendance.riverbend.example.org/attendance/v1", expected a whole https:// address (http:// only for this machine) without user, password or secret in it',
  },
  {
    name: 'unknown attendance source',
    edit: [D, 'source: oneroster-service', 'source: oneroster-servce'],
    key: 'sis.attendance.source',
    message:
      'found "oneroster-servce", expected one of oneroster-service, data-extract, ed-fi; did you mean "oneroster-service"?',
  },
  {
    name: 'page of no rows',
    edit: [D, 'pageSize: 2000', 'pageSize: 0'],
    key: 'sis.oneRoster.pageSize',
    message: 'found 0, expected at least 1',
  },
  {
    name: 'page too large',
    edit: [D, 'pageSize: 2000', 'pageSize: 50001'],
    key: 'sis.oneRoster.pageSize',
    message: 'found 50001, expected at most 50000',
  },
  {
    name: 'page with a fraction',
    edit: [D, 'pageSize: 2000', 'pageSize: 12.5'],
    key: 'sis.oneRoster.pageSize',
    message: 'found 12.5, expected a whole number',
  },
  {
    name: 'weekday in full',
    edit: [D, '[mon, tue, wed, thu, fri]', '[mon, tuesday, wed, thu, fri]'],
    key: 'calendar.weekdays[1]',
    message: 'found "tuesday", expected one of mon, tue, wed, thu, fri, sat, sun',
  },
  {
    name: 'date that does not exist',
    edit: [D, 'firstDay: 2026-08-17', 'firstDay: 2026-02-30'],
    key: 'calendar.firstDay',
    message: 'found "2026-02-30", expected a date of the calendar as YYYY-MM-DD',
  },
  {
    name: 'closure that ends before it begins',
    edit: [D, 'to: 2026-10-16', 'to: 2026-10-14'],
    on: 'Fall break',
    key: 'calendar.closures[1].from',
    message: 'found "2026-10-15", expected something before `to` (2026-10-14)',
  },
  {
    name: 'closure of another year',
    edit: [D, '- 2026-09-07', '- 2025-09-01'],
    key: 'calendar.closures[0]',
    message: 'found 2025-09-01, expected a day from 2026-08-17 to 2027-06-04',
  },
  {
    name: 'last day before the first',
    edit: [D, 'lastDay: 2027-06-04', 'lastDay: 2026-06-04'],
    key: 'calendar.lastDay',
    message: 'found 2026-06-04, expected firstDay (2026-08-17) before lastDay (2026-06-04)',
  },
  {
    name: 'other weekdays in another year',
    edit: [
      D,
      '  closures:\n',
      '  weekdayRules: [{ weekdays: [mon], from: 2025-01-01, to: 2025-02-01 }]\n  closures:\n',
    ],
    key: 'calendar.weekdayRules[0]',
    message: 'found 2025-01-01 to 2025-02-01, expected a day from 2026-08-17 to 2027-06-04',
  },
  {
    name: 'misspelt holiday',
    edit: [D, '  closures:\n', '  holidays: [labour-day]\n  closures:\n'],
    key: 'calendar.holidays[0]',
    message:
      'found "labour-day", expected one of new-years-day, martin-luther-king-day, presidents-day, memorial-day, juneteenth, independence-day, labor-day, columbus-day, indigenous-peoples-day, veterans-day, thanksgiving, day-after-thanksgiving, christmas-day; did you mean "labor-day"?',
  },
  {
    name: 'holiday twice',
    edit: [D, '  closures:\n', '  holidays: [labor-day, thanksgiving, labor-day]\n  closures:\n'],
    key: 'calendar.holidays[2]',
    message: 'found labor-day twice, expected each holiday once',
  },
  {
    name: 'early release on a closed day',
    edit: [D, '  closures:\n', '  earlyRelease: { days: [2026-11-26] }\n  closures:\n'],
    key: 'calendar.earlyRelease.days[0]',
    message: 'found 2026-11-26, on which no school is held, expected a school day',
  },
  {
    name: 'early release on a Saturday',
    edit: [D, '  closures:\n', '  earlyRelease: { days: [2026-09-12] }\n  closures:\n'],
    key: 'calendar.earlyRelease.days[0]',
    message: 'found 2026-09-12, on which no school is held, expected a school day',
  },
  {
    name: 'early release after the last day',
    edit: [D, '  closures:\n', '  earlyRelease: { days: [2027-06-07] }\n  closures:\n'],
    key: 'calendar.earlyRelease.days[0]',
    message: 'found 2027-06-07, expected a day from 2026-08-17 to 2027-06-04',
  },
  {
    name: 'early release with half of its limits',
    edit: [D, '  closures:\n', '  earlyRelease: { wholeDayMinutes: 150 }\n  closures:\n'],
    key: 'calendar.earlyRelease.wholeDayMinutes',
    message: 'found 150 alone, expected halfDayMinutes beside it',
  },
  {
    name: 'early release with the other half',
    edit: [D, '  closures:\n', '  earlyRelease: { halfDayMinutes: 75 }\n  closures:\n'],
    key: 'calendar.earlyRelease.halfDayMinutes',
    message: 'found 75 alone, expected wholeDayMinutes beside it',
  },
  {
    name: 'early release whose half is a whole',
    edit: [
      D,
      '  closures:\n',
      '  earlyRelease: { wholeDayMinutes: 150, halfDayMinutes: 150 }\n  closures:\n',
    ],
    key: 'calendar.earlyRelease.halfDayMinutes',
    message: 'found 150, expected less than wholeDayMinutes (150)',
  },
  {
    name: 'early release with periods alone',
    edit: [D, '  closures:\n', '  earlyRelease: { periods: 4 }\n  closures:\n'],
    key: 'calendar.earlyRelease.periods',
    message: 'found 4 alone, expected wholeDayMinutes and halfDayMinutes beside it',
  },
  {
    name: 'terms out of order',
    edit: [
      D,
      '  closures:\n',
      '  terms: [{ name: Fall, from: 2026-08-17 }, { name: Spring, from: 2026-08-17 }]\n  closures:\n',
    ],
    key: 'calendar.terms[1].from',
    message: 'found 2026-08-17, expected a day after 2026-08-17 (of Fall)',
  },
  {
    name: 'term twice',
    edit: [
      D,
      '  closures:\n',
      '  terms: [{ name: Fall, from: 2026-08-17 }, { name: Fall, from: 2027-01-04 }]\n  closures:\n',
    ],
    key: 'calendar.terms[1].name',
    message: 'found "Fall" twice, expected each term once',
  },
  {
    name: 'school days before the first term',
    edit: [D, '  closures:\n', '  terms: [{ name: Fall, from: 2026-08-24 }]\n  closures:\n'],
    key: 'calendar.terms[0].from',
    message: 'found 2026-08-24, expected 2026-08-17 (firstDay) or earlier: every school day lies in a term',
  },
  {
    name: 'term after the last day',
    edit: [
      D,
      '  closures:\n',
      '  terms: [{ name: Fall, from: 2026-08-17 }, { name: Summer, from: 2027-06-07 }]\n  closures:\n',
    ],
    key: 'calendar.terms[1].from',
    message: 'found 2027-06-07, expected a day from 2026-08-17 to 2027-06-04',
  },
  {
    name: 'terms from two places',
    edit: [
      D,
      '  closures:\n',
      '  termsFromSis: semester\n  terms: [{ name: Fall, from: 2026-08-17 }]\n  closures:\n',
    ],
    key: 'calendar.termsFromSis',
    message: 'found beside `terms`, expected one of the two',
  },
  {
    name: 'words for no file',
    edit: [D, '  closures:\n', '  icsWords: { closed: [Holiday] }\n  closures:\n'],
    key: 'calendar.icsWords',
    message: 'found without `file`, expected an iCalendar file beside it',
  },
  {
    name: 'e-mail address with two',
    edit: [D, 'email: truancy@county.example.org', 'email: a@county.example.org, b@county.example.org'],
    key: 'truancyOfficer.email',
    message:
      'found "a@county.example.org, b@county.example.org", expected one e-mail address such as name@example.org',
  },
  {
    name: 'misspelt role',
    edit: [D, 'role: it-contact', 'role: it-contct'],
    key: 'staff[4].role',
    message:
      'found "it-contct", expected one of attendance-clerk, administrator, counselor, teacher, supervisor, it-contact; did you mean "it-contact"?',
  },
  {
    name: 'unknown school of a person',
    edit: [D, 'role: it-contact, schools: all', 'role: it-contact, schools: [org-110]'],
    key: 'staff[4].schools[0]',
    message: 'found "org-110", expected the id of a school in district.yaml; did you mean "org-101"?',
  },
  {
    name: 'school without a clerk',
    edit: [D, 'role: attendance-clerk, schools: [org-102]', 'role: counselor, schools: [org-102]'],
    on: '- id: org-102',
    key: 'schools[1]',
    message: 'nobody in `staff` is attendance-clerk at org-102 or for all schools, expected someone',
  },
  {
    name: 'delivery into no folder',
    edit: [D, '  # delivery: folder', '  delivery: folder'],
    on: 'truancyOfficer:',
    key: 'truancyOfficer.folder',
    message: 'found nothing, expected a folder for the packets, since delivery is `folder`',
  },
  {
    name: 'time of day without quotes',
    edit: [D, 'from: "08:00"', 'from: 8:00'],
    key: 'mail.sendingWindow.from',
    message: 'found "8:00", expected a time of day such as "08:00"',
  },
  {
    name: 'window that ends before it begins',
    edit: [D, 'to: "16:00"', 'to: "07:00"'],
    key: 'mail.sendingWindow.from',
    message: 'found "08:00", expected something before `to` (07:00)',
  },
  {
    name: 'domain that is none',
    edit: [D, 'messageIdDomain: riverbend.example.org', 'messageIdDomain: riverbend'],
    key: 'mail.messageIdDomain',
    message: 'found "riverbend", expected a domain of yours such as example.org',
  },
  {
    name: 'cron line of four fields',
    edit: [D, 'digest: "0 7 * * 1-5"', 'digest: "0 7 * *"'],
    key: 'schedule.digest',
    message:
      'found "0 7 * *", expected a cron line of five fields (minute hour day month weekday) such as "30 3 * * *"',
  },
  {
    name: 'cron line in the hour that is left out',
    edit: [D, 'sync: "30 3 * * *"', 'sync: "30 2 * * *"'],
    key: 'schedule.sync',
    message:
      'found "30 2 * * *", a time that is left out when clocks go forward (2026-03-08), expected one before 02:00 or from 03:00 on',
  },
  {
    name: 'cron line of a day that never comes',
    edit: [D, 'sync: "30 3 * * *"', 'sync: "30 3 31 2 *"'],
    key: 'schedule.sync',
    message: 'found "30 3 31 2 *", which is never due, expected days that exist',
  },
  {
    name: 'key twice',
    edit: [D, '  id: riverbend\n', '  id: riverbend\n  id: riverside\n'],
    on: 'id: riverside',
    key: 'id',
    message: 'this key stands here twice, expected once',
  },
  {
    name: 'tab',
    edit: [D, '  timeZone:', '\ttimeZone:'],
    key: '',
    message: 'a tab indents this line, expected spaces',
  },
  {
    name: 'steps out of order',
    edit: [P, 'at: 10\n', 'at: 6\n'],
    key: 'steps[2].at',
    message: 'found 6, expected 7 (of first-letter) or more: steps stand in rising order',
  },
  {
    name: 'no days',
    edit: [P, 'at: 4\n', 'at: 0\n'],
    key: 'steps[0].at',
    message: 'found 0, expected a number of days such as 4 or 3.5, at most 200',
  },
  {
    name: 'days in words',
    edit: [P, 'at: 4\n', 'at: four\n'],
    key: 'steps[0].at',
    message: 'found "four", expected a number of days such as 4 or 3.5, at most 200',
  },
  {
    name: 'letter without a template',
    edit: [P, 'letter: medical-letter', 'letter: medcal-letter'],
    key: 'steps[2].letter',
    message:
      'found "medcal-letter", expected a letter with a template medcal-letter.en.md (there is first-letter, first-term-letter, medical-letter, second-letter, third-letter); did you mean "medical-letter"?',
  },
  {
    name: 'notice beside no referral',
    edit: [P, 'letter: first-letter\n', 'letter: first-letter\n    noticeDays: 4\n'],
    on: 'noticeDays: 4',
    key: 'steps[1].noticeDays',
    message: 'found 4, expected it only beside `referral: true`',
  },
  {
    name: 'text for yes or no',
    edit: [P, 'suspensionCounts: false', 'suspensionCounts: maybe'],
    key: 'counting.suspensionCounts',
    message: 'found "maybe", expected true or false',
  },
  {
    name: 'half a day that is a whole one',
    edit: [P, 'halfDayMinutes: 120', 'halfDayMinutes: 240'],
    key: 'counting.halfDayMinutes',
    message: 'found 240, expected less than wholeDayMinutes (240)',
  },
  {
    name: 'exempt counted',
    edit: [P, '[excused, unexcused, unknown]', '[excused, exempt]'],
    key: 'counting.excuses[1]',
    message: 'found "exempt", expected one of excused, unexcused, unknown',
  },
  {
    name: 'misspelt policy key',
    edit: [P, 'whenSeveral:', 'whenSevral:'],
    key: 'whenSevral',
    message:
      'unknown key "whenSevral"; did you mean "whenSeveral"? Expected one of: version, effectiveFrom, counting, holds, whenSeveral, adultStudents, referrals, steps.',
  },
  {
    name: 'today in a letter',
    edit: [P, 'settleDays: 3\n    letter: first-letter', 'settleDays: 0\n    letter: first-letter'],
    on: 'settleDays: 0',
    key: 'steps[1].settleDays',
    message: 'found 0, expected at least 1: today never counts for a letter or a referral',
  },
  {
    name: 'families as staff by the SIS',
    edit: [
      D,
      'schedule:\n',
      'staffFromSis: { roles: { parent: counselor }, emailDomains: [d.org] }\nschedule:\n',
    ],
    key: 'staffFromSis.roles.parent',
    message:
      'found "parent", expected a role of people who work at schools, not that of students or families',
  },
  {
    name: 'role that only the configuration may give',
    edit: [
      D,
      'schedule:\n',
      'staffFromSis: { roles: { teacher: supervisor }, emailDomains: [d.org] }\nschedule:\n',
    ],
    key: 'staffFromSis.roles.teacher',
    message: 'found "supervisor", expected one of attendance-clerk, administrator, counselor, teacher',
  },
  {
    name: 'every teacher of a school by the SIS',
    edit: [
      D,
      'schedule:\n',
      'staffFromSis: { roles: { Teacher: teacher }, emailDomains: [d.org] }\nschedule:\n',
    ],
    key: 'staffFromSis.roles.Teacher',
    message:
      'found "Teacher", expected a role that few teachers of a school have, such as ext:homeroom: whoever has it is asked about all its students',
  },
  {
    name: 'staff by the SIS without domains',
    edit: [D, 'schedule:\n', 'staffFromSis: { roles: { principal: administrator } }\nschedule:\n'],
    key: 'staffFromSis.emailDomains',
    message: 'found nothing, expected a list',
  },
  {
    name: 'escalation before the reminder',
    edit: [D, 'schedule:\n', 'staffMail: { remindAfterDays: 6 }\nschedule:\n'],
    key: 'staffMail.escalateAfterDays',
    message: 'found 5, expected more than the 6 of remindAfterDays',
  },
  {
    name: 'list that is none',
    edit: [P, 'version: "2026-27"', 'version: [2026]'],
    key: 'version',
    message: 'found a list of 1, expected text',
  },
];

describe('a wrong file is refused with file, line, key, what was found and what is expected', () => {
  test.each(WRONG)('$name', ({ edit, on, key, message }) => {
    const folder = shippedWith([edit]);
    const refusal = refusalOf(folder);
    const path = join(folder, edit[0]);
    const line = lineWith(path, on ?? (edit[2].split('\n')[0] as string));
    expect(refusal.problems.map(({ column: _, ...problem }) => problem)).toEqual([
      { file: path, line, key, message },
    ]);
    expect(refusal.message).toContain(`${path}:${line}:`);
    expect(refusal.message).toContain(message);
    expect(refusal.exitCode).toBe(78);
  });

  test.each<[string, Edit, string[]]>([
    [
      'one school twice, which leaves people without theirs',
      [D, '- id: org-102', '- id: org-101'],
      ['schools[1].id: found "org-101" twice, expected each school once'],
    ],
    [
      'one step twice',
      [P, 'id: medical-letter', 'id: first-letter'],
      ['steps[2].id: found "first-letter" twice, expected each step once'],
    ],
    [
      'two letters at one number of days',
      [P, 'at: 10\n', 'at: 7\n'],
      ['steps[2].at: found 7, expected more than 7 (of first-letter): letters do not share a number of days'],
    ],
    [
      'letter and referral in one step',
      [P, '    referral: true', '    letter: first-letter\n    referral: true'],
      ['steps[3].referral: found beside `letter`, expected one of the two in a step'],
    ],
  ])('%s', (_name, edit, expected) => {
    const said = refusalOf(shippedWith([edit])).problems.map(({ key, message }) => `${key}: ${message}`);
    expect(said).toEqual(expect.arrayContaining(expected));
  });
});

describe('a file as a whole', () => {
  test.each<FileName>([D, P])('%s that does not exist is named', (file) => {
    const folder = shippedWith([]);
    rmSync(join(folder, file));
    expect(refusalOf(folder).problems).toEqual([
      {
        file: join(folder, file),
        line: null,
        column: null,
        key: '',
        message: 'does not exist; a commented example is in the project’s config folder',
      },
    ]);
  });

  test('that is no text is named', () => {
    const folder = shippedWith([]);
    writeFileSync(join(folder, P), Buffer.from([0xff, 0xfe, 0x00, 0x41]));
    expect(refusalOf(folder).problems).toMatchObject([
      { file: join(folder, P), line: null, message: 'is not UTF-8 text; save it as UTF-8' },
    ]);
  });

  test.each([
    ['is huge', Buffer.alloc(1_000_001, 0x23), 'is larger than 1 MB, expected a short text file'],
    [
      'names what is not there',
      Buffer.from('version: *nothing\n'),
      'uses a *name that no &name defines before it, or uses them without end',
    ],
  ])('that %s', (_name, content, message) => {
    const folder = shippedWith([]);
    writeFileSync(join(folder, P), content);
    expect(refusalOf(folder).problems).toMatchObject([{ file: join(folder, P), line: null, message }]);
  });

  test.each(['', '# nothing but a comment\n', '- a\n- list\n', 'text\n', 'null\n'])(
    '%j is refused',
    (content) => {
      const folder = shippedWith([]);
      writeFileSync(join(folder, P), content);
      const { problems } = refusalOf(folder);
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.every((problem) => problem.file === join(folder, P))).toBe(true);
    },
  );

  test('both missing are two problems', () => {
    const folder = newFolder();
    expect(refusalOf(folder).problems.map((problem) => problem.file)).toEqual([
      join(folder, D),
      join(folder, P),
    ]);
  });
});

describe('all that is wrong', () => {
  test('is told at once: both files, the environment, and how they fit together', () => {
    const folder = shippedWith([
      [D, 'pageSize: 2000', 'pageSize: 0'],
      [D, 'phone: (303) 555-0110', 'phon: (303) 555-0110'],
      [D, 'America/Denver', 'Denver'],
      [P, 'at: 10\n', 'at: 6\n'],
      [P, 'whenSeveral: highest-letter', 'whenSeveral: lowest-letter'],
    ]);
    const refusal = refusalOf(folder, { LOG_LEVEL: 'loud' });
    expect(refusal.problems.map((problem) => problem.key).sort()).toEqual(
      [
        'LOG_LEVEL',
        'district.timeZone',
        'schools[0].phon',
        'sis.oneRoster.pageSize',
        'steps[2].at',
        'whenSeveral',
      ].sort(),
    );
    expect(refusal.message.split('\n')).toHaveLength(7);
    expect(refusal.message).toMatch(/^The configuration has 6 problems:\n/);
  });

  test('is counted beyond the first 20', () => {
    const wrong = Array.from({ length: 30 }, (_, index) => `  - 2026-13-${index + 10}`).join('\n');
    const refusal = refusalOf(shippedWith([[D, '  closures:\n', `  makeUpDays:\n${wrong}\n  closures:\n`]]));
    const lines = refusal.message.split('\n');
    expect(refusal.problems).toHaveLength(30);
    expect(lines).toHaveLength(22);
    expect(lines[0]).toBe('The configuration has 30 problems:');
    expect(lines[21]).toBe('  … and 10 more');
  });

  test('one problem is called one', () => {
    const refusal = refusalOf(shippedWith([[D, 'pageSize: 2000', 'pageSize: 0']]));
    expect(refusal.message).toMatch(/^The configuration has one problem:\n/);
    expect(refusal.name).toBe('ConfigError');
  });
});

describe('secrets in a file', () => {
  const CANARY = 'canary-hunter2';

  test.each<[string, Edit, string]>([
    ['where the SIS stands', [D, 'pageSize: 2000', `clientSecret: ${CANARY}`], 'sis.oneRoster.clientSecret'],
    ['at the top', [D, 'district:\n', `password: ${CANARY}\ndistrict:\n`], 'password'],
    [
      'in a list',
      [D, 'signature: { name: Dana Ruiz', `signature: { apiKey: ${CANARY}, name: Dana Ruiz`],
      'schools[0].signature.apiKey',
    ],
    ['as a number', [D, 'pageSize: 2000', 'accessToken: 8812345'], 'sis.oneRoster.accessToken'],
    [
      'in the policy',
      [P, 'version: "2026-27"', `version: "2026-27"\nsmtp_password: ${CANARY}`],
      'smtp_password',
    ],
  ])('%s are refused without being shown', (_name, edit, key) => {
    const folder = shippedWith([edit]);
    const refusal = refusalOf(folder);
    expect(refusal.problems).toMatchObject([
      { key, message: 'secrets do not belong into this file; set them in the environment' },
    ]);
    expect(refusal.problems[0]?.line).toBe(lineWith(join(folder, edit[0]), key.split('.').at(-1) as string));
    expect(JSON.stringify([refusal.message, refusal.problems])).not.toMatch(/canary|8812345/);
  });

  test('are refused in an address, without being shown', () => {
    const refusal = refusalOf(
      shippedWith([[D, 'https://attendance.riverbend', `https://admin:${CANARY}@attendance.riverbend`]]),
    );
    expect(refusal.problems.map((problem) => problem.key)).toEqual(['sis.attendance.baseUrl']);
    expect(refusal.message).not.toContain(CANARY);
  });
});
